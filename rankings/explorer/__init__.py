"""The suite as an instrument: one page on which a story is chosen, looked at and moved by hand."""
