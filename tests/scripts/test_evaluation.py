"""The evaluation on small made-up markets: losses and not returns, variants, what is planted is found, the report."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from analysis.framework.reasons import Reason
from composite.defaults import default_specs
from composite.evidence.trials import TrialRegistry
from composite.panel import Panel
from scripts.evaluation.benchmarks import har_variance, momentum
from scripts.evaluation.cases import BASE, case_of
from scripts.evaluation.comparison import compared
from scripts.evaluation.evaluate import evaluated, reported
from scripts.evaluation.markets import Markets, RecordedMarket, scalar_column
from scripts.evaluation.page import html_page
from scripts.evaluation.records import track_records
from scripts.evaluation.results import ScoreResult
from scripts.evaluation.study import Span
from scripts.evaluation.tables import with_tables
from scripts.evaluation.universe import FILE, universe_bars
from scripts.evaluation.variants import of_known, untested, variant_name, variants
from tests.support.recorded import walk_bars

RNG = np.random.default_rng(4)


def test_the_one_that_earns_more_is_superior() -> None:
    returns = 0.01 * RNG.standard_normal((600, 3))
    returns[:, 1] += 0.004
    found = compared("flat", np.zeros(600), ("a", "b", "c"), returns, 10, 10)
    assert found is not None
    assert found.best == "b"
    assert found.superior == ("b",)
    assert found.p < 0.01
    worse = compared("b", returns[:, 1], ("a", "c"), returns[:, [0, 2]], 10, 10)
    assert worse is not None
    assert worse.p > 0.5
    assert worse.superior == ()
    assert compared("flat", np.zeros(50), ("a",), returns[:50, :1], 1, 5) is None


def test_variants_change_one_thing_and_name_their_modules() -> None:
    spec = default_specs()["risk_exposure"]
    known = frozenset({"regime.vol_percentile", "regime.stress", "risk.tail", "redet.surprise"})
    base = of_known(spec, known)
    assert variant_name(base) == "risk_exposure[B,G,J]"
    assert set(untested(spec, known)) == {"risk.market", "macro.backdrop"}
    found = {one.name: one for one in variants(base)}
    assert "without risk.tail" in found
    weights = {one.scalar: one.weight for one in base.inputs}
    raised = {one.scalar: one.weight for one in found["risk.tail +50%"].spec.inputs}
    assert raised.pop("risk.tail") == pytest.approx(1.5 * weights.pop("risk.tail"))
    assert raised == weights
    assert found["pca"].spec.method == "pca"


def test_har_at_a_row_knows_nothing_later() -> None:
    bars = walk_bars(1600, seed=3, interval="4h")
    late = bars.high.copy()
    late[1300:] *= 1.2
    found, spoiled = har_variance(bars, 6), har_variance(replace(bars, high=late), 6)
    assert np.isnan(found[:720]).all()
    assert np.isfinite(found[720:]).all()
    assert np.array_equal(found[:1300], spoiled[:1300], equal_nan=True)
    assert momentum(np.exp([0.0, 1.0, 3.0]), 2)[2] == pytest.approx(3.0)


def market(symbol: str, seed: int, skill: float) -> RecordedMarket:
    """A market whose trend scalar foretells the move after the next open by ``skill``."""
    bars = walk_bars(3000, seed=seed, interval="4h")
    ahead = np.full(3000, np.nan)
    ahead[:-2] = np.log(bars.open[2:] / bars.open[1:-1]) / 0.01
    noise = np.random.default_rng(seed).standard_normal(3000)
    direction = np.tanh(skill * np.nan_to_num(ahead) + noise)
    columns = {
        name: scalar_column(name, values, bars)
        for name, values in (
            ("trend.direction", direction),
            ("trend.strength", np.full(3000, 0.5)),
            ("regime.p_trend", np.full(3000, 0.5)),
        )
    }
    absent = {"sentiment": Reason("no_data", {"what": "record"})}
    return RecordedMarket(symbol, replace(bars, symbol=symbol), Panel(bars.close_time, columns, absent))


def spans(markets: Markets) -> Sequence[Span]:
    first, last = int(markets.grid[0]), int(markets.grid[-1]) + 1
    middle = (first + last) // 2
    return Span("first", first, middle), Span("second", middle, last)


def result_of(skill: float, registry: TrialRegistry) -> ScoreResult:
    markets = Markets("4h", (market("AAAUSDT", 1, skill), market("BBBUSDT", 2, skill)))
    return evaluated(case_of("trend_strength", markets), registry, spans=spans(markets))


@pytest.fixture(scope="module")
def registry(tmp_path_factory: pytest.TempPathFactory) -> TrialRegistry:
    return TrialRegistry(tmp_path_factory.mktemp("evidence") / "trials.jsonl")


@pytest.fixture(scope="module")
def skilful(registry: TrialRegistry) -> ScoreResult:
    return result_of(0.5, registry)


def test_a_planted_skill_is_found_and_counted(skilful: ScoreResult, registry: TrialRegistry) -> None:
    records = list(track_records(skilful))
    assert [one.symbol for one in records] == [None, None, "AAAUSDT", "AAAUSDT", "BBBUSDT", "BBBUSDT"]
    assert {one.verdict.code for one in records} == {"record_beats_benchmark"}
    assert records[0].variant == "trend_strength[A,B]"
    assert "sentiment.tilt" in records[0].untested
    assert skilful.relations[BASE] > 0.2
    assert skilful.comparison is not None
    assert skilful.comparison.p < 0.05
    assert skilful.trials == skilful.new_trials == registry.count("trend_strength")
    again = result_of(0.5, registry)
    assert again.new_trials == 0


def test_noise_is_called_no_edge(registry: TrialRegistry) -> None:
    records = list(track_records(result_of(0.0, registry)))
    assert {one.verdict.code for one in records} == {"record_no_edge"}


def test_the_page_and_the_tables_say_it(skilful: ScoreResult) -> None:
    page = html_page([skilful])
    assert "<svg" in page
    assert "http" not in page.replace("http://www.w3.org", "").replace("http://purl.org", "").replace(
        "http://creativecommons.org", ""
    ).replace("https://matplotlib.org", "")
    text = "a\n<!-- measured trend_strength -->\nold\n<!-- /measured -->\nb\n"
    found = with_tables(text, [skilful])
    assert "old" not in found
    assert found.startswith("a\n<!-- measured trend_strength -->\n### trend_strength[A,B], 4h")
    assert found.endswith("<!-- /measured -->\nb\n")
    assert with_tables(found, [skilful]) == found
    with pytest.raises(ValueError, match="trend_strength"):
        with_tables("nothing", [skilful])


def test_a_report_looks_at_the_score_as_it_stands(registry: TrialRegistry) -> None:
    markets = Markets("4h", (market("AAAUSDT", 1, 0.5), market("BBBUSDT", 2, 0.5)))
    before = registry.count()
    found = reported(case_of("trend_strength", markets, "2 coins"), registry, spans(markets)[1:])
    assert registry.count() == before + found.new_trials
    assert set(found.spans[0].studies) == {BASE, "trend.direction alone", found.benchmark}
    assert (found.sensitivity, found.comparison, len(found.spans)) == ((), None, 1)
    (record,) = track_records(found)
    assert record.variant == "trend_strength[A,B], 2 coins"
    assert record.verdict.code == "record_beats_benchmark"


def test_the_universe_is_read_symbol_by_symbol_in_order_of_time(tmp_path: Path) -> None:
    file = tmp_path / FILE
    file.parent.mkdir(parents=True)
    head = "symbol,open_time,open,high,low,close,volume,quote_volume,trades"
    rows = ["B,14400000,2,3,1,2,5,10,1", "A,14400000,4,6,3,5,1,4,1", "A,0,3,5,2,4,1,4,1"]
    pd.DataFrame([row.split(",") for row in rows], columns=head.split(",")).to_csv(file, index=False)
    found = list(universe_bars(tmp_path))
    assert [one.symbol for one in found] == ["A", "B"]
    assert found[0].open.tolist() == [3, 4]
    assert found[0].market == "futures"
