"""Making the first commands quick: workers started, symbols and the default symbol's bars read before anybody asks."""

import asyncio
import gc

import structlog

from analysis.contract import Request
from bot.build import CHART_PROCESSES, FIT_PROCESSES, Core
from bot.executors import RebuildingPool, warm
from bot.readiness import Readiness
from handlers.render import numbers
from utils.http.errors import SourceError

FIRST_PAUSE_S, LONGEST_PAUSE_S = 2.0, 60.0
log = structlog.get_logger(__name__)


async def warm_up(core: Core, readiness: Readiness) -> None:
    """Prepare everything; the exchange is tried until it answers."""
    await asyncio.to_thread(numbers.warm_up, core.messages.languages)
    await asyncio.gather(_charts(core, readiness), _exchange(core, readiness))
    keep_for_good()
    log.info("ready", market_time_offset_ms=core.exchange.clock_offset_ms)


def keep_for_good() -> None:
    """Have the garbage collector look no more at what stands now and stays until the end.

    A full collection holds the event loop: with the quarter of a million objects of a started bot for 130 ms,
    without them for 5.
    """
    gc.collect()
    gc.freeze()


async def _charts(core: Core, readiness: Readiness) -> None:
    await _workers(core.pool, CHART_PROCESSES)
    readiness.charts(None)
    await _workers(core.fits, FIT_PROCESSES)


async def _workers(pool: RebuildingPool, count: int) -> None:
    """Start the workers of a pool, which otherwise start when they are first needed."""
    loop = asyncio.get_running_loop()
    await asyncio.gather(*(loop.run_in_executor(pool, warm) for _ in range(count)))


async def _exchange(core: Core, readiness: Readiness) -> None:
    pause_s = FIRST_PAUSE_S
    while True:
        try:
            await core.exchange.measure_time()
            await core.exchange.spot.symbols()
        except SourceError as error:
            readiness.exchange(str(error))
            log.info("warm-up waits for the exchange", source=error.source, detail=error.detail)
        else:
            readiness.exchange(None)
            break
        await core.clock.sleep(pause_s)
        pause_s = min(pause_s * 2, LONGEST_PAUSE_S)
    for module_id in core.registry.module_ids:
        await _ask_once(core, module_id)


async def _ask_once(core: Core, module_id: str) -> None:
    request = Request(core.chat.default_symbol, core.chat.default_interval)
    try:
        await core.runner.run(module_id, request, neighbours=True, cost=True)
    except (
        SourceError
    ) as error:  # a default symbol that is not listed, for one: the first to ask will be told
        log.warning("default symbol cannot be analysed now", module=module_id, error=str(error))
