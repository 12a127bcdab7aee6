"""Made-up results of the modules about volatility, risk and anomaly, on the seeded walk, as they hand them over."""

from collections.abc import Mapping

import numpy as np

from analysis.anomaly.metrics import GROUPS
from analysis.contract import Analysis, Floats
from tests.render.samples import result, walk

BARS = ("time", "open", "high", "low", "close")
CHANNEL_OF_GROUP = (0, 3, 5, 7, 8, 10)


def bars(rows: int = 300, seed: int = 7) -> dict[str, Floats]:
    made = walk(rows, seed=seed)
    return {name: made[name] for name in BARS}


def slow(rows: int, seed: int, low: float = 0.0, high: float = 1.0) -> Floats:
    """A smooth path within (low, high)."""
    steps = np.cumsum(np.random.default_rng(seed).normal(0, 0.35, rows))
    return np.asarray(low + (high - low) / (1 + np.exp(-(steps - steps.mean()))))


def regime_series(rows: int = 300) -> dict[str, Floats]:
    chance = slow(rows, 3, 0.2, 0.85)
    return bars(rows) | {
        "p_trend": chance,
        "label": (chance > 0.5).astype(float),
        "vol_percentile": slow(rows, 4),
        "stressed": slow(rows, 5) ** 2,
        "state": np.round(slow(rows, 5) ** 2),
    }


def cone() -> dict[str, Floats]:
    days = np.array([1.0, 2, 5, 10, 20, 30, 60, 90])
    middle = np.linspace(62, 55, 8)
    wide = np.linspace(38, 16, 8)
    return {
        "cone_days": days,
        "cone_low": middle - wide * 0.7,
        "cone_mid": middle,
        "cone_high": middle + wide,
        "cone_now": np.linspace(88, 60, 8),
        "cone_garch": np.linspace(80, 61, 8),
        "cone_implied": np.array([np.nan, 71, 69, 66, 64, 63, 61, np.nan]),
    }


def risk_series(rows: int = 300) -> dict[str, Floats]:
    made = bars(rows)
    close = made["close"]
    move = np.concatenate(([np.nan], 100 * np.diff(np.log(close))))
    peak = np.maximum.accumulate(close)
    return made | {
        "return": move,
        "var_95": slow(rows, 6, 1.2, 2.2),
        "var_99": slow(rows, 6, 1.2, 2.2) * 1.6,
        "drawdown": 100 * (close / peak - 1),
        "stop_long": close * 0.955,
        "stop_short": close * 1.045,
        "score": slow(rows, 7),
    }


def risk_curves(price: float) -> dict[str, Floats]:
    leverage = np.array([5.0, 10, 25, 50, 100])
    return {
        "liq_leverage": leverage,
        "liq_long": price * (1 - 1 / leverage + 0.004),
        "liq_short": price * (1 + 1 / leverage - 0.004),
        "stress_loss": np.array([50.3, 31.0, 28.4, 27.1, 19.9]),
        "stress_leverage": np.array([1.0, np.nan, 3.0, 3.0, 5.0]),
    }


def redet_series(rows: int = 300) -> dict[str, Floats]:
    random = np.random.default_rng(9)
    rarity = random.exponential(0.35, (len(GROUPS), rows))
    for row, back in ((0, 12), (1, 30), (2, 55), (3, 70), (4, 90), (5, 105)):
        rarity[row, rows - back if rows > back else rows - 1] = 2.0 + 0.4 * row
    driver = np.array(CHANNEL_OF_GROUP, dtype=float)[rarity.argmax(axis=0)]
    change = np.zeros(rows)
    change[[max(0, rows - 40), max(0, rows - 80)]] = (1.0, -1.0)
    return bars(rows) | {
        "score": np.minimum(1, rarity.max(axis=0) / 4),
        "driver": driver,
        "change_points": change,
        "volatility_change_points": -np.roll(change, 17),
        "cusum_up": 0.1 + 7 * slow(rows, 2),
        "cusum_down": 8 * slow(rows, 11) ** 2,
        "cusum_threshold": np.full(rows, 6.2),
        **{f"group_{group}": rarity[row] for row, group in enumerate(GROUPS)},
    }


def regime_result(series: Mapping[str, Floats] | None = None, **changes: object) -> Analysis:
    return result(
        regime_series() if series is None else series,
        **{
            "module": "regime",
            "score_name": "p_trend",
            "score": 0.63,
            "uncertainty": None,
            "direction": None,
            "curves": cone(),
            "labels": {"regime_label": "trend", "volatility_state": "stressed"},
            **changes,
        },
    )


def risk_result(series: Mapping[str, Floats] | None = None, **changes: object) -> Analysis:
    found = risk_series() if series is None else series
    price = float(found["close"][-1]) if "close" in found else 20_000.0
    named = {
        "module": "risk",
        "score_name": "risk_score",
        "score": 0.97,
        "uncertainty": None,
        "direction": None,
    }
    return result(found, **{**named, "curves": risk_curves(price), **changes})


def redet_result(series: Mapping[str, Floats] | None = None, **changes: object) -> Analysis:
    named = {"module": "redet", "score_name": "anomaly_score", "score": 0.58, "neutral": 0.0}
    return result(
        redet_series() if series is None else series,
        **{**named, "uncertainty": None, "direction": None, **changes},
    )


RESULTS = {"regime": regime_result, "risk": risk_result, "redet": redet_result}
SERIES = {"regime": regime_series, "risk": risk_series, "redet": redet_series}
