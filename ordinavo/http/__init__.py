"""The HTTP side of the web server: receives requests in the event loop, and runs Django in worker threads."""
