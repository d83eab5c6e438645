"""How are the outputs in the committed notebooks renewed? Re-run in place, without noise."""

from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

from rankings import store
from rankings.errors import DataError

TIMEOUT = 300
KEPT_METADATA = {"kernelspec", "language_info"}


def rerun(path: Path) -> Path:
    """Run a notebook with its default parameters and write its outputs back into it.

    No times, no paths and no widget state are kept, so that a diff shows numbers only.

    Raises:
        DataError: the notebook is not there or a cell fails; the file is left as it was.
    """
    if not path.is_file():
        raise DataError(f"no notebook {path}: see the folder notebooks")
    notebook = nbformat.read(path, as_version=4)
    client = NotebookClient(
        notebook,
        timeout=TIMEOUT,
        kernel_name="python3",
        record_timing=False,
        resources={"metadata": {"path": str(path.parent)}},
    )
    try:
        client.execute()
    except CellExecutionError as failure:
        raise DataError(f"{path.name}: {failure.ename}: {failure.evalue}") from None
    return store.write_text(path, nbformat.writes(tidy(notebook)) + "\n")


def tidy(notebook: nbformat.NotebookNode) -> nbformat.NotebookNode:
    """The notebook without anything that differs between two runs of the same cells."""
    kept = {key: notebook.metadata[key] for key in KEPT_METADATA if key in notebook.metadata}
    if "language_info" in kept:
        kept["language_info"] = {"name": kept["language_info"]["name"]}
    notebook.metadata = nbformat.from_dict(kept)
    for cell in notebook.cells:
        cell.metadata = nbformat.from_dict({k: v for k, v in cell.metadata.items() if k == "tags"})
        if cell.cell_type == "code":
            cell.outputs = [each for each in cell.outputs if each.get("name") != "stderr"]
            for output in cell.outputs:
                # A widget is alive only beside its kernel; what it says of itself in text stays.
                output.get("data", {}).pop("application/vnd.jupyter.widget-view+json", None)
    return notebook
