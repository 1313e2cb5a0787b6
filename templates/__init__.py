"""Target templates and their typed custom fields."""
