"""The command line: chooses what to run; prints configuration errors as one line each."""

import argparse
import asyncio
import random
import sys
from collections.abc import Iterable, Sequence
from typing import Any

from pydantic import ValidationError

from bot.check import check
from bot.logs import configure_logging
from bot.memory import keep_heaps_small
from bot.process import run_until_signal, serve, serve_sandbox
from bot.redaction import Redactor, secrets_of
from config.loader import ConfigError
from config.settings import ENV_FILE, Settings
from utils.clock import SystemClock
from utils.http.errors import Misconfigured

EXIT_OK, EXIT_MISCONFIGURED = 0, 2
DESCRIPTION = "Telegram bot with measured, explained analysis of Binance markets."
COMMANDS = (
    "run: Telegram and Binance, or the sandbox when no token is set; "
    "sandbox: a simulated or recorded market and a chat page on this machine; "
    "check: what works and what does not"
)


def main(arguments: Sequence[str]) -> int:
    """Run a command; return 0 on success, 1 if a check failed, 2 if the configuration must be corrected first."""
    command = _parse(arguments)
    keep_heaps_small()
    try:
        settings = Settings()
    except ValidationError as error:
        return _cannot_start(map(_setting_problem, error.errors()))
    except UnicodeDecodeError:
        return _cannot_start([f"{ENV_FILE}: expected UTF-8; save the file in this encoding"])
    except OSError as error:
        return _cannot_start([f"{ENV_FILE}: cannot be read: {error.strerror}"])
    redact = Redactor(secrets_of(settings))
    # a check prints its own table; warnings in between would only obscure it
    quiet = command == "check" and settings.log_level != "DEBUG"
    configure_logging("ERROR" if quiet else settings.log_level, settings.log_format, redact)
    try:
        return _run(command, settings)
    except ConfigError as error:
        return _cannot_start(redact(str(problem)) for problem in error.problems)
    except Misconfigured as error:
        return _cannot_start([redact(f"{error}; {error.what_to_do}")])


def _parse(arguments: Sequence[str]) -> str:
    parser = argparse.ArgumentParser(prog="python -m bot", description=DESCRIPTION)
    parser.add_argument(
        "command", nargs="?", default="run", choices=("run", "sandbox", "check"), help=COMMANDS
    )
    return str(parser.parse_args(arguments).command)


def _run(command: str, settings: Settings) -> int:
    clock, rng = SystemClock(), random.Random()
    if command == "check":
        return asyncio.run(check(settings, clock, rng, _print_line))
    if command == "run" and settings.telegram_bot_token is None:
        _print_line("no TELEGRAM_BOT_TOKEN is set: running in the sandbox")
        command = "sandbox"
    work = (
        serve(settings, clock, rng) if command == "run" else serve_sandbox(settings, clock, rng, _print_line)
    )
    asyncio.run(run_until_signal(work))
    return EXIT_OK


def _print_line(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def _cannot_start(lines: Iterable[str]) -> int:
    for line in lines:
        sys.stderr.write(f"cannot start: {line}\n")
    return EXIT_MISCONFIGURED


def _setting_problem(problem: Any) -> str:
    """Return one line about an invalid setting, without its value, which may be a secret."""
    name = "_".join(str(part) for part in problem["loc"]).upper()
    message = str(problem["msg"]).removeprefix("Value error, ").replace("Input should be", "expected")
    return f"{name}: {' '.join(message.split())}"
