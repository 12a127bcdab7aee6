"""No text touches another or leaves the picture, whatever the prices, the bars, the words and the language."""

from collections.abc import Mapping
from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest

from analysis.arrays import Floats
from analysis.framework.result import Analysis
from handlers.render.labels import ChartLabels
from handlers.render.scene import Scene
from handlers.render.theme import HEIGHT, SMALLEST_SIZE, WIDTH, ThemeName
from tests.modules.samples import redet, risk
from tests.render.charts import CHARTS
from tests.render.colour import contrast
from tests.render.samples import (
    BARS,
    ENGLISH_LABELS,
    HOUR_MS,
    constant,
    drawn,
    last_rows,
    result,
    scaled,
    turkish_labels,
    walk,
)

LONG_WORDS = replace(
    turkish_labels("kararsız, hafif düşüş eğilimli görünüm"),
    as_of="30 Eyl 2024 Pazartesi 23:59:59 GMT+5:45 Asia/Kathmandu",
)


def without(series: Mapping[str, Floats], *names: str) -> dict[str, Floats]:
    return {
        name: np.full(len(values), np.nan) if name in names else values for name, values in series.items()
    }


def gap(series: Mapping[str, Floats]) -> dict[str, Floats]:
    hole = np.r_[np.zeros(240), np.ones(20), np.zeros(40)].astype(bool)
    return {
        name: values if name == "time" else np.where(hole, np.nan, values) for name, values in series.items()
    }


CASES: dict[str, Analysis] = {
    "huge prices": result(scaled(walk(), 50.0)),
    "constant 1e-8": result(constant(1e-8)),
    "constant 1": result(constant(1.0)),
    "constant 1e6": result(constant(1e6)),
    "two bars": result(last_rows(walk(), 2)),
    "thirty bars": result(
        without(last_rows(walk(), 30), "ema_50", "ema_200", "macd", "macd_signal", "macd_hist")
    ),
    "no volume": result(walk() | {"volume": np.zeros(300)}),
    "price out of sight": result(walk(), price=1e9),
    "wide range": result(walk(), score=-100.0, low=-100.0, high=100.0, neutral=0.0, uncertainty=12.5),
    "minutes": result(walk(step_ms=HOUR_MS // 60), interval="1m"),
    "hours": result(walk(step_ms=HOUR_MS), interval="1h"),
    "weeks": result(walk(step_ms=168 * HOUR_MS), interval="1w"),
}

for _name, _module in CHARTS.items():
    _series = _module.series()
    CASES |= {
        _name: _module.sample(),
        f"{_name} thirty bars": _module.sample(_module.series(30)),
        f"{_name} one bar": _module.sample(last_rows(_series, 1)),
        f"{_name} gap": _module.sample(gap(_series)),
        f"{_name} tiny prices": _module.sample(scaled(_series, 1e-12), symbol="1000000MOGUSDT"),
        f"{_name} constant": _module.sample(_series | {bar: constant(1e-8)[bar] for bar in BARS}),
        f"{_name} bare candles": _module.sample({bar: _series[bar] for bar in ("time", *BARS)}, curves={}),
        f"{_name} nothing": _module.sample({}, score=None, uncertainty=None, curves={}),
    }
CASES |= {
    f"liquidation at {price:g}": risk.sample(curves=risk.curves(price))
    for price in (1.0, 9_000.0, 9_333.0, 1e6)
}
CASES["every bar rare"] = redet.sample(
    redet.series() | {"score": np.ones(300), "change_points": np.ones(300)}
)


def assert_clean(scene: Scene) -> None:
    for item in scene.texts:
        left, top, right, bottom = item.box
        assert left >= 0, item
        assert top >= 0, item
        assert right <= WIDTH, item
        assert bottom <= HEIGHT, item
        assert item.size >= SMALLEST_SIZE
    for one, other in combinations(scene.texts, 2):
        assert not one.overlaps(other), (one, other)


@pytest.mark.parametrize("labels", [ENGLISH_LABELS, turkish_labels(), LONG_WORDS], ids=["en", "tr", "long"])
@pytest.mark.parametrize("case", CASES)
def test_texts_keep_apart(case: str, labels: ChartLabels) -> None:
    assert_clean(drawn(CASES[case], labels))


@pytest.mark.parametrize("case", CHARTS)
@pytest.mark.parametrize("theme", ["dark", "light"])
def test_every_text_can_be_read_on_what_lies_behind_it(theme: ThemeName, case: str) -> None:
    for item in drawn(CASES[case], theme=theme).texts:
        assert contrast(item.fill, item.behind) >= 4.5, item


def test_overlap_is_noticed() -> None:
    scene = drawn(CASES["trend"])
    scene.text((30, 40), "on top of the symbol", size=40)
    with pytest.raises(AssertionError):
        assert_clean(scene)
