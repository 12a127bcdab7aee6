"""Whether this program can use the tables of a backup."""

from utils.http.errors import Misconfigured
from utils.store.backup.files import SOURCE
from utils.store.upgrade import newest


def check_version(version: str | None, what: str) -> str:
    """Return the version of tables; ``Misconfigured`` where there is none or a newer program has made them."""
    if version is None:
        raise Misconfigured(SOURCE, f"{what} has no tables of this bot", what_to_do="name another one")
    if version > newest():
        raise Misconfigured(
            SOURCE,
            f"the tables of {what} were made by a newer version of the bot ({version}, known here: {newest()})",
            what_to_do="use that version of the bot",
        )
    return version
