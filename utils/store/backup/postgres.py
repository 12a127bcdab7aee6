"""Backups of the bot's tables on a PostgreSQL, by the server's own tools: `pg_dump`, `pg_restore` and `psql`."""

import contextlib
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Final

from sqlalchemy import URL

from utils.http.errors import Misconfigured, Unavailable
from utils.store.backup.files import SOURCE, written_whole
from utils.store.backup.versions import check_version
from utils.store.engine import APPLICATION_NAME, Patience
from utils.store.migrate import MIGRATION_LOCK
from utils.store.tables import METADATA
from utils.store.upgrade import VERSION_TABLE

# by asyncpg's name, as `database_url` leaves them: https://www.postgresql.org/docs/current/libpq-envars.html
_VARIABLES: Final = {"ssl": "PGSSLMODE", "host": "PGHOST", "port": "PGPORT"}
_OURS: Final = (*sorted(METADATA.tables), VERSION_TABLE)
_QUOTED: Final = ", ".join(f'"{name}"' for name in _OURS)
_BOTS: Final = (
    "SELECT count(*) FROM pg_stat_activity "  # noqa: S608
    f"WHERE datname = current_database() AND application_name = '{APPLICATION_NAME}'"
)
_PRESENT: Final = (
    "SELECT count(*) FROM pg_tables WHERE schemaname = ANY (current_schemas(false)) "  # noqa: S608
    f"AND tablename IN ({', '.join(repr(name) for name in _OURS)})"
)


def back_up_postgres(url: URL, target: Path) -> str:
    """Write a backup of the bot's tables, one state of them while bots run; return the version of the tables.

    Raises ``Misconfigured`` where the tools are missing or the server refuses, ``Unavailable`` where it is away.
    """
    environment = _environment(url)
    with written_whole(target) as draft:
        tables = [f"--table={name}" for name in _OURS]
        to_file = ["--format=custom", "--no-owner", "--no-privileges", f"--file={draft}"]
        _run(["pg_dump", "--no-password", *to_file, *tables], environment)
        return check_version(_version_in(draft), "the database")


def restore_postgres(backup: Path, url: URL, *, replace: bool) -> str:
    """Put a backup into a database that no bot uses, in one transaction; return the version of its tables.

    Tables of the bot that are there are dropped with ``replace``; ``Misconfigured`` without it, if a bot is connected,
    and if the backup is damaged, not of this bot, or of a newer one.
    """
    version = check_version(_version_in(backup), f"{backup}")
    environment = _environment(url)
    if int(_asked(_BOTS, environment)):
        raise Misconfigured(SOURCE, "a bot is connected to the database", what_to_do="stop every bot on it")
    if int(_asked(_PRESENT, environment)):
        if not replace:
            advice = "take a backup, then add --replace, which drops them"
            raise Misconfigured(SOURCE, "the database has tables of the bot", what_to_do=advice)
        _check_present(environment)
    _put_back(backup, environment)
    return version


def _check_present(environment: dict[str, str]) -> None:
    """Refuse tables of a newer program, some of which are not known here and would stay."""
    if int(_asked(f"SELECT count(*) FROM pg_tables WHERE tablename = '{VERSION_TABLE}'", environment)):  # noqa: S608
        present = _asked(f"SELECT max(version_num) FROM {VERSION_TABLE}", environment)  # noqa: S608
        check_version(present or None, "the database")


def _put_back(backup: Path, environment: dict[str, str]) -> None:
    before = f"BEGIN;\nSELECT pg_advisory_xact_lock({MIGRATION_LOCK});\nDROP TABLE IF EXISTS {_QUOTED};\n"
    with _psql(environment) as into:
        into.write(before.encode())
        with _started(["pg_restore", "--no-owner", "--no-privileges", "--file=-", str(backup)]) as script:
            shutil.copyfileobj(script, into)
        into.write(b"COMMIT;\n")  # an error before this line leaves everything as it was


def _version_in(backup: Path) -> str | None:
    """Return the version of the tables in an archive, from the one row of Alembic's table."""
    command = ["pg_restore", "--data-only", f"--table={VERSION_TABLE}", "--file=-", str(backup)]
    with _started(command) as script:
        lines = iter(script.read().decode("utf-8").splitlines())
    for line in lines:
        if line.startswith("COPY "):
            found = next(lines, "")
            return None if found in ("", "\\.") else found
    return None


def _asked(query: str, environment: dict[str, str]) -> str:
    command = ["psql", "--no-password", "--no-psqlrc", "--tuples-only", "--no-align", f"--command={query}"]
    return _run(command, environment).strip()


@contextlib.contextmanager
def _psql(environment: dict[str, str]) -> Iterator[IO[bytes]]:
    """Give the input of a `psql` that ends at the first error; raise what it said."""
    command = [
        "psql",
        "--no-password",
        "--no-psqlrc",
        "--quiet",
        "--set=ON_ERROR_STOP=1",
        "--output=/dev/null",
    ]
    with tempfile.TemporaryFile() as errors:
        process = _popen(command, environment, stdin=subprocess.PIPE, stderr=errors)
        if process.stdin is None:
            raise RuntimeError("a process was started without its input")
        try:
            yield process.stdin
        except BrokenPipeError:  # it has ended, and says below why
            pass
        except BaseException:
            process.kill()  # what it had begun is undone
            process.wait()
            raise
        _end(process, process.stdin, errors, command[0])


@contextlib.contextmanager
def _started(command: list[str]) -> Iterator[IO[bytes]]:
    """Give the output of a tool that reads a file; raise what it said."""
    with tempfile.TemporaryFile() as errors:
        process = _popen(command, dict(os.environ), stdout=subprocess.PIPE, stderr=errors)
        if process.stdout is None:
            raise RuntimeError("a process was started without its output")
        try:
            yield process.stdout
        except BaseException:
            process.kill()
            process.wait()
            raise
        _end(process, process.stdout, errors, command[0])


def _end(process: "subprocess.Popen[bytes]", pipe: IO[bytes], errors: IO[bytes], tool: str) -> None:
    with contextlib.suppress(BrokenPipeError):  # what was still to be written
        pipe.close()
    if process.wait() != 0:
        errors.seek(0)
        raise _refused(tool, errors.read().decode("utf-8", errors="replace"))


def _popen(command: list[str], environment: dict[str, str], **pipes: object) -> "subprocess.Popen[bytes]":
    try:
        return subprocess.Popen(command, env=environment, **pipes)  # type: ignore[call-overload,no-any-return] # noqa: S603
    except FileNotFoundError as error:
        detail = f"{command[0]} is not installed here"
        advice = "install the PostgreSQL client of the server's version or newer (Debian: postgresql-client)"
        raise Misconfigured(SOURCE, detail, what_to_do=advice) from error


def _run(command: list[str], environment: dict[str, str]) -> str:
    with tempfile.TemporaryFile() as errors:
        process = _popen(command, environment, stdout=subprocess.PIPE, stderr=errors)
        told, _ = process.communicate()
        if process.returncode != 0:
            errors.seek(0)
            raise _refused(command[0], errors.read().decode("utf-8", errors="replace"))
    return told.decode("utf-8")


def _refused(tool: str, said: str) -> Misconfigured | Unavailable:
    lines = [line for line in said.splitlines() if line.strip()]
    detail = lines[0] if lines else f"{tool} failed without a word"
    if "could not connect" in said or "connection to server" in said:
        return Unavailable(SOURCE, detail)
    return Misconfigured(SOURCE, detail, what_to_do=f"see what {tool} of PostgreSQL says about it")


def _environment(url: URL) -> dict[str, str]:
    """Return the environment of a tool: the address in variables, as arguments can be read by everybody."""
    plain = {
        "PGHOST": url.host,
        "PGPORT": url.port,
        "PGUSER": url.username,
        "PGPASSWORD": url.password,
        "PGDATABASE": url.database,
        "PGCONNECT_TIMEOUT": int(Patience().connect_timeout_s),
        "PGAPPNAME": f"{APPLICATION_NAME}-backup",
        **{_VARIABLES[name]: value for name, value in url.query.items()},
    }
    return dict(os.environ) | {name: str(value) for name, value in plain.items() if value is not None}
