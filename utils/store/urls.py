"""Which database an address names, in words that can be shown: a password never leaves the address."""

from pathlib import Path

from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

from utils.http.errors import Misconfigured

SOURCE = "database"
SETTING = "DATABASE_URL"
SQLITE_DRIVER = "sqlite+aiosqlite"
POSTGRES_DRIVER = "postgresql+asyncpg"
_DRIVERS = {
    "sqlite": SQLITE_DRIVER,
    SQLITE_DRIVER: SQLITE_DRIVER,
    "postgres": POSTGRES_DRIVER,
    "postgresql": POSTGRES_DRIVER,
    POSTGRES_DRIVER: POSTGRES_DRIVER,
}
# What libpq addresses may carry after the question mark and asyncpg understands, by asyncpg's name.
_POSTGRES_OPTIONS = {"sslmode": "ssl", "ssl": "ssl", "host": "host", "port": "port"}
# https://www.postgresql.org/docs/current/libpq-ssl.html#LIBPQ-SSL-PROTECTION
_SSL_MODES = ("disable", "allow", "prefer", "require", "verify-ca", "verify-full")
_FORMS = "sqlite+aiosqlite:///var/bot.db or postgresql://user:password@host:5432/name"


def database_url(text: str) -> URL:
    """Return the address with the async driver of its dialect.

    ``sqlite`` and ``postgresql`` stand for the async drivers used here; libpq's ``sslmode`` is translated. Raises
    ``Misconfigured`` for any other database, an option it does not know, or an address it cannot read.
    """
    try:
        url = make_url(text)
    except (ArgumentError, ValueError):
        # the parser's own words may quote a part of the password
        raise _misconfigured("the address cannot be read", f"write it like {_FORMS}") from None
    if url.drivername not in _DRIVERS:
        raise _misconfigured(f"{url.drivername!r} is not a database this bot can use", f"write {_FORMS}")
    url = url.set(drivername=_DRIVERS[url.drivername])
    return _postgres(url) if url.drivername == POSTGRES_DRIVER else _sqlite(url)


def sqlite_path(url: URL) -> Path:
    """Return the absolute path of an SQLite file, from an address that ``database_url`` made."""
    return Path(url.database or "").absolute()


def shown(url: URL) -> str:
    """Return the address as logs and errors may show it: no user, no password, no options."""
    if url.drivername == SQLITE_DRIVER:
        return str(url.database)
    return URL.create("postgresql", host=url.host, port=url.port, database=url.database).render_as_string()


def _sqlite(url: URL) -> URL:
    if url.database in (None, "", ":memory:") or str(url.database).startswith("file:"):
        raise _misconfigured(
            "SQLite needs a plain file here", "name one, as in sqlite+aiosqlite:///var/bot.db"
        )
    if url.query:
        raise _misconfigured("an SQLite address takes no options", "remove what follows the question mark")
    return url


def _postgres(url: URL) -> URL:
    unknown = sorted(set(url.query) - set(_POSTGRES_OPTIONS))
    if unknown:
        known = ", ".join(sorted(_POSTGRES_OPTIONS))
        raise _misconfigured(
            f"unknown options {', '.join(unknown)}", f"use only {known} after the question mark"
        )
    query = {_POSTGRES_OPTIONS[name]: value for name, value in url.query.items()}
    if query.get("ssl", "prefer") not in _SSL_MODES:
        raise _misconfigured("the sslmode is not known", f"use one of {', '.join(_SSL_MODES)}")
    return url.set(query=query)


def _misconfigured(detail: str, what_to_do: str) -> Misconfigured:
    return Misconfigured(SOURCE, f"{SETTING}: {detail}", what_to_do=what_to_do)
