"""What maintainers run from a clone; not installed."""
