"""What the methods of a client share: the connection, and the namespace."""

from __future__ import annotations

from bakehouse.client.connection import Connection


class Base:
    """A client as its methods know it."""

    _connection: Connection
    _namespace: str
    _ui_host: str
