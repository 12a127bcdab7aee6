"""Check whether an address can be listened on, before a library tries and leaves a socket open."""

from contextlib import closing
from socket import AF_INET, AF_INET6, SO_REUSEADDR, SOL_SOCKET, socket


def check_bind(host: str, port: int) -> None:
    """Bind to the address and release it; `OSError` if it is not available."""
    with closing(socket(AF_INET6 if ":" in host else AF_INET)) as probe:
        probe.setsockopt(SOL_SOCKET, SO_REUSEADDR, 1)
        probe.bind((host, port))
