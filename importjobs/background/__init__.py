"""Import jobs that a worker processes, apart from the request or command that submitted them."""
