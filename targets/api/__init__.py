"""The REST API of this app: the only part that knows the REST framework."""
