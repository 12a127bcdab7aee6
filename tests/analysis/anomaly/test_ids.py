"""Module J's ids, which people's alerts and stored answers name: a change of this list is a change of the interface."""

from analysis.anomaly.channels import IDS
from analysis.anomaly.metrics import METRICS
from analysis.regime_anomal import MODULE

METRIC_IDS = [
    "p_combined",
    "once_in",
    "p_returns",
    "p_range",
    "p_deviation",
    "p_volume",
    "p_open_interest",
    "p_funding",
    "p_basis",
    "p_joint",
    "p_price_wave",
    "p_volume_wave",
    "p_change",
    "channels_known",
    "channels_independent",
    "return_z",
    "return_mean",
    "return_mean_se",
    "return_sd",
    "return_sd_se",
    "range_z",
    "range_mean",
    "range_mean_se",
    "range_sd",
    "range_sd_se",
    "volume_z",
    "volume_mean",
    "volume_mean_se",
    "volume_sd",
    "volume_sd_se",
    "open_interest_z",
    "open_interest_mean",
    "open_interest_mean_se",
    "open_interest_sd",
    "open_interest_sd_se",
    "funding_z",
    "funding_mean",
    "funding_mean_se",
    "funding_sd",
    "funding_sd_se",
    "return_skew",
    "return_skew_se",
    "return_kurtosis",
    "return_kurtosis_se",
    "cumulative_deviation",
    "basis_bps",
    "cusum_up",
    "cusum_down",
    "cusum_threshold",
    "change_bars_ago",
    "change_side",
    "cusum_alarms",
    "volatility_cusum_up",
    "volatility_cusum_down",
    "volatility_threshold",
    "volatility_change_bars_ago",
    "volatility_change_side",
    "volatility_alarms",
    "isolation_score",
    "isolation_features",
    "price_residual",
    "volume_residual",
    "feed_gaps",
]
CHANNEL_IDS = [
    *("returns", "range", "deviation", "volume", "open_interest", "funding"),
    *("basis", "joint", "price_wave", "volume_wave", "change"),
]


def test_metrics_channels_groups_and_scalars_keep_their_ids() -> None:
    assert [spec.id for spec in METRICS] == METRIC_IDS
    assert list(IDS) == CHANNEL_IDS
    assert MODULE.groups == ("price", "volume", "positioning", "joint", "spectral", "change")
    assert [spec.name for spec in MODULE.scalars] == ["redet.surprise"]
    assert (MODULE.code, MODULE.id, MODULE.commands) == ("J", "redet", ("redet", "rd"))
    assert (MODULE.score.name, MODULE.score.directional) == ("anomaly_score", False)
