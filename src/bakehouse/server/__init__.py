"""SHOW: REST over ASGI, one module per resource in `resources/`, and the web UI. `application.make_application` puts it together."""
