"""The one table shape, and what is counted in it: definitions, economies, ranks, standings."""
