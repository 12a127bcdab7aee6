"""The mutation tester's own parts: areas that exist, verdicts, the interval of a share, seeded samples."""

from argparse import Namespace
from pathlib import Path

import pytest

from scripts.mutation.__main__ import sample
from scripts.mutation.areas import AREAS, Area, area_by
from scripts.mutation.report import Tally, table, verdict_of, wilson
from scripts.mutation.workplace import prepared

ROOT = Path(__file__).resolve().parent.parent.parent


@pytest.mark.parametrize("area", AREAS, ids=lambda area: area.name)
def test_every_area_has_files_and_tests(area: Area) -> None:
    assert area.sources(ROOT)
    assert area.suite(ROOT)


def test_an_area_that_is_none_names_those_there_are() -> None:
    assert area_by("grammar").name == "grammar"
    with pytest.raises(KeyError, match="features, scoring"):
        area_by("kitchen")
    with pytest.raises(FileNotFoundError, match="kitchen"):
        Area("kitchen", ("kitchen/*.py",), ()).sources(ROOT)


def test_the_interval_of_a_share_is_the_published_one() -> None:
    """Newcombe (1998), table I, method 3: 81 of 263, 15 of 148, 0 of 20, 1 of 29."""
    for successes, trials, low, high in (
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ):
        assert wilson(successes, trials) == pytest.approx((low, high), abs=5e-5)
    assert wilson(0, 0) == (0.0, 1.0)


def test_what_never_ran_is_neither_killed_nor_alive() -> None:
    codes = {"a": 0, "b": 1, "c": -24, "d": 33, "e": 255, "f": 2}
    tally = Tally("demo", 100, {name: verdict_of(code) for name, code in codes.items()})
    assert (tally.tried, tally.killed) == (5, 3)
    assert tally.others == ["a", "d", "e"]
    assert "| demo | 100 | 5 | 3 | 1 | 2 | 60.0% |" in table([tally])


def test_a_sample_follows_its_seed() -> None:
    names = [f"m{number:03}" for number in range(200)]
    one, again, other = (sample(names, Namespace(sample=30, seed=seed)) for seed in (1, 1, 2))
    assert one == again != other
    assert len(set(one)) == 30
    assert sample(names, Namespace(sample=None, seed=1)) == names


def test_the_copy_is_configured_for_its_area_alone(tmp_path: Path) -> None:
    place = prepared(tmp_path, area_by("grammar"))
    said = (place.folder / "pyproject.toml").read_text()
    assert "[tool.mutmut]" in said
    assert '"handlers/grammar.py"' in said
    assert '"analysis/framework/scoring.py"' not in said
    assert (place.folder / "handlers" / "grammar.py").read_bytes() == (
        ROOT / "handlers/grammar.py"
    ).read_bytes()
