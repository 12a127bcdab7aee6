"""What schemathesis is told about the HTTP API beyond its document; it imports this by name.

Valid requests are made realistic, and each request comes from a loopback address of its own, so that none is refused
for the quota of a caller.
"""

import itertools
import socket
from datetime import UTC, datetime
from typing import Any, Final

import schemathesis
from schemathesis.generation import GenerationMode
from urllib3.util import connection

from scripts.realistic_query import moment_before, realistic

MOMENT: Final = moment_before(datetime.now(UTC))


@schemathesis.hook
def before_call(
    _context: schemathesis.HookContext, case: schemathesis.Case[Any], _kwargs: dict[str, Any]
) -> None:
    """Make a valid request a realistic one."""
    names = {parameter.name for parameter in case.operation.query}
    if names and case.meta is not None and case.meta.generation.mode is GenerationMode.POSITIVE:
        case.query = realistic(case.query or {}, "symbols" in names, MOMENT)


_numbers = itertools.count()


def own_address() -> str:
    """Return a loopback address that none was given before; several threads ask at once."""
    number = next(_numbers)  # atomic, as a generator's is not
    return f"127.{1 + number // 62_500 % 250}.{1 + number // 250 % 250}.{1 + number % 250}"


_connect = connection.create_connection


def _connect_from_own_address(
    address: tuple[str, int], timeout: Any = None, source_address: Any = None, socket_options: Any = None
) -> socket.socket:
    return _connect(address, timeout, (own_address(), 0), socket_options)


connection.create_connection = _connect_from_own_address
