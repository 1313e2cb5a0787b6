"""The endpoints of this app, and the authentication of every endpoint of the API."""
