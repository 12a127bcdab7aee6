"""Warm-up: start the workers, read the symbol tables and analyse the default symbol before the first command."""

import asyncio

import structlog

from analysis.framework.question import Request
from bot.build import Core
from bot.executors import worker_pid
from bot.memory import freeze_startup_objects, return_freed_memory
from bot.readiness import Readiness
from bot.turns import PeopleFirst
from handlers.render import words
from utils.http.errors import SourceError
from utils.priority import background

FIRST_DELAY_S, MAX_DELAY_S = 2.0, 60.0
log = structlog.get_logger(__name__)


async def warm_up(core: Core, readiness: Readiness) -> None:
    """Prepare everything; the exchange is retried until it answers."""
    await asyncio.to_thread(words.warm_up, core.messages.languages)
    await asyncio.gather(_charts(core, readiness), _exchange(core, readiness))
    with background():
        for module_id in core.registry.module_ids:
            await core.attention.quiet()
            await _analyse_default(core, module_id)
    # a pool's queue keeps the inputs of its last job, some megabytes, until there is another one
    await _start_workers(core.workers.answers, 1)
    freeze_startup_objects()
    return_freed_memory()
    log.info("ready", market_time_offset_ms=core.exchange.clock_offset_ms)


async def _charts(core: Core, readiness: Readiness) -> None:
    # who submits the first work waits for the fork server, whose imports outlast those of this process
    await asyncio.to_thread(core.workers.answers.submit, worker_pid)
    await _start_workers(core.workers.answers, core.workers.count)
    readiness.set_charts(None)


async def _start_workers(pool: PeopleFirst, count: int) -> None:
    """Start the workers of a pool now instead of when they are first needed."""
    loop = asyncio.get_running_loop()
    await asyncio.gather(*(loop.run_in_executor(pool, worker_pid) for _ in range(count)))


async def _exchange(core: Core, readiness: Readiness) -> None:
    delay_s = FIRST_DELAY_S
    while True:
        try:
            await core.exchange.measure_time()
            await core.exchange.spot.symbols()
        except SourceError as error:
            readiness.set_exchange(str(error))
            log.info("warm-up waits for the exchange", source=error.source, detail=error.detail)
        else:
            readiness.set_exchange(None)
            return
        await core.clock.sleep(delay_s)
        delay_s = min(delay_s * 2, MAX_DELAY_S)


async def _analyse_default(core: Core, module_id: str) -> None:
    request = Request(core.chat.default_symbol, core.chat.default_interval)
    try:
        await core.runner.run(module_id, request, other_timeframes=True, cost=True)
    except SourceError as error:  # for example an unlisted default symbol; a command would report it
        log.warning("default symbol cannot be analysed", module=module_id, error=str(error))
