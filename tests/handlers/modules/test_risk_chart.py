"""The risk chart: losses beyond the forecast, past crashes and liquidation prices are those of the result."""

import numpy as np

from tests.modules.samples import risk
from tests.render.samples import texts


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


def test_liquidation_prices_are_beside_their_lines_or_on_the_edge() -> None:
    shown = texts(risk.sample())
    assert "25× long" in shown
    edge = [text for text in shown if text.startswith("further off:")]
    assert any("5× long" in text for text in edge)
    assert any("5× short" in text for text in edge)
    assert "liquidation" not in texts(risk.sample(curves={}))
