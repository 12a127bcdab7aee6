"""What the modules estimate, beside the libraries it is taken from: GARCH, switching variance, isolation forest."""

import sys
from collections.abc import Callable, Iterator, Sequence
from math import log
from pathlib import Path
from typing import Final

import numpy as np
from arch import arch_model
from sklearn.ensemble import IsolationForest
from statsmodels.tsa.regime_switching.markov_regression import MarkovRegression

from analysis.features.garch import fit_garch
from analysis.features.isolation import grow_forest
from analysis.features.markov_fit import fit_switching
from analysis.features.markov_variance import SwitchingVariance, stressed_probability
from analysis.features.oscillators import log_returns
from scripts.bench.measure import RUNS, Row, judged, versus
from scripts.bench.recorded_bars import recorded_bars
from utils.binance_api.bars import Bars
from utils.units import PERCENT

RATIO: Final = 3.0
"""How many times as fast as the library an estimate is to be."""
LIKELIHOOD_MISS: Final = 1e-4
BARS: Final = 1_500
WINDOWS_UNTIL: Final = ("2021-06-01", "2022-11-15", "2024-12-31")
"""Ends of the windows: after a fall, in a crisis, and the newest recorded."""
SLOW_RUNS: Final = 5
"""Of what takes a second each time."""
SAME: Final = 1e-7
TREES, SAMPLE, SEED = 100, 256, 7
SHOWN: Final = 300
"""Rows of a chart, and so the rows that one answer scores."""


def rows(data: Path | None) -> Iterator[Row]:
    """Measure on recorded hours; skipped aloud where ``data`` does not hold them."""
    spot = None if data is None else recorded_bars(data, "spot", "1h")
    if spot is None:
        print("estimates are not measured: no recorded hours; name their folder with --data", file=sys.stderr)
        return
    yield from measured([_until(spot, day) for day in WINDOWS_UNTIL])


def _until(bars: Bars, day: str) -> Bars:
    """The ``BARS`` bars before a day's midnight, and one more for the first return."""
    end = int(np.datetime64(day, "ms").astype(np.int64))
    return bars.closed(end).tail(BARS + 1)


def measured(windows: Sequence[Bars], runs: int = RUNS) -> Iterator[Row]:
    """Measure GARCH on every window of bars, the rest on the last one; refuse what gives other numbers."""
    for bars in windows:
        yield from garch_rows(bars, runs)
    yield from markov_rows(windows[-1], runs)
    yield from forest_rows(windows[-1], runs)


def arch_likelihood(returns: np.ndarray) -> float:
    """Return the maximised log-likelihood of the returns as they are; arch wants them in percent."""
    found = arch_model(PERCENT * returns, dist="t").fit(disp="off")
    return float(found.loglikelihood) + len(returns) * log(PERCENT)


def garch_rows(bars: Bars, runs: int, peer: Callable[[np.ndarray], float] = arch_likelihood) -> Iterator[Row]:
    """Measure the fit beside ``arch`` as it is called by default; ``RuntimeError`` where ours fits worse."""
    returns = log_returns(bars.close)[1:]
    until = np.datetime64(int(bars.close_time[-1]), "ms").astype("datetime64[D]")
    name = f"GARCH(1,1)-t fit, {len(returns):,} returns until {until}"
    theirs = peer(returns)
    worse = theirs - fit_garch(returns).log_likelihood
    if worse > LIKELIHOOD_MISS:
        raise RuntimeError(
            f"{name}: our log-likelihood is {worse:.2g} below that of arch, nothing to compare"
        )
    yield versus(
        name,
        lambda: fit_garch(returns),
        lambda: peer(returns),
        peer_name="arch, default call",
        ratio_at_least=RATIO,
        runs=runs,
    )
    yield judged("  log-likelihood of arch minus ours", "nats", worse, at_most=LIKELIHOOD_MISS)


def peer_parameters(model: SwitchingVariance) -> np.ndarray:
    """Return what statsmodels wants: chances to come from calm and from stressed into calm, mean, two variances."""
    chances = [model.stay_calm, 1 - model.stay_stressed]
    return np.array([*chances, model.mean, model.calm, model.stressed])


def markov_rows(
    bars: Bars, runs: int, parameters: Callable[[SwitchingVariance], np.ndarray] = peer_parameters
) -> Iterator[Row]:
    """Measure the filter with the parameters given, and the fit for information."""
    returns = log_returns(bars.close)[1:]
    model = fit_switching(returns).model
    peer = MarkovRegression(returns, 2, trend="c", switching_trend=False, switching_variance=True)
    given = parameters(model)
    ours = stressed_probability(returns, model)
    theirs = peer.filter(given).filtered_marginal_probabilities[:, 1]
    if np.abs(ours - theirs).max() > SAME:
        raise RuntimeError("our filtered probabilities are not those of statsmodels, nothing to compare")
    yield versus(
        f"switching variance, warm update of {len(returns):,} returns",
        lambda: stressed_probability(returns, model),
        lambda: peer.filter(given),
        peer_name="statsmodels, filter alone",
        ratio_at_least=RATIO,
        runs=runs,
    )
    yield versus(
        f"switching variance, fit on {len(returns):,} returns",
        lambda: fit_switching(returns),
        lambda: peer.fit(disp=False),
        peer_name="statsmodels, default call",
        runs=min(runs, SLOW_RUNS),
    )


def forest_rows(bars: Bars, runs: int) -> Iterator[Row]:
    """Measure scoring new bars with a grown forest, and growing one for information."""
    table = _features(bars)
    past, new = table[:-SHOWN], table[-SHOWN:]
    forest = grow_forest(past, trees=TREES, sample=SAMPLE, seed=SEED)
    peer = _peer_forest(past)
    if np.abs(forest.score(new) + peer.score_samples(new)).max() > SAME:
        raise RuntimeError("our forest does not score as scikit-learn's, nothing to compare")
    for count in (1, SHOWN):
        yield versus(
            f"isolation forest, update with {count} new bar{'s' if count > 1 else ''}",
            lambda count=count: forest.score(new[-count:]),  # type: ignore[misc]
            lambda count=count: peer.score_samples(new[-count:]),  # type: ignore[misc]
            peer_name="scikit-learn, score_samples",
            ratio_at_least=RATIO,
            runs=runs,
        )
    yield versus(
        f"isolation forest, grown on {len(past):,} rows",
        lambda: grow_forest(past, trees=TREES, sample=SAMPLE, seed=SEED),
        lambda: _peer_forest(past),
        peer_name="scikit-learn, fit",
        runs=runs,
    )


def _peer_forest(rows: np.ndarray) -> IsolationForest:
    return IsolationForest(n_estimators=TREES, max_samples=SAMPLE, random_state=SEED, n_jobs=1).fit(rows)


def _features(bars: Bars) -> np.ndarray:
    """Return, range, volume, trades, mean trade and what aggressors bought, of every bar after the first."""
    trades = np.maximum(bars.trades, 1)
    columns = [
        log_returns(bars.close),
        np.log(bars.high / bars.low),
        np.log(bars.volume),
        np.log(trades),
        np.log(bars.quote_volume / trades),
        bars.taker_base / bars.volume,
    ]
    return np.stack(columns, axis=1)[1:]
