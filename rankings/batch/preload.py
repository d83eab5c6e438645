"""What every worker needs of Jupyter, imported once by the process that workers are forked from."""

from rankings.pages.export import quick_imports

with quick_imports():
    import nbconvert.exporters.templateexporter
    import papermill

    from rankings.batch import kernels, worker
    from rankings.pages import sanitise

__all__ = ["kernels", "nbconvert", "papermill", "sanitise", "worker"]
