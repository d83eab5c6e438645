"""Committed notebooks as pages: a picture keeps the words its output carries."""

import nbformat


def read(text: str) -> nbformat.NotebookNode:
    """A notebook whose pictures have their alt text where MyST-NB looks for it, on the cell.

    MyST-NB takes a picture's width from the output, but not its alt text.

    Raises:
        ValueError: a picture has no alt text.
    """
    book = nbformat.reads(text, as_version=4)
    for cell in book.cells:
        for output in cell.get("outputs", []):
            # The numbers behind a table: the documentation shows the table itself.
            output.get("data", {}).pop("text/csv", None)
            if "image/png" in output.get("data", {}):
                words = output.metadata.get("image/png", {}).get("alt")
                if not words:
                    raise ValueError(f"a picture without an alt text: {cell.source}")
                cell.metadata["mystnb"] = {"image": {"alt": words}}
    return book
