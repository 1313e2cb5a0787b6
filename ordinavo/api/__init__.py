"""What all endpoints of the API share: parsing, errors, filters, pages and rendering. Settings name these classes."""
