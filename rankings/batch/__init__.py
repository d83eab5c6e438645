"""Many notebooks at once: planned, run, resumed, spread over machines."""
