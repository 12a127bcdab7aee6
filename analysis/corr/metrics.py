"""Module E's metrics, groups and scalars, each declared once."""

from analysis.framework.metric import BarsNeeded, GroupSpec, MetricSpec, Modelled, ScalarSpec, TableSpec
from analysis.framework.sections import section
from config.c_corr import CorrelationConfig

PULL, TIES, PARTIAL, HELD, SHARE, BETAS = (
    "pull",
    "together",
    "partial",
    "common",
    "share",
    "betas",
)
LEADS, LEAD_ROWS, LEAD_P, RANKING, CAUSES = "leads", "lead_rows", "lead_p", "ranking", "causes"
WARPS, CCA, VAR, FORECASTS = "warps", "canonical", "autoregression", "forecasts"
TICKS, TICK_CHANCE = "ticks", "tick_p"
"""Families: the part that measures a metric, whose rule explains a missing value."""

GROUPS = (GroupSpec("pull", 1.0, "what the last bars say of the next one"),)


def _proved(config: CorrelationConfig, _: str) -> int:
    return config.fit_bars + config.refit_bars + 101


def _shown(
    id_: str,
    title: str,
    unit: str,
    help_: str,
    family: str,
    decimals: int = 2,
    bars: BarsNeeded = "min_bars",
    *,
    card: bool = False,
) -> MetricSpec:
    return MetricSpec(
        id_, title, unit, help_, decimals, bars=bars, family=family, latest_only=True, on_card=card
    )


def _per_bar(
    id_: str, title: str, unit: str, help_: str, decimals: int = 2, *, card: bool = False
) -> MetricSpec:
    return MetricSpec(id_, title, unit, help_, decimals, bars=_proved, family=PULL, on_card=card)


def _part(id_: str, title: str, help_: str) -> MetricSpec:
    return MetricSpec(
        id_, title, "sd", help_, 3, group="pull", signal=Modelled(), bars=_proved, family=PULL, on_card=True
    )


PULL_METRICS = (
    _part(
        "pull_leaders",
        "From leaders",
        "What the leaders' last bars say of the next bar, over its volatility.",
    ),
    _part(
        "pull_own", "From itself", "What the coin's own last bars say of the next bar, over its volatility."
    ),
    _per_bar(
        "forecast_bps",
        "Forecast",
        "bps",
        "Forecast return of the next bar before it is shrunk.",
        1,
        card=True,
    ),
    _per_bar("volatility_bps", "Bar volatility", "bps", "Smoothed standard deviation of a bar's return.", 1),
    _per_bar(
        "pull_r2", "Fit R²", "%", "Share of the bars' variance explained where the forecast was fitted."
    ),
    _per_bar(
        "pull_r2_out",
        "Later R²",
        "%",
        "Share explained on later bars; below zero the forecast was worse than none.",
        card=True,
    ),
    _per_bar(
        "pull_kept",
        "Share kept",
        "ratio",
        "How much of the forecast counts: none unless it has been worth it.",
    ),
)
TOGETHER = (
    _shown(
        "correlation",
        "Correlation",
        "-1/+1",
        "Correlation of returns with the market's.",
        TIES,
        card=True,
    ),
    _shown(
        "correlation_low",
        "Corr. low",
        "-1/+1",
        "Lower end of the 95% interval of the correlation.",
        TIES,
    ),
    _shown(
        "correlation_high",
        "Corr. high",
        "-1/+1",
        "Upper end of the 95% interval of the correlation.",
        TIES,
    ),
    _shown(
        "correlation_shrunk",
        "Corr. shrunk",
        "-1/+1",
        "Correlation after Ledoit–Wolf shrinkage.",
        TIES,
    ),
    _shown(
        "rank_correlation",
        "Rank corr.",
        "-1/+1",
        "Correlation of ranks with the market's.",
        TIES,
        card=True,
    ),
    _shown(
        "rank_low",
        "Rank low",
        "-1/+1",
        "Lower end of the 95% interval of the rank correlation.",
        TIES,
    ),
    _shown(
        "rank_high",
        "Rank high",
        "-1/+1",
        "Upper end of the 95% interval of the rank correlation.",
        TIES,
    ),
    _shown(
        "partial", "Partial corr.", "-1/+1", "Correlation with the market given all other coins.", PARTIAL
    ),
    _shown("beta", "Beta", "ratio", "How far the coin moves when the market moves by one.", BETAS, card=True),
    _shown("beta_error", "Beta error", "ratio", "Standard error of beta under changing volatility.", BETAS),
    _shown("beta_down", "Downside beta", "ratio", "Beta over the bars in which the market fell.", BETAS),
    _shown("beta_rest", "Beta to rest", "ratio", "Beta to the mean of all other coins.", BETAS),
    _shown(
        "beta_rest_down",
        "Downside rest",
        "ratio",
        "Beta to the others over the bars in which they fell.",
        BETAS,
    ),
    _shown("covariance", "Covariance", "bps²", "Covariance with the market over the window.", TIES, 0),
    _shown(
        "covariance_ewma",
        "Smoothed cov.",
        "bps²",
        "Covariance, exponentially smoothed.",
        TIES,
        0,
    ),
    _shown(
        "residual_momentum",
        "Own momentum",
        "sd",
        "Return of the last bars beyond beta times the market's, in its own deviations.",
        BETAS,
        card=True,
    ),
)
COMMON = (
    _shown(
        "mean_correlation",
        "Mean corr.",
        "-1/+1",
        "Mean correlation of all pairs of coins.",
        TIES,
        card=True,
    ),
    _shown("shrinkage", "Shrinkage", "ratio", "How far the correlations are shrunk to zero.", TIES, 3),
    MetricSpec(
        "concentration",
        "Common share",
        "ratio",
        "Share of all variance that one common movement holds.",
        bars="min_bars",
        family=SHARE,
        expensive=True,
        on_card=True,
    ),
    _shown(
        "absorption",
        "Absorption",
        "ratio",
        "Variance held by the largest fifth of movements.",
        HELD,
    ),
    _shown("dispersion_bps", "Dispersion", "bps", "How far the last bar's returns lie apart.", HELD, 1),
)
LEADING = (
    MetricSpec(
        "lead",
        "Lead",
        "bars",
        "Lag of the strongest correlation with the market's past or future; above zero the market leads.",
        0,
        bars="rolling",
        family=LEAD_ROWS,
        expensive=True,
    ),
    MetricSpec(
        "lead_correlation",
        "Corr. at lead",
        "-1/+1",
        "Rank correlation at that lag.",
        bars="rolling",
        family=LEAD_ROWS,
        expensive=True,
    ),
    _shown(
        "lead_p",
        "Lead p",
        "p",
        "Chance that unrelated series show as strong a lag.",
        LEAD_P,
        3,
        "rolling",
        card=True,
    ),
    _shown(
        "lead_net", "Leads others", "-1/+1", "How far it leads the others, less how far they lead it.", LEADS
    ),
    _shown(
        "lead_found",
        "Lead pairs",
        "count",
        "Pairs with a lead that stand after correction.",
        LEADS,
        0,
        card=True,
    ),
    _shown("lead_tested", "Pairs", "count", "Pairs whose lead was tested.", LEADS, 0),
    _shown(
        "halves_agree",
        "Halves agree",
        "-1/+1",
        "Rank correlation of leaders in two halves.",
        RANKING,
    ),
    _shown(
        "cause_found",
        "Causes found",
        "count",
        "Ordered pairs that stand after correction.",
        CAUSES,
        0,
        card=True,
    ),
    _shown("cause_tested", "Causes tested", "count", "Ordered pairs that could be tested.", CAUSES, 0),
    _shown("cause_untested", "Not testable", "count", "Ordered pairs that could not be tested.", CAUSES, 0),
    _shown(
        "cause_p",
        "Cause p",
        "p",
        "Chance of such a prediction if the market had no part (HC3).",
        CAUSES,
        3,
    ),
    _shown(
        "cause_p_classical",
        "Classical p",
        "p",
        "By the classical F test, which finds leads that are not there.",
        CAUSES,
        3,
    ),
    _shown("cause_share", "Below 5%", "%", "Share of tested pairs with a probability below 5%.", CAUSES, 1),
    _shown(
        "cause_share_classical", "Classical 5%", "%", "The same share by the classical F test.", CAUSES, 1
    ),
)
SHAPES = (
    _shown("warp_distance", "Warp distance", "sd", "Distance of the paths after time warping.", WARPS),
    _shown(
        "warp_lag", "Warp lag", "bars", "Mean lag of the warped paths; above zero the market leads.", WARPS
    ),
    _shown(
        "canonical",
        "Canonical",
        "-1/+1",
        "Fitted correlation of leaders' past and others' present.",
        CCA,
    ),
    _shown("canonical_out", "Canonical out", "-1/+1", "The same weights on later bars.", CCA),
    _shown(
        "var_lags",
        "VAR lags",
        "bars",
        "Lags chosen for the autoregression; none is an answer.",
        VAR,
        0,
    ),
    _shown("var_r2", "VAR R²", "%", "Mean share explained where the autoregression was fitted.", FORECASTS),
    _shown("var_r2_out", "VAR later R²", "%", "Mean share explained on later bars.", FORECASTS),
    _shown(
        "spillover",
        "Spillover",
        "%",
        "Mean share of forecast error that comes from other coins.",
        VAR,
        1,
    ),
    _shown(
        "spillover_net",
        "Net spillover",
        "%",
        "Forecast error given to others less that received.",
        VAR,
        1,
    ),
    _shown(
        "response",
        "Response",
        "bps",
        "Later response to a shock of one deviation in the market.",
        VAR,
        1,
    ),
)


def _of_ticks(id_: str, title: str, unit: str, help_: str, decimals: int = 2) -> MetricSpec:
    return MetricSpec(
        id_,
        title,
        unit,
        help_,
        decimals,
        bars="min_bars",
        needs=(TICKS,),
        family=TICKS,
        latest_only=True,
        on_card=True,
    )


BY_TICKS = (
    _of_ticks(
        "tick_correlation",
        "Tick corr.",
        "-1/+1",
        "Hayashi–Yoshida correlation of live trades with the market's, while both coins are followed.",
    ),
    _of_ticks(
        "tick_lead",
        "Tick lead",
        "ms",
        "Shift at which live trades correlate most; above zero the market leads.",
        0,
    ),
    _of_ticks("tick_lead_correlation", "Tick at lead", "-1/+1", "Hayashi–Yoshida correlation at that shift."),
    _of_ticks(
        TICK_CHANCE, "Tick p", "p", "Chance that unrelated trades correlate as much at one of the shifts.", 3
    ),
    _of_ticks("tick_seconds", "Tick time", "s", "Seconds of live trades that both coins have.", 0),
)
METRICS: tuple[MetricSpec, ...] = (*PULL_METRICS, *TOGETHER, *COMMON, *LEADING, *SHAPES, *BY_TICKS)
SCALARS = (
    ScalarSpec("corr.leader_pull", "directional", "higher is a forecast rise", 1, 1, bars=_proved),
    ScalarSpec(
        "corr.concentration",
        "intensity",
        "higher is more in common",
        6,
        378,
        bars="min_bars",
        metric="concentration",
    ),
)

COINS = TableSpec("coins", "What is known coin by coin; leaders first where two halves agree who they are.")

CorrSection = section(CorrelationConfig, "CorrSection", METRICS, GROUPS, module=__name__)
