"""What does a reader see? One module a notebook: tables, figures and sentences of a story.

Nothing is computed here that could be cited: every number comes from a stage before.
"""
