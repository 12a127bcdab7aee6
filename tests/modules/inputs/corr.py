"""Module E's inputs: one coin that two leaders move, a bar later too, on seeded walks."""

from dataclasses import replace

import numpy as np

from analysis.corr.inputs import CorrInputs
from analysis.framework.joint_bars import JointBars, join_bars
from analysis.framework.question import stamp
from tests.modules.inputs import spoiled
from tests.support.recorded import bars_of, walk_bars
from utils.binance_api.bars import Bars

ROWS = 1500
LEADERS = ("BTCUSDT", "ETHUSDT")


def _coin(symbol: str, own_seed: int, lead: float) -> Bars:
    """A coin half of whose return is the market's, ``lead`` of it of the bar before."""
    base, own = walk_bars(ROWS, seed=21), walk_bars(ROWS, seed=own_seed)
    market = np.diff(np.log(base.close), prepend=np.log(100.0))
    beside = np.diff(np.log(own.close), prepend=np.log(100.0))
    late = np.concatenate([[0.0], market[:-1]])
    close = 100 * np.exp(np.cumsum((1 - lead) * market + lead * late + 0.7 * beside))
    opened = np.concatenate([[100.0], close[:-1]])
    columns = {
        "open": opened,
        "high": np.maximum(opened, close) * 1.001,
        "low": np.minimum(opened, close) * 0.999,
        "close": close,
        "volume": own.volume,
    }
    return bars_of(base.open_time, columns, own.volume * close, symbol)


MEMBERS = (walk_bars(ROWS, seed=21), _coin("ETHUSDT", 22, 0.0), _coin("SOLUSDT", 23, 0.4))


def whole() -> CorrInputs:
    """One coin and its leaders, for a past moment."""
    return _of(MEMBERS, (0, 1), 2)


def basket() -> CorrInputs:
    """Seven coins, the last four of which follow."""
    more = tuple(_coin(f"C{seed}USDT", seed, 0.3) for seed in range(31, 35))
    return _of((*MEMBERS, *more), (0, 1), None)


def bare() -> CorrInputs:
    """The coin alone: no leader could be read."""
    return _of(MEMBERS[2:], (), 0)


def short(n: int) -> CorrInputs:
    """The first ``n`` bars of all."""
    return cut(whole(), n)


def cut(inputs: CorrInputs, rows: int) -> CorrInputs:
    """What was known at the close of row ``rows`` - 1."""
    bars = inputs.bars.closed(int(inputs.bars.close_time[rows - 1]) + 1)
    return replace(inputs, bars=bars, as_of=bars.as_of, stamps=(stamp(bars),), joint=inputs.joint.until(rows))


def garbage(inputs: CorrInputs, rows: int) -> CorrInputs:
    """The same with wild numbers from row ``rows`` on."""
    joint, wild = inputs.joint, np.random.default_rng(9).standard_normal(inputs.joint.close.shape)
    close, returns = joint.close.copy(), joint.returns.copy()
    close[rows:], returns[rows:] = np.exp(wild[rows:]), 5 * wild[rows:]
    spoilt = JointBars(joint.symbols, joint.open_time, joint.close_time, close, returns)
    return replace(inputs, bars=spoiled(inputs.bars, rows), joint=spoilt)


def _of(members: tuple[Bars, ...], leaders: tuple[int, ...], target: int | None) -> CorrInputs:
    bars = members[0 if target is None else target]
    return CorrInputs(
        bars=bars,
        as_of=bars.as_of,
        price=None,
        stamps=(stamp(bars),),
        joint=join_bars(members),
        leaders=leaders,
        target=target,
    )
