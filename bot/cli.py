"""The command line: chooses what to run; prints configuration errors as one line each."""

import argparse
import asyncio
import gc
import random
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from bot.fork_server import start_fork_server
from bot.logs import configure_logging
from bot.memory import keep_heaps_small, without_collections
from bot.redaction import Redactor, secrets_of
from bot.sandbox_child import SandboxChild
from bot.version import DISTRIBUTION, own_version
from config.loader import ConfigError
from config.settings import ENV_FILE, Settings
from utils.clock import SystemClock
from utils.http.errors import Misconfigured, SourceError

EXIT_OK, EXIT_FAILED, EXIT_MISCONFIGURED = 0, 1, 2
DESCRIPTION = "Telegram bot with measured, explained analysis of Binance markets."
COMMANDS = {
    "run": "Telegram and Binance, or the sandbox when no token is set (without a command, this one)",
    "sandbox": "a simulated or recorded market and a chat page on this machine",
    "check": "what works and what does not",
    "backup": "write the database to a file, while the bot runs or not",
    "restore": "put a backup in the place of the database, while no bot runs",
}
_CANNOT = {"backup": "cannot back up", "restore": "cannot restore"}


def main(arguments: Sequence[str]) -> int:
    """Run a command; return 0 on success, 1 if it failed, 2 if the configuration must be corrected first."""
    asked = _parse(arguments)
    command = str(asked.command)
    cannot = _CANNOT.get(command, "cannot start")
    keep_heaps_small()
    try:
        settings = Settings()
    except ValidationError as error:
        return _refused(cannot, map(_setting_problem, error.errors()))
    except UnicodeDecodeError:
        return _refused(cannot, [f"{ENV_FILE}: expected UTF-8; save the file in this encoding"])
    except OSError as error:
        return _refused(cannot, [f"{error.filename or ENV_FILE}: cannot be read: {error.strerror}"])
    redact = Redactor(secrets_of(settings))
    try:
        return _store(asked, settings, redact) if command in _CANNOT else _run(command, settings, redact)
    except ConfigError as error:
        return _refused(cannot, (redact(str(problem)) for problem in error.problems))
    except Misconfigured as error:
        what = error.detail if command in _CANNOT else str(error)
        return _refused(cannot, [redact(f"{what}; {error.what_to_do}")])
    except SourceError as error:
        if command not in _CANNOT:
            raise
        _refused(cannot, [redact(error.detail)])
        return EXIT_FAILED


def _parse(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bot", description=DESCRIPTION)
    parser.add_argument("--version", action="version", version=f"{DISTRIBUTION} {own_version()}")
    parser.set_defaults(command="run")
    parsers = parser.add_subparsers(title="commands", metavar="COMMAND")
    commands = {name: parsers.add_parser(name, help=told) for name, told in COMMANDS.items()}
    for name, command in commands.items():
        command.set_defaults(command=name)
    backup, restoring = commands["backup"], commands["restore"]
    backup.add_argument("path", type=Path, help="a new file, or a folder, which gets one named by the time")
    backup.add_argument(
        "--keep", type=_count, metavar="N", help="of the folder's backups the newest N then stay"
    )
    restoring.add_argument("path", type=Path, help="a file that backup has written")
    restoring.add_argument(
        "--replace",
        action="store_true",
        help="although there is a database: a file is renamed, tables of PostgreSQL are dropped",
    )
    return parser.parse_args(arguments)


def _count(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"expected a number from 1 on, was {text!r}")
    return int(text)


def _store(asked: argparse.Namespace, settings: Settings, redact: Redactor) -> int:
    configure_logging(settings.log_level, settings.log_format, redact)
    # the libraries of the database, a third of what answers: those are read beside the fork server's
    from bot.backup import back_up, restore  # noqa: PLC0415

    now_ms = SystemClock().now_ms()
    if asked.command == "backup":
        back_up(settings, asked.path, asked.keep, now_ms, _print_line)
    else:
        restore(settings, asked.path, asked.replace, now_ms, _print_line)
    return EXIT_OK


def _run(command: str, settings: Settings, redact: Redactor) -> int:
    if command == "check":
        return _check(settings, redact)
    child = None
    if command == "sandbox" or settings.telegram_bot_token is None:
        if command != "sandbox":
            _print_line("no TELEGRAM_BOT_TOKEN is set: running in the sandbox")
        child = SandboxChild(settings)
        child.start()
    # all that answers questions, which a backup need not wait for
    with without_collections():
        import bot.shared  # noqa: F401, PLC0415

        gc.freeze()  # the fork server shares what no collection writes into
        start_fork_server()
        configure_logging(settings.log_level, settings.log_format, redact)  # starts a thread
        from bot.process import run_until_signal, serve, serve_sandbox  # noqa: PLC0415

    clock, rng = SystemClock(), random.Random()
    work = (
        serve(settings, clock, rng)
        if child is None
        else serve_sandbox(settings, child, clock, rng, _print_line)
    )
    asyncio.run(run_until_signal(work))
    return EXIT_OK


def _check(settings: Settings, redact: Redactor) -> int:
    # a check prints its own table; warnings in between would only obscure it
    level = settings.log_level if settings.log_level == "DEBUG" else "ERROR"
    configure_logging(level, settings.log_format, redact)
    with without_collections():
        from bot.check import check  # noqa: PLC0415

    return asyncio.run(check(settings, SystemClock(), random.Random(), _print_line))


def _print_line(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def _refused(cannot: str, lines: Iterable[str]) -> int:
    for line in lines:
        sys.stderr.write(f"{cannot}: {line}\n")
    return EXIT_MISCONFIGURED


def _setting_problem(problem: Any) -> str:
    """Return one line about an invalid setting, without its value, which may be a secret."""
    name = "_".join(str(part) for part in problem["loc"]).upper()
    message = str(problem["msg"]).removeprefix("Value error, ").replace("Input should be", "expected")
    return f"{name}: {' '.join(message.split())}"
