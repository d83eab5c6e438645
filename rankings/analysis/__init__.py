"""One question a module, a table in and a table out."""
