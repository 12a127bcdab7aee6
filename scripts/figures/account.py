"""Figures of an account on recorded bars: how often a basket's day was worse than simulated the day before."""

import argparse
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import numpy as np

from analysis.account.fits import FitMemory
from analysis.account.inputs import REFIT_BARS
from analysis.account.losses import CONFIDENCES, account_losses
from analysis.features.look_backs import SEED_BARS
from analysis.features.var_backtest import kupiec
from analysis.framework.question import Instrument
from config.c_account import AccountConfig
from tests.support.recorded import recorded_bars
from utils.binance_api.bars import Bars
from utils.binance_api.intervals import DAY

FILE: Final = "klines_spot/{}-1h_2020-01-01_2024-12-31.csv.gz"
LATER: Final = "klines_spot/{}-1h_2020-08-11_2024-12-31.csv.gz"
FILES: Final = {"BTCUSDT": FILE, "ETHUSDT": FILE, "BNBUSDT": FILE, "SOLUSDT": LATER}
BASKETS: Final[Mapping[str, Mapping[str, float]]] = {
    "long BTC": {"BTCUSDT": 1.0},
    "long BTC, short ETH": {"BTCUSDT": 1.0, "ETHUSDT": -0.8},
    "long BTC, ETH, SOL, BNB": {"BTCUSDT": 0.4, "ETHUSDT": 0.3, "SOLUSDT": 0.2, "BNBUSDT": 0.1},
}
FROM, TO = 1_640_995_200_000, 1_735_603_200_000  # 2022-01-01 and 2024-12-31 00:00 UTC
EVERY_DAYS: Final = 2
CONFIG: Final = AccountConfig(paths=4000)
ROWS: Final = CONFIG.tail_window + SEED_BARS + REFIT_BARS + 1


def rows(data: Path) -> list[str]:
    """Return one line per basket and level: days, violations and Kupiec's p."""
    bars = {name: recorded_bars(data / path.format(name), name, "1h") for name, path in FILES.items()}
    memory = FitMemory()
    said = [f"account: violations of the simulated day, 2022-2024, every {EVERY_DAYS} days"]
    for title, weights in BASKETS.items():
        days = [day_losses(weights, bars, at, memory) for at in range(FROM, TO, EVERY_DAYS * DAY)]
        loss, *levels = np.array(days).T
        for confidence, forecast in zip(CONFIDENCES, levels, strict=True):
            violations = int((loss > forecast).sum())
            test = kupiec(violations, len(loss), confidence)
            expected = (1 - confidence) * len(loss)
            said.append(
                f"  {title}: VaR {confidence:.0%} {violations} of {len(loss)} days, expected {expected:.1f}, "
                f"Kupiec p {test.p_value:.3f}"
            )
    return said


def day_losses(
    weights: Mapping[str, float], bars: Mapping[str, Bars], at: int, memory: FitMemory
) -> tuple[float, float, float]:
    """Return the loss of the day from ``at`` (UTC ms) and the simulated VaR 95 and 99 known before it."""
    exposed: dict[Instrument, float] = {Instrument("spot", name): weight for name, weight in weights.items()}
    past = {one: bars[one.symbol].closed(at).tail(ROWS) for one in exposed}
    result = account_losses(exposed, past, {}, "1h", memory.recursions(past, CONFIG), CONFIG)
    lower, higher = (result.find("filtered", "day", level).value_at_risk for level in CONFIDENCES)
    loss = -sum(weight * _day_move(bars[name], at) for name, weight in weights.items())
    return loss, np.nan if lower is None else lower, np.nan if higher is None else higher


def _day_move(bars: Bars, at: int) -> float:
    before, after = (int(np.searchsorted(bars.close_time, moment)) - 1 for moment in (at, at + DAY))
    return float(bars.close[after] / bars.close[before] - 1)


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--data", type=Path, default=Path("../shared/data"), help="folder of the recorded data"
    )
    for line in rows(parser.parse_args().data):
        print(line)


if __name__ == "__main__":
    main()
