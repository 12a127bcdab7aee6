"""Module H over the sandbox's sockets: cold, and of a past moment."""

from analysis.framework.question import Request
from analysis.framework.reasons import Message
from analysis.framework.runner import Runner

ASKED = Request("BTCUSDT", "4h")


async def test_a_cold_symbol_is_answered_from_rest_and_a_fresh_book(runner: Runner) -> None:
    answer = await runner.run("micro", ASKED)
    assert (answer.market, answer.interval) == ("futures", "1m")
    assert answer.metric("touch_imbalance").value is not None
    assert answer.metric("cvd_share").value is not None
    assert answer.score is None
    ofi = answer.metric("ofi").reason
    assert ofi is not None
    assert ofi.code in ("no_live", "few_live_seconds")
    assert "live_flow" in [note.code for note in answer.notes]
    assert answer.notes[-1] == Message("live_answer", {"took": 0})  # the clock stands still
    names = [stamp.name for stamp in answer.sources]
    assert any("depth" in name for name in names)


async def test_a_past_moment_has_its_bars_and_says_that_ticks_are_not_kept(runner: Runner) -> None:
    answer = await runner.run("micro", Request("BTCUSDT", "1h", as_of=1_717_990_000_000))
    assert answer.score is None
    reason = answer.metric("ofi").reason
    assert reason is not None
    assert reason.text == "order flow has no history for a past moment"
    assert len(answer.series["close"]) > 100
