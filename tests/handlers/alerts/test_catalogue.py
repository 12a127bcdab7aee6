"""What an alert can watch, and under which names."""

import pytest

from analysis.registry import MODULES
from handlers.alerts.catalogue import PRICE, Catalogue, NoInterval, UnknownName
from handlers.alerts.condition import WatchedValue


@pytest.mark.parametrize(
    ("name", "watched"),
    [
        ("price", PRICE),
        ("Fiyat", PRICE),
        ("trend", WatchedValue("score", "trend")),
        ("t.4h", WatchedValue("score", "trend", "", "4h")),
        ("TREND.RSI_14", WatchedValue("metric", "trend", "rsi_14")),
        ("trend.rsi_14.240", WatchedValue("metric", "trend", "rsi_14", "4h")),
        ("trend_strength.4h", WatchedValue("composite", "trend_strength", "", "4h")),
        ("ts", WatchedValue("composite", "trend_strength")),
        ("armut.1M", WatchedValue("composite", "risk_exposure", "", "1M")),
        ("armut.1m", WatchedValue("composite", "risk_exposure", "", "1m")),
        ("regime.volatility_state", WatchedValue("label", "regime", "volatility_state")),
        ("flow.fragility", WatchedValue("score", "flow", "fragility")),
    ],
)
def test_names_are_those_of_the_declarations(everything: Catalogue, name: str, watched: WatchedValue) -> None:
    assert everything.find(name) == watched


@pytest.mark.parametrize(
    ("name", "nearest"),
    [
        ("trend_strenght", "trend_strength"),
        ("trend_strenght.4h", "trend_strength.4h"),
        ("trend.rsi_41", "trend.rsi_14"),
        ("zzzzzzzz", None),
    ],
)
def test_an_unknown_name_has_the_nearest_beside_it(
    everything: Catalogue, name: str, nearest: str | None
) -> None:
    assert everything.find(name) == UnknownName(name, nearest)


@pytest.mark.parametrize("name", ["price.4h", "macro.4h", "buy_opportunity.7x", "flow.1h"])
def test_an_interval_is_taken_only_where_it_means_something(everything: Catalogue, name: str) -> None:
    found = everything.find(name)
    assert isinstance(found, NoInterval)
    assert found.interval == name.rpartition(".")[2]


def test_every_metric_of_one_symbol_can_be_watched(everything: Catalogue) -> None:
    for module in MODULES:
        alone = module.basket is None or module.basket.unnamed == "default"
        for metric in module.metrics:
            found = everything.find(f"{module.id}.{metric.id}")
            assert isinstance(found, WatchedValue) is alone


def test_weights_and_baskets_are_not_watched(everything: Catalogue) -> None:
    assert isinstance(everything.find("optimal_allocation"), UnknownName)
    assert isinstance(everything.find("oa"), UnknownName)
    assert isinstance(everything.find("allocate"), UnknownName)


def test_what_is_found_has_its_declaration(everything: Catalogue) -> None:
    watched = everything.find("ts.4h")
    assert isinstance(watched, WatchedValue)
    scale = everything.of(watched).scale
    assert (scale.low, scale.high) == (0.0, 1.0)
    assert everything.of(watched).title == "Trend strength"
    assert [scale.holds(level) for level in (-0.01, 0.0, 1.0, 1.01)] == [False, True, True, False]
    with pytest.raises(KeyError):
        everything.of(WatchedValue("score", "nothing"))
