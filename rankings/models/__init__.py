"""Forecast models: joint draws of all economies from what was known at an edition."""
