"""Where history begins anew, every module reads what came after, and says so; evidence has no score without trades."""

from dataclasses import replace
from typing import Any, cast

import numpy as np
import pytest

from analysis.features.stress import EVENTS, CrashPath
from analysis.framework.bar_rules import untraded_rows
from analysis.framework.jobs import trace_of
from analysis.framework.module import AnyModule
from analysis.framework.question import Instrument, Listing, Request, Scope, Sources
from analysis.framework.reasons import Reason
from analysis.registry import MODULES
from analysis.risk_expos import MODULE as RISK
from analysis.sources.crashes import paths_since
from analysis.sources.degrading import fault_reason
from scripts.bar_fuzz.series import COLUMNS, END, SYMBOL
from scripts.bar_fuzz.world import Exchange, Silent
from tests.modules.inputs import inputs_of
from tests.support.recorded import walk_bars
from utils.binance_api.bars import Bars, ImpossibleBars, NoBars, NoneClosedYet
from utils.binance_api.intervals import HOUR
from utils.http.errors import Unavailable

LISTING = Listing(Instrument("spot", SYMBOL), Instrument("futures", SYMBOL))


def broken() -> Bars:
    """A year of hourly bars, redenominated 40 days before its end, with three hours missing there."""
    walk = walk_bars(8760, interval="1h")
    later = np.arange(8760) >= 8760 - 960
    opens = END - HOUR * np.arange(8760, 0, -1, dtype=np.int64)
    prices = {name: getattr(walk, name) * np.where(later, 1000.0, 1.0) for name in COLUMNS[2:6]}
    bars = replace(walk, **prices, open_time=opens, close_time=opens + HOUR - 1, as_of=END, symbol=SYMBOL)
    keep = (np.arange(8760) < 8760 - 963) | later
    return replace(bars, **{name: getattr(bars, name)[keep] for name in COLUMNS})


BROKEN = broken()
SINCE = END - 960 * HOUR
FAR_BACK = [module for module in MODULES if module.history(module.config(), "1h") > 960]
"""The modules that read bars from before the break, where there are any."""


async def read(module: AnyModule) -> Any:
    sources = Sources(cast(Any, Exchange(BROKEN, END + 1)), cast(Any, Silent()))
    return await module.fetch(sources, LISTING, Request(SYMBOL, "1h"), module.config())


@pytest.mark.parametrize("module", FAR_BACK, ids=lambda module: module.id)
async def test_no_module_reads_back_over_a_break(module: AnyModule) -> None:
    inputs = await read(module)
    assert (len(inputs.bars), int(inputs.bars.open_time[0])) == (960, SINCE)
    assert "anew" in [note.code for note in inputs.notes]
    other = getattr(inputs, "counterpart", None)
    assert other is None or int(other.open_time[0]) >= SINCE


async def test_risk_reads_no_day_before_the_break() -> None:
    inputs = await read(RISK)
    assert inputs.from_listing
    assert int(inputs.daily.open_time[0]) >= SINCE
    assert len(inputs.daily) == 40
    assert np.abs(np.diff(np.log(inputs.daily.close))).max() < 1


def test_crashes_before_the_break_are_another_coins() -> None:
    path = CrashPath(np.array([0]), np.array([-0.1]), np.array([0.1]))
    paths: dict[str, CrashPath | Reason] = {event.id: path for event in EVENTS}
    paths[EVENTS[0].id] = Reason("not_yet", {"event": EVENTS[0].title})
    since = EVENTS[2].start + 1
    found = paths_since(paths, LISTING.instrument, since)
    codes = [part.code if isinstance(part, Reason) else "path" for part in found.values()]
    assert codes == ["not_yet", "anew_after", "anew_after", "path", "path"]
    assert paths_since(paths, LISTING.instrument, 0) == paths


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.id)
def test_evidence_has_no_score_where_hardly_anything_was_traded(module: AnyModule) -> None:
    offered = inputs_of(module.id)
    config = offered.config() if hasattr(offered, "config") else module.config()
    bare = offered.bare()
    quiet = np.arange(len(bare.bars)) >= len(bare.bars) - 30
    volume = np.where(quiet, 0.0, bare.bars.volume)
    inputs = replace(bare, bars=replace(bare.bars, volume=volume))
    traced = trace_of(module, inputs, {}, config, Scope(len(bare.bars)))
    barred = untraded_rows(inputs.bars)[-len(traced.time) :]
    assert barred[-7:].all()
    assert not barred[:-7].any()
    assert np.isnan(traced.score[barred]).all()
    assert all(np.isnan(column[barred]).all() for column in traced.scalars.values())


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (ImpossibleBars("s", "BTCUSDT", "1h", "a price is not above 0"), "s sent bars that cannot be true"),
        (NoBars("s", "BTCUSDT", "1h"), "s has sent no bars of BTCUSDT so far"),
        (NoneClosedYet("s", "BTCUSDT", "4h", 0), "no 4h bar of BTCUSDT has closed yet"),
        (Unavailable("s", "down"), "s does not answer now"),
    ],
)
def test_a_reason_says_what_the_source_did(error: Unavailable, text: str) -> None:
    assert fault_reason(error).text == text
