"""The bands and the stability of module I's recommended weights."""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pytest

from analysis.allocate.band import recommended_band
from analysis.allocate.fit import AllocateFit, fit
from analysis.allocate.inputs import AllocateInputs, fit_keys
from analysis.allocate.paths import fitted_rows, stable_estimates, weight_stability
from analysis.allocate.specs import STABLE_DAYS
from analysis.allocate.table_specs import BAND, WEIGHTS
from analysis.allocate.tables import tables_of
from analysis.allocate.trace import trace
from analysis.allocate.values import Reading
from analysis.allocate.words import words
from analysis.features.allocation_methods import BLACK_LITTERMAN, EQUAL, ERC
from analysis.framework.module import Trace
from analysis.framework.question import Scope
from config.c_portalloc import PortfolioAllocConfig
from tests.modules.inputs import allocate

CONFIG = allocate.config()
Fits = Mapping[int, AllocateFit | None]


def traced(
    inputs: AllocateInputs, config: PortfolioAllocConfig = CONFIG, last: int | None = None
) -> tuple[Trace[Reading], Fits]:
    keys = fit_keys(inputs, config)[-last if last else None :]
    fits = {key.refit_time: fit(inputs, config, key.refit_time) for key in keys}
    return trace(inputs, fits, config, Scope()), fits


WHOLE, FITS = traced(allocate.whole())


def test_every_recommended_weight_lies_in_its_band() -> None:
    found = {table.id: table for table in tables_of(WHOLE.detail)}
    low, high = found[BAND].column("low"), found[BAND].column("high")
    weights = found[WEIGHTS].column("")
    assert found[BAND].rows == found[WEIGHTS].rows[:-1]
    for name in found[BAND].rows:
        assert low[name] < weights[name] < high[name]
        assert high[name] - low[name] < 0.1


def test_the_band_is_that_of_the_recommended_method() -> None:
    reading = WHOLE.detail
    equal = replace(reading, comparison=replace(reading.comparison, recommended=EQUAL))
    found = recommended_band(equal)
    assert found is not None
    np.testing.assert_allclose(found.low, 0.2)
    np.testing.assert_allclose(found.high, 0.2)


def test_bands_that_hold_views_say_so() -> None:
    inputs = allocate.whole()
    reading = WHOLE.detail
    viewed = replace(
        WHOLE,
        detail=replace(reading, comparison=replace(reading.comparison, recommended=BLACK_LITTERMAN)),
    )
    assert "band_holds_views" in {note.code for note in words(viewed, inputs, FITS, CONFIG).notes}
    assert "band_holds_views" not in {note.code for note in words(WHOLE, inputs, FITS, CONFIG).notes}


def test_a_shorter_window_gives_wider_bands() -> None:
    def width(fit_bars: int) -> float:
        config = CONFIG.model_copy(update={"fit_bars": fit_bars, "min_bars": 60})
        found = recommended_band(traced(allocate.whole(), config, last=1)[0].detail)
        assert found is not None
        return float((found.high - found.low).mean())

    assert width(60) > 1.3 * width(300)


def test_days_after_the_last_estimate_leave_the_band_as_it_is() -> None:
    inputs = allocate.whole()
    last = fit_keys(inputs, CONFIG)[-1].refit_time
    rows = int((inputs.bars.close_time < last).sum())
    found = [
        recommended_band(traced(one, last=1)[0].detail)
        for one in (allocate.cut(inputs, rows + 1), allocate.garbage(inputs, rows + 1))
    ]
    assert found[0] is not None
    assert found[1] is not None
    np.testing.assert_array_equal(found[0].low, found[1].low)
    np.testing.assert_array_equal(found[0].high, found[1].high)


def test_a_coin_without_an_estimate_has_no_band() -> None:
    early = allocate.cut(allocate.whole(), allocate.DAYS - allocate.YOUNG_DAYS + CONFIG.min_bars // 2)
    found = recommended_band(traced(early, last=1)[0].detail)
    assert found is not None
    assert np.isfinite(found.low).tolist() == [True, True, True, True, False]
    assert np.isnan(found.high[-1])


def test_nothing_estimated_has_no_band_and_a_band_that_fails_has_a_note(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    empty = replace(WHOLE.detail, fits={})
    assert recommended_band(empty) is None
    inputs = allocate.whole()
    assert "no_weight_band" not in {note.code for note in words(WHOLE, inputs, FITS, CONFIG).notes}
    monkeypatch.setattr("analysis.allocate.band.weight_band", lambda *_: None)
    told = words(WHOLE, inputs, FITS, CONFIG)
    assert BAND not in {table.id for table in told.tables}
    assert "no_weight_band" in {note.code for note in told.notes}


def estimated(*weights: float) -> list[tuple[int, AllocateFit]]:
    """Estimates of one coin's weight, the rest in cash."""
    made = fitted_rows(WHOLE.detail.panel, FITS)[0][1]
    return [(row, replace(made, weights={ERC: np.array([weight])})) for row, weight in enumerate(weights)]


def test_stability_is_the_money_that_stays_between_estimates_ninety_days_apart() -> None:
    config = CONFIG.model_copy(update={"refit_bars": 45})
    assert stable_estimates(config) == 2
    assert weight_stability(estimated(0.4, 0.1, 0.3, 0.2), ERC, config) == pytest.approx(1 - (0.1 + 0.1) / 2)
    assert weight_stability(estimated(0.4, 0.1, 0.4), ERC, config) == 1.0
    assert np.isnan(weight_stability(estimated(0.4, 0.1), ERC, config))
    assert stable_estimates(CONFIG.model_copy(update={"refit_bars": 89})) == 1
    assert stable_estimates(CONFIG) == round(STABLE_DAYS / CONFIG.refit_bars)


def test_stability_stands_in_the_last_row_and_says_why_it_is_missing() -> None:
    column = WHOLE.values["stability"]
    assert np.isnan(column[:-1]).all()
    assert 0.9 < column[-1] < 1
    short, _ = traced(allocate.whole(), last=5)
    assert np.isnan(short.values["stability"]).all()
    reason = short.reasons["stability"]
    assert (reason.code, dict(reason.params)) == ("observations", {"needs": 14, "has": 5})
