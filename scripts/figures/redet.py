"""Figures of module J on recorded bars: the crash hours, false alarms by year, half-life of the scalar, channels."""

import argparse
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd

from analysis.anomaly.channels import CHANNELS, IDS, p_metric
from analysis.anomaly.fit import fit
from analysis.anomaly.inputs import AnomalyInputs, fit_keys
from analysis.anomaly.metrics import RegimeAnomalyConfig
from analysis.anomaly.settings import AnomalySettings
from analysis.anomaly.trace import trace
from analysis.arrays import Floats
from analysis.framework.module import AnyTrace
from analysis.framework.question import Scope, SourceStamp, stamp
from analysis.framework.reasons import Reason
from analysis.sources.funding import SettledFunding
from tests.support.recorded import recorded_bars
from utils.binance_api.bars import Bars

SPOT: Final = "klines_spot/{}-1h_2020-01-01_2024-12-31.csv.gz"
PERPETUAL: Final = "klines_futures_um/BTCUSDT-1h_2019-09-08_2024-12-31.csv.gz"
FUNDING: Final = "funding/BTCUSDT-funding_2019-09-10_2024-12-31.csv.gz"
EVENTS: Final[Mapping[str, tuple[str, str]]] = {
    "March 2020": ("2020-03-12", "2020-03-14"),
    "May 2021": ("2021-05-19", "2021-05-20"),
    "LUNA": ("2022-05-08", "2022-05-14"),
    "FTX": ("2022-11-07", "2022-11-11"),
    "August 2024": ("2024-08-04", "2024-08-07"),
}
ALARM: Final = 0.5
PROMISED: Final = 0.01


def inputs_of(spot: Bars, perpetual: Bars | None, funding: SettledFunding | None) -> AnomalyInputs:
    """Inputs of recorded bars, all rows scored, the bars beginning with the listing."""
    missing = {"open_interest": Reason("no_history", {"what": "open interest"})}
    if perpetual is None:
        missing["counterpart"] = Reason("no_data", {"what": "futures bars"})
    if funding is None:
        missing["funding"] = Reason("no_data", {"what": "settled funding"})
    return AnomalyInputs(
        bars=spot,
        as_of=spot.as_of,
        price=None,
        scope=Scope(len(spot)),
        stamps=tuple(stamp(read) for read in (spot, perpetual) if read is not None),
        missing=missing,
        counterpart=perpetual,
        counterpart_scale=1.0,
        open_interest=None,
        funding=funding,
        from_listing=True,
    )


def recorded_inputs(data: Path) -> AnomalyInputs:
    """BTCUSDT 1h, spot and perpetual, with settled funding."""
    spot = recorded_bars(data / SPOT.format("BTCUSDT"), "BTCUSDT", "1h")
    perpetual = recorded_bars(data / PERPETUAL, "BTCUSDT", "1h", "futures")
    rates = pd.read_csv(data / FUNDING)
    settled = SettledFunding(
        rates["funding_time"].to_numpy(np.int64),
        rates["funding_rate"].to_numpy(np.float64),
        SourceStamp("recorded", spot.as_of, spot.as_of, len(rates)),
    )
    return inputs_of(spot, perpetual, settled)


def traced(inputs: AnomalyInputs, config: AnomalySettings) -> AnyTrace:
    """Fit at every refit time and trace as much as the inputs ask for."""
    fits = {key.refit_time: fit(inputs, config, key.refit_time) for key in fit_keys(inputs, config)}
    return trace(inputs, fits, config, inputs.scope)


def crash_rows(bars: Bars, score: Floats, p: Mapping[str, Floats]) -> list[str]:
    """The hour of the largest absolute return of each event: its score, rank among all scores, and dominant channel."""
    stamps = pd.DatetimeIndex(pd.to_datetime(bars.open_time, unit="ms"))
    moves = np.abs(np.diff(np.log(bars.close), prepend=np.nan))
    known = score[np.isfinite(score)]
    found = []
    for name, (start, end) in EVENTS.items():
        inside = np.asarray((stamps >= pd.Timestamp(start)) & (stamps < pd.Timestamp(end))) & np.isfinite(
            score
        )
        if not inside.any():
            found.append(f"  {name}: no scores")
            continue
        row = int(np.argmax(np.where(inside, np.nan_to_num(moves), -1)))
        above = float(np.mean(known >= score[row]))
        dominant = min(IDS, key=lambda one: np.nan_to_num(p[one][row], nan=2.0))
        found.append(
            f"  {name}: {stamps[row]:%Y-%m-%d %H:%M} |return| {100 * moves[row]:.1f} %, score {score[row]:.3f}, "
            f"top {100 * above:.2f} % of all, dominant channel {dominant}; "
            f"highest of the event {np.nanmax(score[inside]):.3f}"
        )
    return found


def alarm_rows(bars: Bars, score: Floats) -> list[str]:
    """Share of bars at or above 0.5, promised 1 %, by year; and those that follow no alarm in the 24 bars before."""
    years = pd.DatetimeIndex(pd.to_datetime(bars.open_time, unit="ms")).year.to_numpy()
    found = []
    for year in [*np.unique(years), None]:
        own = score[(years == year) if year is not None else slice(None)]
        known = own[np.isfinite(own)]
        alarms = np.flatnonzero(own >= ALARM)
        fresh = int(np.sum(np.diff(alarms, prepend=-25) > 24))
        share = np.mean(known >= ALARM)
        quarter = np.mean(known >= 0.25)
        found.append(
            f"  {year or 'all'}: {len(known)} bars, {100 * share:.2f} % at 0.5 or more "
            f"(promised {100 * PROMISED:.0f} %), {100 * quarter:.1f} % at 0.25 (10 %), {fresh} separate alarms"
        )
    return found


def channel_rows(path: AnyTrace) -> list[str]:
    """How often each channel's p is at most 1 %, and how often it dominates an alarm."""
    alarm = path.score >= ALARM
    stack = np.stack([path.values[p_metric(name)] for name in IDS])
    dominant = np.where(np.isfinite(stack), stack, np.inf).argmin(axis=0)
    found = []
    for place, channel in enumerate(CHANNELS):
        p = stack[place][np.isfinite(stack[place])]
        if len(p):
            share, of_alarms = (
                np.mean(p <= PROMISED),
                np.mean(dominant[alarm] == place) if alarm.any() else np.nan,
            )
            found.append(
                f"  {channel.id}: p <= 0.01 in {100 * share:.2f} %, dominant in {100 * of_alarms:.0f} % of alarms"
            )
    return found


def half_life(values: Floats) -> int:
    """Bars until the autocorrelation of the known values falls below one half."""
    line = pd.Series(values)
    for lag in range(1, 500):
        if line.autocorr(lag) < 0.5:
            return lag
    return 500


def rows(data: Path) -> list[str]:
    """Return the figures as lines of text."""
    config = RegimeAnomalyConfig()
    inputs = recorded_inputs(data)
    path = traced(inputs, config)
    p = {name: path.values[p_metric(name)] for name in IDS}
    found = ["redet: BTCUSDT 1h 2020-2024, spot with perpetual and funding, no open interest"]
    found += [" crash hours:", *crash_rows(inputs.bars, path.score, p)]
    found += [" false alarms:", *alarm_rows(inputs.bars, path.score)]
    found += [" channels:", *channel_rows(path)]
    found += [f" half-life of redet.surprise: {half_life(path.scalars['redet.surprise'])} bars"]
    top = np.nanquantile(path.score, 1 - PROMISED)
    found += [f" highest score met: {np.nanmax(path.score):.3f}; the top percent begins at {top:.3f}"]
    for symbol in ("ETHUSDT",):
        alone = inputs_of(recorded_bars(data / SPOT.format(symbol), symbol, "1h"), None, None)
        other = traced(alone, config)
        theirs = {name: other.values[p_metric(name)] for name in IDS}
        found += [f"redet: {symbol} 1h 2020-2024, spot alone"]
        found += [*crash_rows(alone.bars, other.score, theirs), *alarm_rows(alone.bars, other.score)]
    return found


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    print("\n".join(rows(parser.parse_args().data)))


if __name__ == "__main__":
    main()
