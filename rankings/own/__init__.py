"""An index of one's own: from a folder with a table to ranks, and every table that explains them.

The flow: `sheets` (a table as its file holds it) and `settings` (the TOML beside it) -> `folder`
(both as one checked `index.OwnIndex`) -> `method` (the stages its words stand for) -> `index`
(scores and ranks of each year) -> `standing`, `moves`, `outlook`, `certainty` (a question each)
-> `coinr` (files for other programs), `as_measure` (a measure like those of publishers). No module
here holds words for a reader: those are in `rankings.report`.
"""
