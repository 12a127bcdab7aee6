"""Why requests to a source are held back, as it is told to people who watch the process."""

from typing import Final

FORBIDDEN: Final = "forbidden"
"""The source has said that it takes no requests for some time: a limit was passed, or the address is banned."""
SILENT: Final = "silent"
"""The host failed several times in a row; it is tried with one request at a time."""
HELD_BACK: Final = (FORBIDDEN, SILENT)


def held_back_of(api: str, *, forbidden: bool, silent: bool) -> dict[tuple[str, str], bool]:
    """Return for each reason whether requests to ``api`` are held back by it."""
    return {(api, FORBIDDEN): forbidden, (api, SILENT): silent}
