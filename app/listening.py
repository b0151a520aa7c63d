"""Take a port of this machine before it is announced, for the web app and the MCP server alike."""

import os
import socket

from finops.errors import Unavailable


def listen(host: str, port: int) -> socket.socket:
    """Return a listening socket; port 0 is any free one. Raises `Unavailable` where the port cannot be had."""
    try:
        return socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET)
    except OSError as error:
        raise Unavailable(
            f"port `{port}` of `{host}` cannot be had: {os.strerror(error.errno or 0)}", fix="give another with --port"
        ) from error
