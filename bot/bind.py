"""Whether an address can be listened on, asked before a library tries and leaves a socket behind."""

from contextlib import closing
from socket import AF_INET, AF_INET6, SO_REUSEADDR, SOL_SOCKET, socket


def probe_bind(host: str, port: int) -> None:
    """Bind and let go again; `OSError` when the address cannot be had."""
    with closing(socket(AF_INET6 if ":" in host else AF_INET)) as probe:
        probe.setsockopt(SOL_SOCKET, SO_REUSEADDR, 1)
        probe.bind((host, port))
