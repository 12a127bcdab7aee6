"""RFC 3339 times: written in UTC with milliseconds, parsed with a mandatory offset."""

import re
from datetime import UTC, datetime

# https://www.rfc-editor.org/rfc/rfc3339#section-5.6, offset mandatory; a plus sign in a query arrives as a blank
_RFC3339 = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d{1,9})?([Zz]|[+-]\d\d:\d\d)")


def rfc3339(ms: int) -> str:
    """Return UTC milliseconds since the epoch as ``2024-08-05T13:10:00.000Z``."""
    moment = datetime.fromtimestamp(ms // 1000, UTC)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{ms % 1000:03d}Z"


def ms_of(text: str) -> int:
    """Return the UTC milliseconds of an RFC 3339 time; `ValueError` if it has no offset or does not exist."""
    written = text.replace(" ", "+") if re.search(r" \d\d:\d\d$", text) else text
    if not _RFC3339.fullmatch(written):
        raise ValueError("expected a time with its offset such as 2024-08-05T12:00:00Z")
    return round(datetime.fromisoformat(written.upper()).timestamp() * 1000)
