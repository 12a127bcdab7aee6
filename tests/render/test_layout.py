"""No text touches another or leaves the picture, whatever the prices, the bars, the words and the language."""

from collections.abc import Mapping
from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest

from analysis.contract import Analysis, Floats
from handlers.render.chart import draw_chart
from handlers.render.labels import ChartLabels
from handlers.render.scene import Scene
from handlers.render.theme import HEIGHT, SMALLEST_SIZE, WIDTH, ThemeName
from tests.render.colour import contrast
from tests.render.module_samples import RESULTS, SERIES, redet_result, risk_curves, risk_result
from tests.render.samples import (
    ENGLISH_LABELS,
    HOUR_MS,
    constant,
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

BARS = ("open", "high", "low", "close")


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
    "plain": result(walk()),
    "tiny prices": result(scaled(walk(), 1e-12), symbol="1000000MOGUSDT"),
    "huge prices": result(scaled(walk(), 50.0)),
    "constant 1e-8": result(constant(1e-8)),
    "constant 1": result(constant(1.0)),
    "constant 1e6": result(constant(1e6)),
    "one bar": result(last_rows(walk(), 1)),
    "two bars": result(last_rows(walk(), 2)),
    "thirty bars": result(
        without(last_rows(walk(), 30), "ema_50", "ema_200", "macd", "macd_signal", "macd_hist")
    ),
    "gap": result(gap(walk())),
    "no volume": result(walk() | {"volume": np.zeros(300)}),
    "price out of sight": result(walk(), price=1e9),
    "bare candles": result({name: walk()[name] for name in ("time", "open", "high", "low", "close")}),
    "nothing": result({}, score=None, uncertainty=None),
    "wide range": result(walk(), score=-100.0, low=-100.0, high=100.0, neutral=0.0, uncertainty=12.5),
    "minutes": result(walk(step_ms=HOUR_MS // 60), interval="1m"),
    "hours": result(walk(step_ms=HOUR_MS), interval="1h"),
    "weeks": result(walk(step_ms=168 * HOUR_MS), interval="1w"),
}

for _name, _result in RESULTS.items():
    _series = SERIES[_name]()
    CASES |= {
        _name: _result(),
        f"{_name} thirty bars": _result(SERIES[_name](30)),
        f"{_name} one bar": _result(last_rows(_series, 1)),
        f"{_name} gap": _result(gap(_series)),
        f"{_name} tiny prices": _result(scaled(_series, 1e-12), symbol="1000000MOGUSDT"),
        f"{_name} constant": _result(_series | {bar: constant(1e-8)[bar] for bar in BARS}),
        f"{_name} bare candles": _result({bar: _series[bar] for bar in ("time", *BARS)}, curves={}),
        f"{_name} nothing": _result({}, score=None, curves={}),
    }
CASES |= {
    f"liquidation at {price:g}": risk_result(curves=risk_curves(price))
    for price in (1.0, 9_000.0, 9_333.0, 1e6)
}
CASES["every bar rare"] = redet_result(
    SERIES["redet"]() | {"score": np.ones(300), "change_points": np.ones(300)}
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
    assert_clean(draw_chart(CASES[case], theme="dark", labels=labels))


@pytest.mark.parametrize("case", ["plain", *RESULTS])
@pytest.mark.parametrize("theme", ["dark", "light"])
def test_every_text_can_be_read_on_what_lies_behind_it(theme: ThemeName, case: str) -> None:
    for item in draw_chart(CASES[case], theme=theme, labels=ENGLISH_LABELS).texts:
        assert contrast(item.fill, item.behind) >= 4.5, item


def test_overlap_is_noticed() -> None:
    scene = draw_chart(CASES["plain"], theme="dark", labels=ENGLISH_LABELS)
    scene.text((30, 40), "on top of the symbol", size=40)
    with pytest.raises(AssertionError):
        assert_clean(scene)
