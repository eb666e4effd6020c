"""One module per resource, each with a `router`. They do not know each other."""
