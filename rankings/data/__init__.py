"""From ``data/raw`` to the panel, once, with provenance: build, check, add and take out."""
