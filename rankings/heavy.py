"""What every worker needs of Jupyter, imported once by the process that workers are forked from."""

from rankings.export import quick_imports

with quick_imports():
    import nbconvert.exporters.templateexporter
    import papermill

    from rankings import cells, kernels, worker

__all__ = ["cells", "kernels", "nbconvert", "papermill", "worker"]
