"""The question, and every table that answers it, without words."""
