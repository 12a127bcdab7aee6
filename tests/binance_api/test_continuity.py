"""The exchange's joining rules, case by case."""

import pytest

from utils.binance_api.streams.continuity import (
    Verdict,
    judge,
    judge_chained_first,
    judge_chained_next,
    judge_spot,
)


@pytest.mark.parametrize(
    ("local", "first", "final", "verdict"),
    [
        (100, 101, 105, Verdict.APPLY),
        (100, 101, 101, Verdict.APPLY),
        (100, 96, 105, Verdict.APPLY),  # overlaps: quantities are absolute
        (100, 100, 101, Verdict.APPLY),
        (100, 96, 100, Verdict.STALE),  # duplicate of the newest
        (100, 90, 95, Verdict.STALE),  # out of order
        (100, 102, 105, Verdict.GAP),
        (100, 500, 500, Verdict.GAP),  # or the snapshot is too old
    ],
)
def test_spot_rule(local: int, first: int, final: int, verdict: Verdict) -> None:
    assert judge_spot(local, first, final) is verdict


@pytest.mark.parametrize(
    ("snapshot", "final", "previous", "verdict"),
    [
        (100, 105, 94, Verdict.APPLY),  # U <= lastUpdateId <= u
        (100, 100, 94, Verdict.APPLY),  # ends exactly at the snapshot: applied once more, harmless
        (100, 105, 100, Verdict.APPLY),  # the snapshot is the update before
        (100, 105, 97, Verdict.APPLY),  # the snapshot lies in the hole between two updates of this symbol
        (100, 99, 90, Verdict.STALE),
        (100, 110, 101, Verdict.GAP),  # the snapshot is too old
    ],
)
def test_first_update_after_a_futures_snapshot(
    snapshot: int, final: int, previous: int, verdict: Verdict
) -> None:
    assert judge_chained_first(snapshot, final, previous) is verdict


@pytest.mark.parametrize(
    ("local", "final", "previous", "verdict"),
    [
        (100, 130, 100, Verdict.APPLY),  # ids jump, the chain holds
        (100, 100, 80, Verdict.STALE),  # duplicate
        (100, 80, 70, Verdict.STALE),  # out of order
        (100, 130, 101, Verdict.GAP),
        (100, 130, 99, Verdict.GAP),  # pu must be equal, not only not newer
    ],
)
def test_steady_futures_rule(local: int, final: int, previous: int, verdict: Verdict) -> None:
    assert judge_chained_next(local, final, previous) is verdict


@pytest.mark.parametrize("market", ["spot", "futures", "options"])
def test_without_a_snapshot_everything_waits(market: str) -> None:
    assert judge(market, None, 1, 2, 0, bridged=False) is Verdict.WAIT  # type: ignore[arg-type]


def test_each_market_has_its_rule() -> None:
    # On spot a jump of ids is a gap, whatever pu says; on futures only pu counts.
    assert judge("spot", 100, 120, 130, 100, bridged=True) is Verdict.GAP
    assert judge("futures", 100, 120, 130, 100, bridged=True) is Verdict.APPLY
    assert judge("options", 100, 120, 130, 100, bridged=True) is Verdict.APPLY
    assert judge("futures", 100, 101, 130, 99, bridged=True) is Verdict.GAP
    assert judge("futures", 100, 101, 130, 99, bridged=False) is Verdict.APPLY


def test_a_futures_update_without_pu_proves_nothing() -> None:
    assert judge("futures", 100, 101, 105, None, bridged=True) is Verdict.GAP
    assert judge("futures", 100, 95, 100, None, bridged=True) is Verdict.GAP
    assert judge("futures", 100, 90, 99, None, bridged=True) is Verdict.STALE
