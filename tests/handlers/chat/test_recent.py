"""Live results are kept by the time in their buttons, up to a capacity."""

from dataclasses import replace

from analysis.framework.result import Analysis
from handlers.chat.keyboard import CardRequest, card_seconds
from handlers.chat.recent import ResultCache
from tests.handlers.sample import MODULE, analysis

LIVE = CardRequest("t", MODULE, "BTCUSDT", "spot", "4h")
RESULT = analysis()


def pinned(ask: CardRequest) -> CardRequest:
    return replace(ask, at_ms=1000 * card_seconds(RESULT, asked_past=False))


def test_a_live_result_is_found_by_its_own_time_and_card_only() -> None:
    shown: ResultCache[Analysis] = ResultCache()
    shown.put(LIVE, RESULT)
    assert shown.get(pinned(LIVE)) is RESULT
    assert shown.get(LIVE) is None
    assert shown.get(replace(pinned(LIVE), interval="1h")) is None
    assert shown.get(replace(pinned(LIVE), at_ms=1_722_470_400_000)) is None


def test_a_past_result_is_not_kept() -> None:
    shown: ResultCache[Analysis] = ResultCache()
    asked = replace(pinned(LIVE), asked_past=True)
    shown.put(asked, RESULT)
    assert shown.get(asked) is None
    assert shown.get(pinned(LIVE)) is None


def test_the_oldest_result_is_evicted_first() -> None:
    shown: ResultCache[Analysis] = ResultCache(capacity=2)
    asks = [replace(LIVE, symbol=symbol) for symbol in ("A", "B", "C")]
    for ask in asks:
        shown.put(ask, RESULT)
    assert [shown.get(pinned(ask)) is not None for ask in asks] == [False, True, True]


def test_results_may_be_bounded_by_what_they_weigh() -> None:
    shown: ResultCache[Analysis] = ResultCache(5, weigh=lambda result: int(result.price))
    asks = [replace(LIVE, symbol=symbol) for symbol in ("A", "B", "C")]
    for ask, weight in zip(asks, (3.0, 1.0, 2.0), strict=True):
        shown.put(ask, replace(RESULT, price=weight))
    assert [shown.get(pinned(ask)) is not None for ask in asks] == [False, True, True]


def test_a_past_result_that_may_be_another_is_kept_for_what_explains_it() -> None:
    shown: ResultCache[Analysis] = ResultCache(keeps_past=True)
    asked = replace(pinned(LIVE), asked_past=True)
    shown.put(asked, RESULT)
    assert shown.get(replace(asked, view="why")) is RESULT
    assert shown.get(replace(asked, view="evidence")) is RESULT
    assert shown.get(asked) is None
    assert shown.get(replace(asked, view="text")) is None
