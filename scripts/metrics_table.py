"""Write the table of metrics in docs/monitoring.md anew, from the metrics of a bot that is built and not started."""

import asyncio
import random
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Final

from pydantic import SecretStr

from bot.administration.errors import RecentErrors
from bot.administration.files import read_files
from bot.administration.wiring import build_configuration
from bot.background import BackgroundWork
from bot.build import build_core, build_http
from bot.memory_use import MemoryUse
from bot.metrics.parts import MeasuredParts, measure
from bot.metrics.registry import Described, Metrics
from bot.pushing import digest_look, outbox_sender
from bot.readiness import Readiness
from bot.telegram_side import build_telegram
from config.holder import ConfigHolder
from config.settings import Settings
from utils.clock import SystemClock

FILE: Final = Path(__file__).resolve().parent.parent / "docs" / "monitoring.md"
BEGIN: Final = "<!-- metrics: written by python -m scripts.metrics_table -->"
END: Final = "<!-- end of metrics -->"
NOWHERE: Final = "http://127.0.0.1:9"
"""An address of this machine at which nothing listens."""


@asynccontextmanager
async def unstarted(settings: Settings | None = None) -> AsyncIterator[Metrics]:
    """Yield the metrics of a bot whose parts are all made, and of which nothing runs."""
    settings, metrics, clock, rng = settings or _settings(), Metrics(), SystemClock(), random.Random(1)
    files = read_files(settings)
    async with AsyncExitStack() as stack:
        core = await build_core(settings, ConfigHolder(files.snapshot()), clock, rng, stack)
        configuration = build_configuration(core, files, str)
        telegram = build_telegram(core)
        readiness = Readiness(telegram.receiver, core.storage)
        sender, digests = outbox_sender(core, telegram), digest_look(core, telegram)
        memory = MemoryUse(clock)
        memory.measure()
        build_http(core, readiness, metrics)
        work, errors = BackgroundWork(stack), RecentErrors(str)
        parts = MeasuredParts(core, telegram, readiness, configuration, sender, digests, work, errors, memory)
        measure(metrics, parts)
        yield metrics


def _settings() -> Settings:
    return Settings(
        telegram_bot_token=SecretStr("1:unstarted"),
        telegram_api_url=NOWHERE,
        binance_spot_rest_url=NOWHERE,
        binance_futures_rest_url=NOWHERE,
        binance_options_rest_url=NOWHERE,
    )


def table(metrics: Sequence[Described]) -> str:
    """Return metrics as a table in Markdown."""
    rows = [f"| `{one.name}` | {one.kind} | {_labels(one)} | {one.help} |" for one in metrics]
    return "\n".join(("| metric | type | labels | meaning |", "|---|---|---|---|", *rows))


def _labels(one: Described) -> str:
    return ", ".join(f"`{label}`" for label in one.labels)


def written(text: str, metrics: Sequence[Described]) -> str:
    """Return a page with the table between its marks; ``ValueError`` where these are missing."""
    before, found, rest = text.partition(BEGIN)
    _, ended, after = rest.partition(END)
    if not found or not ended:
        raise ValueError(f"no place for the table: {BEGIN} and {END} are missing")
    return f"{before}{BEGIN}\n{table(metrics)}\n{END}{after}"


async def main() -> None:
    """Write the page."""
    async with unstarted() as metrics:
        page = written(FILE.read_text(encoding="utf-8"), metrics.described())
    FILE.write_text(page, encoding="utf-8")


if __name__ == "__main__":
    asyncio.run(main())
