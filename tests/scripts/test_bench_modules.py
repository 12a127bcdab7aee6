"""The measurements of modules in small: every row has its figures, and other numbers than a peer's are refused."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from analysis.registry import MODULES
from scripts.bench import __main__ as bench
from scripts.bench import against, estimates, part
from scripts.bench.asked import asker
from scripts.bench.measure import Row, judged
from tests.support.recorded import walk_bars
from utils.binance_api.bars import Bars


@pytest.fixture(scope="module")
def hours() -> Bars:
    return walk_bars(700, seed=4, interval="1h")


def test_every_estimate_has_a_peer_in_the_same_run(hours: Bars) -> None:
    rows = list(estimates.measured([hours], runs=1))
    timed = [row for row in rows if row.unit == "ms"]
    assert len(timed) == 6
    assert all(row.peer is not None and row.ratio is not None for row in timed)
    (miss,) = (row for row in rows if row.unit == "nats")
    assert miss.met


def test_a_worse_fit_than_the_peers_is_refused(hours: Bars) -> None:
    with pytest.raises(RuntimeError, match="below that of arch"):
        list(estimates.garch_rows(hours, 1, lambda returns: estimates.arch_likelihood(returns) + 1.0))


def test_other_chances_than_the_peers_are_refused(hours: Bars) -> None:
    with pytest.raises(RuntimeError, match="statsmodels"):
        list(estimates.markov_rows(hours, 1, lambda model: estimates.peer_parameters(model) * 1.01))


def test_without_recordings_it_says_so(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert list(estimates.rows(tmp_path)) == []
    assert "name their folder with --data" in capsys.readouterr().err


async def test_every_module_s_answer_and_trace_can_be_done_again() -> None:
    async with asker(None) as asking:
        for module in MODULES:
            asked = await asking.ask(module)
            again = asked.compute()
            assert again.module == module.id
            assert again.score == asked.answer.score
            assert again.coverage > 0
            trace = await asking.trace(module, 300)
            assert len(trace().score) >= 300


def test_a_part_that_ends_with_an_error_says_so(tmp_path: Path) -> None:
    with pytest.raises(part.PartFailed, match="unheard_of ended with 2"):
        list(part.in_own_process("unheard_of", tmp_path))


def test_the_rows_of_every_part_are_printed_though_one_fails(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def measured(name: str, _data: Path) -> Iterator[Row]:
        yield judged(f"first of {name}", "ms", 1.0)
        if name == "compute":
            raise part.PartFailed("part compute ended with 1")
        yield judged(f"last of {name}", "ms", 1.0)

    monkeypatch.setattr(bench, "in_own_process", measured)
    monkeypatch.setattr("sys.argv", ["benchmark", "--only", "compute", "--only", "charts"])
    assert bench.main() == 1
    said = capsys.readouterr().out
    assert [f"{one} of {name}" in said for name in ("compute", "charts") for one in ("first", "last")] == [
        True,
        False,
        True,
        True,
    ]
    assert "FAILED: part compute ended with 1" in said


def test_the_ratio_of_a_round_is_that_of_its_medians() -> None:
    rounds = [[(10.0, 9.0), (30.0, 30.0), (20.0, 18.0)], [(10.0, 10.0)], [(10.0, 20.0)]]
    row = against._row("/x", rounds, "before")
    assert row.ratio == pytest.approx(1.0)  # of 0.9, 1 and 2
    assert row.met
    assert "0.90x to 2.00x" in row.name
    slower = against._row("/x", [[(10.0, 9.4)]], "before")
    assert (slower.target, slower.met) == (">= 0.95x", False)


def test_a_checkout_is_a_folder_or_a_revision(tmp_path: Path) -> None:
    with against.checkout(str(tmp_path)) as folder:
        assert folder == tmp_path
    with against.checkout("HEAD") as folder:
        assert (folder / "pyproject.toml").is_file()
    assert not folder.exists()
    with (
        pytest.raises(ValueError, match="neither a folder nor a revision"),
        against.checkout("no such thing"),
    ):
        pass
