"""The address under which a socket is opened: route, mode and the streams named in it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

PLACE = re.compile(
    r"(?:/(?P<route>public|market|private))?/(?P<mode>ws|stream)(?:/(?P<names>.*))?$", re.ASCII
)
API = re.compile(r"/ws-api/v\d+/?")


@dataclass(frozen=True, slots=True)
class Address:
    """Where a socket was opened. `combined`: messages are wrapped with their stream's name; `precise`: times in µs."""

    route: str | None
    combined: bool
    names: tuple[str, ...]
    is_api: bool = False
    precise: bool = False


def read_address(path: str, query: Mapping[str, str]) -> Address | None:
    """The address behind a path with any prefix, `None` when no sockets are opened there."""
    if API.search(path):
        return Address(None, combined=False, names=(), is_api=True)
    match = PLACE.search(path)
    if match is None:
        return None
    combined = match["mode"] == "stream"
    text = query.get("streams", "") if combined else match["names"] or ""
    listen_key = query.get("listenKey")
    if listen_key and match["route"] == "private":
        events = query.get("events", "")
        return Address("private", combined, (f"{listen_key}@{events}" if events else listen_key,))
    names = tuple(name for name in text.split("/") if name)
    precise = query.get("timeUnit", "").upper() == "MICROSECOND"
    return Address(match["route"], combined, names, precise=precise)
