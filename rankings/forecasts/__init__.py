"""Joint draws of all economies, the models that make them, and their record."""
