"""``python -m bot.health``: asks a running bot on this machine whether it lives, for container engines.

The exit status is 0 or 1. It reads ``HTTP_BIND`` of its environment alone, as the bot beside it has it,
and imports nothing of the bot.
"""

import os
import sys
from http.client import HTTPConnection, HTTPException
from typing import Final

PATH: Final = "/healthz"
TIMEOUT_S: Final = 4.0
DEFAULT_BIND: Final = "127.0.0.1:8080"
_ANY: Final = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - where to ask, not to listen


def trouble(bind: str) -> str | None:
    """Return why the bot that listens at ``host:port`` does not answer, ``None`` if it does."""
    host, _, port = bind.rpartition(":")
    host = host.strip("[]")
    connection = HTTPConnection(_ANY.get(host, host), int(port), timeout=TIMEOUT_S)
    try:
        connection.request("GET", PATH)
        status = connection.getresponse().status
    except (OSError, HTTPException) as error:
        return f"no answer from {bind}: {error}"
    finally:
        connection.close()
    return None if status == 200 else f"{bind} answers {status}"


if __name__ == "__main__":
    why = trouble(os.environ.get("HTTP_BIND") or DEFAULT_BIND)
    if why is not None:
        sys.exit(why)
