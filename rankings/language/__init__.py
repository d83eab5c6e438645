"""Which words and numbers does a reader see? Messages, number formats and their catalogues."""
