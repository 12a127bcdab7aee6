"""The weights of a basket: held down once, the rest in USDT, nothing without module I."""

from dataclasses import replace

import numpy as np
import pytest

from analysis.allocate.specs import FEE
from analysis.allocate.table_specs import BAND, BY_METHOD, COINS, CORRELATIONS, PURCHASES, WEIGHTS
from analysis.features.allocation_methods import ALLOCATION_METHODS
from analysis.framework.question import Basket, Instrument
from analysis.framework.reasons import Reason
from analysis.framework.result import Analysis, Metric, Table
from composite.asked import Surroundings
from composite.defaults import default_specs
from composite.panel import Panel
from composite.result import Composite
from composite.scores.optimal_allocation import allocation, turnover_from_equal
from tests.composite.panels import CONTEXT, column, panel
from tests.modules.samples import SAMPLES

NAMES = ("BTC", "ETH")
SHARES, DEVIATIONS, RHO = (0.5, 0.3), (0.6, 0.8), 0.7
MIX = float(np.sqrt(0.3**2 + 0.24**2 + 2 * RHO * 0.3 * 0.24))
NOTHING = Panel(np.array([1_000], dtype=np.int64), {}, {})
BASKET = Basket((Instrument("spot", "BTCUSDT"), Instrument("spot", "ETHUSDT")))


STEADY = Metric("stability", None, 0.94, "0..1", None, 0.0, 0.0, None)


def main(*, fee: float | None = 0.001, stability: Metric = STEADY) -> Analysis:
    methods = np.tile([[0.5], [0.3], [0.2]], (1, len(ALLOCATION_METHODS)))
    tables = (
        Table(WEIGHTS, (*NAMES, "USDT"), ("",), np.array([[0.5], [0.3], [0.2]])),
        Table(BAND, NAMES, ("low", "high"), np.array([[0.4, 0.55], [0.25, 0.4]])),
        Table(BY_METHOD, (*NAMES, "USDT"), ALLOCATION_METHODS, methods),
        Table(COINS, NAMES, ("volatility",), np.array(DEVIATIONS)[:, None]),
        Table(CORRELATIONS, NAMES, NAMES, np.array([[1, RHO], [RHO, 1]])),
        Table(PURCHASES, (*NAMES, "USDT"), ("quantity", "value", "fee"), np.zeros((3, 3))),
    )
    curves = {} if fee is None else {FEE: np.array([fee])}
    return SAMPLES["allocate"].sample(tables=tables, curves=curves, metrics=(stability,))


def risk(day: float | None) -> Analysis:
    metric = Metric("vol_day", None, day, "%/year", None, 0.0, 0.0, None)
    return SAMPLES["risk"].sample(symbol="BTCUSDT", market="spot", metrics=(metric,))


def made(*answers: Analysis, whole: Panel = NOTHING, target: float = 0.6) -> Composite:
    around = Surroundings(as_of=2_000, bar_close=1_000, basket=BASKET)
    spec = default_specs()["optimal_allocation"].changed(target_volatility=target)
    return allocation(spec, {one.module: one for one in answers}, whole, CONTEXT, around)


def test_the_whole_is_held_down_to_the_target_once() -> None:
    found = made(main(), risk(90.0), target=0.4)
    forecast = MIX * 0.9 / 0.6
    gross = 0.4 / forecast
    assert found.weights == pytest.approx({"BTC": 0.5 * gross, "ETH": 0.3 * gross, "USDT": 1 - 0.8 * gross})
    assert sum(found.weights.values()) == pytest.approx(1, abs=1e-12)
    assert found.part("volatility") is not None
    assert {one.name: one.value for one in found.parts}["volatility"] == pytest.approx(forecast)
    assert {one.name: one.value for one in found.multipliers} == {"gross": pytest.approx(gross)}
    assert (found.score, found.null_reasons) == (None, ())
    assert [table.id for table in found.tables] == [BAND, BY_METHOD, COINS, CORRELATIONS]


def test_bands_are_held_down_with_their_weights() -> None:
    found = made(main(), risk(90.0), target=0.4)
    gross = found.part("gross")
    assert gross is not None
    assert gross.value is not None
    assert gross.value < 1
    (band,) = (table for table in found.tables if table.id == BAND)
    low, high = band.column("low"), band.column("high")
    assert low == pytest.approx({"BTC": 0.4 * gross.value, "ETH": 0.25 * gross.value})
    assert high == pytest.approx({"BTC": 0.55 * gross.value, "ETH": 0.4 * gross.value})
    assert all(low[name] <= found.weights[name] <= high[name] for name in NAMES)
    (free,) = (table for table in made(main()).tables if table.id == BAND)
    assert free.column("low") == {"BTC": 0.4, "ETH": 0.25}
    without = replace(main(), tables=tuple(one for one in main().tables if one.id != BAND))
    assert BAND not in {table.id for table in made(without).tables}


def values(found: Composite) -> dict[str, float | None]:
    return {part.name: part.value for part in found.parts}


def test_turnover_and_cost_lead_from_equal_weight_to_what_is_shown() -> None:
    held = values(made(main(), risk(90.0), target=0.4))
    assert held["gross"] is not None
    turnover = abs(0.5 * held["gross"] - 0.5) + abs(0.3 * held["gross"] - 0.5)
    assert held["turnover"] == pytest.approx(turnover)
    assert held["cost"] == pytest.approx(0.001 * turnover)
    free = values(made(main(fee=0.002)))
    assert free["turnover"] == pytest.approx(0.2)
    assert free["cost"] == pytest.approx(0.0004)
    assert free["fee"] == 0.002
    unpaid = made(main(fee=None))
    assert values(unpaid)["turnover"] == pytest.approx(0.2)
    assert values(unpaid)["cost"] is None
    assert [unpaid.part(name).reason for name in ("cost", "fee")] == [Reason("no_part")] * 2  # type: ignore[union-attr]
    assert turnover_from_equal({"BTC": 1 / 3, "ETH": 1 / 3, "SOL": 1 / 3, "USDT": 0.0}) == 0.0
    assert turnover_from_equal({"USDT": 1.0}) is None


def test_stability_is_that_of_the_weights_with_its_reason() -> None:
    assert values(made(main()))["stability"] == 0.94
    young = Reason("observations", {"needs": 14, "has": 3})
    missing = made(main(stability=replace(STEADY, value=None, reason=young))).part("stability")
    assert missing is not None
    assert (missing.value, missing.reason) == (None, young)
    late = made(risk(50.0), whole=replace(NOTHING, absent={"allocate": Reason("still_computing")}))
    assert late.part("stability").reason == Reason("still_computing")  # type: ignore[union-attr]


def test_the_target_stands_beside_the_forecast() -> None:
    assert values(made(main(), target=0.4))["target_volatility"] == 0.4


def test_a_calm_market_is_never_invested_with_borrowed_money() -> None:
    found = made(main(), risk(10.0))
    assert found.weights == pytest.approx({"BTC": 0.5, "ETH": 0.3, "USDT": 0.2})
    assert {one.name: one.value for one in found.multipliers} == {"gross": 1.0}


def test_without_a_forecast_the_weights_stand_and_the_card_says_so() -> None:
    late = replace(NOTHING, absent={"risk": Reason("still_computing")})
    for found in (made(main(), whole=late), made(main(), risk(None), whole=late)):
        assert found.weights == pytest.approx({"BTC": 0.5, "ETH": 0.3, "USDT": 0.2})
        assert found.multipliers[0].reason == Reason("still_computing")
        assert found.notes[-1].code == "not_held_down"


def test_how_much_coins_have_in_common_stands_beside() -> None:
    whole = panel(column("corr.concentration", [0.7]))
    concentration = made(main(), whole=whole).part("concentration")
    assert concentration is not None
    assert concentration.value == 0.7
    missing = made(main()).part("concentration")
    assert missing is not None
    assert missing.reason == Reason("no_scalar", {"scalar": "corr.concentration"})


def test_without_module_i_there_are_no_weights() -> None:
    down = replace(NOTHING, absent={"allocate": Reason("still_computing")})
    found = made(risk(50.0), whole=down)
    assert (found.weights, found.coverage) == ({}, 0.0)
    assert found.null_reasons == (Reason("still_computing"),)
    empty = SAMPLES["allocate"].sample(tables=(), null_reasons=(Reason("few_days", {"needs": 1, "has": 0}),))
    assert made(empty).null_reasons == (Reason("few_days", {"needs": 1, "has": 0}),)
