"""The papermill engine ``rankings``: every notebook in a fresh fork of a warm process.

``papermill --engine rankings in.ipynb out.ipynb``. papermill imports this module at every start,
so it imports nothing itself.
"""

from typing import Any

NAME = "rankings"


class Engine:
    """Runs a notebook as papermill's own engine does, its kernel forked from a warm process.

    Kernels other than this interpreter's own Python, and systems that cannot fork, get the plain
    way.
    """

    @classmethod
    def execute_notebook(cls, nb: Any, kernel_name: str, **options: Any) -> Any:
        """Run a notebook node; options as papermill's own engine takes them."""
        from papermill.engines import NBClientEngine

        from rankings.batch import kernels

        return NBClientEngine.execute_notebook(
            nb, kernel_name, **{"kernel_manager_class": kernels.manager()} | options
        )

    @classmethod
    def nb_kernel_name(cls, nb: Any, name: str | None = None) -> Any:
        """Which kernel the notebook asks for."""
        from papermill.utils import nb_kernel_name

        return nb_kernel_name(nb, name)

    @classmethod
    def nb_language(cls, nb: Any, language: str | None = None) -> Any:
        """Which language the notebook is in."""
        from papermill.utils import nb_language

        return nb_language(nb, language)
