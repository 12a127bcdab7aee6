"""The risk chart: losses beyond the forecast, past crashes and liquidation prices are those of the result."""

import numpy as np

from tests.modules.samples import risk
from tests.render.samples import drawn, texts


def test_losses_beyond_the_forecast_are_counted() -> None:
    series = risk.series()
    series["return"] = np.where(np.arange(300) % 40 == 39, -9.0, 0.5)
    shown = texts(risk.sample(series))
    assert shown[shown.index("beyond VaR") + 1] == "3"  # of the last 120 bars


def test_crashes_show_their_loss_and_unknown_ones_are_left_out() -> None:
    price = float(risk.series()["close"][-1])
    curves = risk.curves(price) | {"stress_loss": np.array([50.3, np.nan, 28.4, 27.1, 19.9])}
    shown = texts(risk.sample(curves=curves))
    assert shown[shown.index("March 2020") + 1] == "−50.3%"
    assert shown[shown.index("August 2024") + 2] == "5×"
    assert "May 2021" not in shown
    del curves["stress_leverage"]
    assert "survives" not in texts(risk.sample(curves=curves))


def test_liquidation_prices_stand_in_the_order_of_prices_with_their_distance() -> None:
    scene = drawn(risk.sample())
    column = [item for item in scene.texts if "× " in item.text[:7] or item.text in {"longs", "shorts"}]
    words = [item.text for item in column]
    assert words[0] == "shorts"
    assert words[-1] == "longs"
    assert [item.box[1] for item in column] == sorted(item.box[1] for item in column)
    shares = [float(text.split("× ")[1].replace("−", "-").rstrip("%")) for text in words[1:-1]]
    assert shares == sorted(shares, reverse=True)
    assert max(shares) > 0 > min(shares)


def test_levels_out_of_sight_are_behind_an_arrow() -> None:
    shown = texts(risk.sample())
    assert any(text.startswith("↑5× +") for text in shown)
    assert any(text.startswith("↓5× −") for text in shown)
    assert any(text.startswith("25× −") for text in shown)


def test_without_levels_the_candles_take_their_room() -> None:
    bare, whole = drawn(risk.sample(curves={})), drawn(risk.sample())
    assert "liquidation" not in [item.text for item in bare.texts]
    assert bare.plots[0][2] > whole.plots[0][2] + 60
