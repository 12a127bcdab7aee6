"""The recorder beside the bot: it begins when the database can be used, and old rows are forgotten daily."""

import structlog

from bot.build import Core
from bot.sections import RECORD
from config.c_record import RecordConfig
from utils.recorder.prune import prune_daily
from utils.recorder.recorder import Recorder

log = structlog.get_logger(__name__)


async def record(core: Core) -> None:
    """Record until cancelled, where the configuration wants it and as soon as the database can be used."""
    config = core.config.section(RECORD, RecordConfig)
    if not config.enabled:
        log.info("nothing is recorded, record.enabled is false")
        return
    store = await core.storage.opened()
    await Recorder(store, core.exchange, config, clock=core.clock, rng=core.rng).run()


async def forget(core: Core) -> None:
    """Forget old rows daily, until cancelled."""
    store = await core.storage.opened()
    await prune_daily(store, core.clock, core.config.section(RECORD, RecordConfig).keep_days)
