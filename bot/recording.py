"""Background work on the database: record market data, and delete old rows daily; begun anew with other settings."""

import asyncio
from concurrent.futures import Executor
from functools import partial

import structlog

from analysis.sources.option_jobs import option_gamma
from bot.build import Core
from bot.reconfiguring import with_each
from bot.sections import RECORD
from config.c_record import RecordConfig
from utils.option_chain import OptionChain
from utils.priority import background
from utils.recorder.option_figures import Beside
from utils.recorder.prune import prune_daily
from utils.recorder.recorder import Recorder
from utils.store.store import Store

log = structlog.get_logger(__name__)


async def record(core: Core) -> None:
    """Record until cancelled, from when the database is open, while ``record.enabled`` is set."""
    store = await core.storage.wait_open()
    await with_each(core.config, RECORD, RecordConfig, partial(_record, core, store))


async def _record(core: Core, store: Store, config: RecordConfig) -> None:
    if not config.enabled:
        log.info("recording is disabled by record.enabled")
        return
    recorder = Recorder(
        store,
        core.exchange,
        config,
        clock=core.clock,
        rng=core.rng,
        deribit=core.deribit,
        quiet=core.attention.quiet,
        measure_chain=partial(_measured, core.workers.answers),
    )
    with background():
        await recorder.run()


async def _measured(pool: Executor, chain: OptionChain, now: int) -> Beside:
    """Measure a chain in a worker, which has the libraries for it."""
    return await asyncio.get_running_loop().run_in_executor(pool, option_gamma, chain, now)


async def prune(core: Core) -> None:
    """Delete old rows daily until cancelled."""
    store = await core.storage.wait_open()

    async def with_config(config: RecordConfig) -> None:
        await prune_daily(store, core.clock, config.keep_days)

    await with_each(core.config, RECORD, RecordConfig, with_config)
