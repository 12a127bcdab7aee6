"""Background work on the database: record market data, and delete old rows daily."""

import asyncio
from concurrent.futures import Executor
from functools import partial

import structlog

from analysis.sources.option_jobs import option_gamma
from bot.build import Core
from bot.sections import RECORD
from config.c_record import RecordConfig
from utils.option_chain import OptionChain
from utils.priority import background
from utils.recorder.option_figures import Beside
from utils.recorder.prune import prune_daily
from utils.recorder.recorder import Recorder

log = structlog.get_logger(__name__)


async def record(core: Core) -> None:
    """Record until cancelled, from when the database is open; return at once if recording is disabled."""
    config = core.config.section(RECORD, RecordConfig)
    if not config.enabled:
        log.info("recording is disabled by record.enabled")
        return
    store = await core.storage.wait_open()
    recorder = Recorder(
        store,
        core.exchange,
        config,
        clock=core.clock,
        rng=core.rng,
        deribit=core.deribit,
        quiet=core.attention.quiet,
        measure_chain=partial(_measured, core.pool),
    )
    with background():
        await recorder.run()


async def _measured(pool: Executor, chain: OptionChain, now: int) -> Beside:
    """Measure a chain in a worker, which has the libraries for it."""
    return await asyncio.get_running_loop().run_in_executor(pool, option_gamma, chain, now)


async def prune(core: Core) -> None:
    """Delete old rows daily until cancelled."""
    store = await core.storage.wait_open()
    await prune_daily(store, core.clock, core.config.section(RECORD, RecordConfig).keep_days)
