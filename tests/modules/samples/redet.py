"""Module J on the seeded walk, with an anomalous bar of each group."""

from collections.abc import Mapping

import numpy as np

from analysis.anomaly.channels import CHANNELS, FEATURE_WORDS, GROUPS, USUAL_SIZE
from analysis.arrays import Floats
from analysis.framework.result import Analysis
from tests.render.samples import candles, result, slow

CHANNEL_OF_GROUP = (0, 3, 5, 7, 8, 10)
PARTS = {
    ("score",): frozenset({"Anomaly"}),
    ("change_points",): frozenset({"change of level"}),
    ("volatility_change_points",): frozenset({"of volatility"}),
    ("cusum_up", "cusum_down"): frozenset({"CUSUM up", "CUSUM down", "threshold"}),
    ("driver",): frozenset({"rare bars"}),
    tuple(f"group_{group}" for group in GROUPS): frozenset({"Tail probability of each group"}),
}
NAMES: frozenset[str] = frozenset()
WORDS = frozenset({*(channel.words for channel in CHANNELS), *FEATURE_WORDS.values(), USUAL_SIZE})


def series(rows: int = 300) -> dict[str, Floats]:
    random = np.random.default_rng(9)
    log_tail = random.exponential(0.35, (len(GROUPS), rows))
    for row, back in ((0, 12), (1, 30), (2, 55), (3, 70), (4, 90), (5, 105)):
        log_tail[row, rows - back if rows > back else rows - 1] = 2.0 + 0.4 * row
    change = np.zeros(rows)
    change[[max(0, rows - 40), max(0, rows - 80)]] = (1.0, -1.0)
    return candles(rows) | {
        "score": np.minimum(1, log_tail.max(axis=0) / 4),
        "driver": np.array(CHANNEL_OF_GROUP, dtype=float)[log_tail.argmax(axis=0)],
        "change_points": change,
        "volatility_change_points": -np.roll(change, 17),
        "cusum_up": 0.1 + 7 * slow(rows, 2),
        "cusum_down": 8 * slow(rows, 11) ** 2,
        "cusum_threshold": np.full(rows, 6.2),
        **{f"group_{group}": log_tail[row] for row, group in enumerate(GROUPS)},
    }


def sample(of: Mapping[str, Floats] | None = None, **changes: object) -> Analysis:
    facts: dict[str, object] = {
        "module": "redet",
        "score_name": "anomaly_score",
        "score": 0.58,
        "neutral": 0.0,
        "uncertainty": None,
        "direction": None,
    }
    return result(series() if of is None else of, **(facts | changes))
