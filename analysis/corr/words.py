"""What the last row of module E means: who leads, contributions, matrices in clustered order, coin by coin."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.cluster.hierarchy import leaves_list, linkage
from scipy.spatial.distance import squareform

from analysis.arrays import Floats
from analysis.corr.facts import CorrFacts
from analysis.corr.fit import PullFit
from analysis.corr.inputs import CorrInputs
from analysis.corr.links import CAUSE, LEAD, standing_links
from analysis.corr.metrics import COINS, METRICS
from analysis.corr.trace import CorrDetail, pull_shares
from analysis.features.lead_lag import noise_peak
from analysis.features.windows import rolling_correlation
from analysis.framework.module import Trace, Words
from analysis.framework.reasons import Message, Reason
from analysis.framework.result import CoinMatrix, Table
from analysis.framework.scoring import configured_weights
from config.c_corr import CorrelationConfig

SURE = 0.05
"""Chance with which the drawn lag correlation of white series passes its line."""


def words(
    trace: Trace[CorrDetail],
    inputs: CorrInputs,
    fits: Mapping[int, PullFit | None],
    config: CorrelationConfig,
) -> Words:
    """Return the words of the last row."""
    del fits
    weights, found = configured_weights(METRICS, config), trace.detail.facts
    matrices = _matrices(found, inputs, _clustered(found, inputs), config)
    lead = strongest_link(matrices)
    return Words(
        weights={} if inputs.is_basket else weights.by_metric(),
        group_weights={} if inputs.is_basket else weights.group_weights,
        contributions=_contributions(trace, config),
        notes=(
            *(() if inputs.is_basket or lead is None else (lead,)),
            *_ranking_notes(found, inputs, config),
        ),
        verdict=lead if inputs.is_basket else None,
        series=_series(trace, inputs, config),
        curves={} if inputs.is_basket else {"lead_sure": np.array([_sure(config)])},
        matrices=matrices,
        tables=_tables(found, inputs),
        null_reasons=(Reason("of_one_coin"),) if inputs.is_basket else (),
    )


def _contributions(trace: Trace[CorrDetail], config: CorrelationConfig) -> dict[str, float]:
    """Return each part's share of tanh(sum of parts); they add up to it."""
    score = float(trace.score[-1])
    if not np.isfinite(score):
        return {}
    parts = {name: share * float(trace.values[name][-1]) for name, share in pull_shares(config).items()}
    whole = sum(parts.values())
    return {name: part * (score / whole if whole else 1.0) for name, part in parts.items()}


def strongest_link(matrices: Sequence[CoinMatrix]) -> Message | None:
    """Return the strongest link that stands, or that there is none; nothing where no lead was tested."""
    links = standing_links(matrices)
    if links is None or not any(matrix.id == LEAD for matrix in matrices):
        return None
    if not links.pairs:
        return Message("no_lead")
    leader, follower = links.pairs[0]
    facts: dict[str, str | int] = {"leader": links.symbols[leader], "follower": links.symbols[follower]}
    count = len(links.pairs) - 1
    return (
        Message(f"{links.kind}s_found", facts | {"count": count})
        if count
        else Message(f"{links.kind}_found", facts)
    )


def _ranking_notes(found: CorrFacts, inputs: CorrInputs, config: CorrelationConfig) -> tuple[Message, ...]:
    thin = [
        symbol
        for symbol, share in zip(inputs.joint.symbols, _unknown(inputs, config), strict=True)
        if share > config.thin_share
    ]
    notes = (Message("thin_coins", {"coins": ", ".join(thin)}),) if thin and inputs.is_basket else ()
    ranked = found.per_coin.get("ranked")
    if ranked is None:
        return notes
    return (*notes, Message("ranking" if ranked.any() else "no_ranking"))


def _unknown(inputs: CorrInputs, config: CorrelationConfig) -> list[float]:
    shares: list[float] = np.isnan(inputs.joint.returns[-config.window :]).mean(axis=0).tolist()
    return shares


def _clustered(found: CorrFacts, inputs: CorrInputs) -> NDArray[np.intp]:
    """Return the columns so that coins that move together stand together: average linkage on correlations."""
    correlation = found.per_pair.get("correlation")
    if correlation is None or len(correlation) < 3:
        return np.arange(len(inputs.joint.symbols))
    distance = np.sqrt(np.clip(1 - correlation, 0.0, 2.0) / 2)
    np.fill_diagonal(distance, 0.0)
    tree = linkage(squareform(distance, checks=False), "average", optimal_ordering=True)
    return np.asarray(leaves_list(tree), dtype=np.intp)


def _matrices(
    found: CorrFacts, inputs: CorrInputs, order: NDArray[np.intp], config: CorrelationConfig
) -> tuple[CoinMatrix, ...]:
    pairs = found.per_pair

    def matrix(name: str, title: str, unit: str, values: Floats, p: Floats | None = None) -> CoinMatrix:
        place = np.ix_(order, order)
        marked = np.isfinite(values) if p is None else np.asarray(p <= config.false_share)
        symbols = tuple(inputs.joint.symbols[column] for column in order)
        return CoinMatrix(name, title, unit, symbols, values[place], marked[place])

    made = []
    if "correlation" in pairs:
        made.append(matrix("correlation", "Correlation", "-1/+1", pairs["correlation"]))
    if "partial" in pairs:
        made.append(matrix("partial_correlation", "Partial correlation", "-1/+1", pairs["partial"]))
    if "lead" in pairs:
        made.append(matrix(LEAD, "Lead–lag", "-1/+1", pairs["lead"], pairs["lead_p"]))
    if "cause_p" in pairs:
        made.append(matrix(CAUSE, "Causality", "p", pairs["cause_p"], pairs["cause_p"]))
    if "spillover" in pairs:
        made.append(matrix("spillover", "Spillover", "%", pairs["spillover"]))
    return tuple(made)


_COLUMNS = (
    *("correlation", "rank_correlation", "beta", "beta_error", "beta_down", "beta_rest", "residual_momentum"),
    *("lead_net", "spillover_net", "response", "tick_correlation", "tick_lead"),
)


def _tables(found: CorrFacts, inputs: CorrInputs) -> tuple[Table, ...]:
    """Return the coins, leaders first where two halves agree who they are."""
    columns = tuple(name for name in _COLUMNS if name in found.per_coin)
    if not columns:
        return ()
    ranked = "lead_net" in columns and bool(found.per_coin.get("ranked", np.zeros(1)).any())
    net = found.per_coin["lead_net"] if ranked else np.zeros(len(inputs.joint.symbols))
    order = np.argsort(np.where(np.isfinite(net), -net, np.inf), kind="stable")
    rows = tuple(inputs.joint.symbols[place] for place in order)
    values = np.column_stack([found.per_coin[name] for name in columns])[order]
    return (Table(COINS.id, rows, columns, values),)


def _series(trace: Trace[CorrDetail], inputs: CorrInputs, config: CorrelationConfig) -> dict[str, Floats]:
    """Return what is drawn over the bars: the score or the common share, and the lead with its correlation."""
    series = {"concentration": trace.values["concentration"]}
    if inputs.target:
        returns = inputs.joint.returns
        rows = np.searchsorted(inputs.joint.open_time, inputs.bars.open_time)
        filled = np.where(np.isfinite(returns), returns, 0.0)
        together = rolling_correlation(filled[:, 0], filled[:, inputs.target], config.rolling)
        series |= {
            "score": trace.score,
            "lead": trace.values["lead"],
            "lead_correlation": trace.values["lead_correlation"],
            "correlation": together[rows],
        }
    return series


def _sure(config: CorrelationConfig) -> float:
    return noise_peak(config.rolling, config.peak_lags, SURE)
