"""The shipped scores are whole, and what does not fit is refused in one line that names it."""

from pathlib import Path

import pytest

from bot.sections import config_sections
from composite.declared import SCORES
from composite.declared_scalars import declared_scalars
from composite.defaults import FILE, default_specs, read_specs
from composite.sections import CompositeSettings
from config.loader import ConfigError, load_config

SECTIONS = {"composite": config_sections(())["composite"]}


def settings(folder: Path, text: str) -> CompositeSettings:
    file = folder / "bot.toml"
    file.write_text(text)
    return load_config(file, SECTIONS).section("composite", CompositeSettings)


def refused(folder: Path, text: str) -> str:
    with pytest.raises(ConfigError) as caught:
        settings(folder, text)
    (line,) = map(str, caught.value.problems)
    assert "\n" not in line
    return line


def test_every_score_is_declared_with_scalars_of_the_modules_it_asks() -> None:
    assert list(default_specs()) == [score.name for score in SCORES]
    for spec in default_specs().values():
        owners = {declared_scalars()[name][0].id for name in spec.scalars()}
        assert owners <= set(spec.modules)
        assert all(one.why.strip() for one in spec.inputs)


def test_settings_without_a_file_are_the_shipped_scores() -> None:
    specs = load_config(None, SECTIONS).section("composite", CompositeSettings).specs()
    assert specs == default_specs()
    assert {name: spec.digest for name, spec in specs.items()} == {
        name: spec.digest for name, spec in default_specs().items()
    }


def test_what_is_set_changes_the_score_and_its_digest(tmp_path: Path) -> None:
    text = """
[composite.trend_strength]
method = "pca"
min_coverage = 0.4
[composite.trend_strength.weights]
trend_direction = 0.7
[composite.buy_opportunity.limits]
event_near = 12
"""
    specs = settings(tmp_path, text).specs()
    trend, shipped = specs["trend_strength"], default_specs()["trend_strength"]
    assert (trend.method, trend.min_coverage, trend.inputs[0].weight) == ("pca", 0.4, 0.7)
    assert trend.inputs[1:] == shipped.inputs[1:]
    assert trend.digest != shipped.digest
    assert [gate.limit for gate in specs["buy_opportunity"].gates if gate.name == "event_near"] == [12]
    assert specs["risk_exposure"] == default_specs()["risk_exposure"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (
            "[composite.trend_strength.weights]\ntrend_foo = 1",
            "weights.trend_foo = 1: unknown key; known are",
        ),
        ("[composite.trend]\ntau = 1", "composite.trend"),
        ("[composite.trend_strength]\nmethod = 'mean'", "method = 'mean': expected 'weighted_mean'"),
        (
            "[composite.trend_strength.weights]\n"
            + "\n".join(f"{one.key} = 0" for one in default_specs()["trend_strength"].inputs),
            "expected a positive weight for at least one averaged input",
        ),
        ("[composite.buy_opportunity.limits]\nfragile_book = 1.5", "fragile_book = 1.5: expected less than"),
        ("[composite.buy_opportunity.limits]\nfragile_book = -0.5", "fragile_book = -0.5: expected greater"),
        ("[composite.trend_strength]\nmin_coverage = 2", "min_coverage = 2: expected less than"),
    ],
)
def test_what_does_not_fit_is_refused(tmp_path: Path, text: str, words: str) -> None:
    assert words in refused(tmp_path, text)


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('scalar = "trend.direction"', 'scalar = "trend.directoin"', "'trend.directoin': unknown scalar"),
        ('group = "positioning"', 'group = "positions"', "'positions': expected 'trend'"),
        ("polarity = -1", "polarity = 0", "expected -1 or 1"),
        (
            'flow.fragility"\nlimit = 0.9',
            'flow.fragility"\nlimit = 1.2',
            "limit of fragile_book from 0 to 1.0",
        ),
        ("[trend_strength]\nmodules = [", '[trend_strength]\nmodules = ["tend", ', "'tend': unknown module"),
        ('parent_reason = "trend, ', 'reason = "trend, ', "trend_strength.reason"),
    ],
)
def test_a_wrong_file_of_scores_is_refused(tmp_path: Path, old: str, new: str, words: str) -> None:
    text = FILE.read_text("utf-8")
    assert old in text
    file = tmp_path / "scores.toml"
    file.write_text(text.replace(old, new, 1))
    with pytest.raises(ConfigError) as caught:
        read_specs(file)
    lines = [str(problem) for problem in caught.value.problems]
    assert any(words in line for line in lines), lines
    assert not any("\n" in line for line in lines)


def test_a_higher_share_of_one_fact_needs_a_reason() -> None:
    spec = default_specs()["liquidity_pressure"]
    with pytest.raises(ValueError, match="expected parent_reason"):
        spec.changed(parent_limit=0.5)
    assert spec.changed(parent_limit=0.5, parent_reason="a sentence").parent_limit == 0.5


def test_a_variant_leaves_inputs_out_and_knows_its_scalars() -> None:
    spec = default_specs()["trend_strength"]
    variant = spec.only(frozenset({"trend.direction", "trend.strength"}))
    assert [one.scalar for one in variant.counted] == ["trend.direction", "trend.strength"]
    with pytest.raises(ValueError, match=r"no input trend\.foo"):
        spec.with_weights({"trend.foo": 1.0})
    with pytest.raises(ValueError, match="positive weight"):
        spec.only(frozenset())
