"""What every answer of the API has in common; settings name these for the floors below."""
