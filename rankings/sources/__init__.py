"""How does a publisher's table become rows of the panel? One module a layout."""
