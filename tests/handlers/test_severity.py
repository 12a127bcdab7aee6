"""Scores without a direction: their own words beside the score, no arrows, a scale instead of up and down."""

from dataclasses import replace
from typing import Any

import pytest

from analysis.anomaly.channels import CHANNELS
from analysis.framework.reasons import Reason
from analysis.framework.result import Analysis, Group
from analysis.regime.labels import LABELS
from analysis.registry import MODULES
from handlers.modules.registry import LOOKS
from handlers.render.card import card_text, inline_summary
from handlers.render.html import plain
from handlers.render.labels import chart_labels
from handlers.render.score_lines import score_bar
from handlers.render.theme import DARK
from handlers.render.why import why_text
from handlers.render.words import as_of_words, message_text, moment, score_word
from tests.handlers.harness import MESSAGES
from tests.handlers.sample import analysis
from tests.handlers.test_card import view_of

RISKIER = Reason("riskier_than", {"share": "92%", "days": 365})
RARE = Reason("once_in_bars", {"bars": 1200, "channel": "the return"})
GROUPS = (
    Group("volatility", 0.9, 0.5, 0.2),
    Group("tail", 0.7, 0.5, 0.1),
    Group("drawdown", None, 0.0, 0.0),
    Group("rank", None, 0.0, 0.12),
)
ARROWS = "▲▼"


def risk(score: float | None = 0.92, **changes: Any) -> Analysis:
    return analysis(
        **{
            "module": "risk",
            "score": score,
            "percentile": None,
            "verdict": RISKIER,
            "groups": GROUPS,
            **changes,
        }
    )


def rare(verdict: Reason = RARE, score: float = 0.77) -> Analysis:
    metrics = tuple(replace(m, contribution=score if m.id == "adx_14" else 0.0) for m in analysis().metrics)
    facts: dict[str, Any] = {"module": "redet", "neutral": 0.0, "uncertainty": None, "percentile": None}
    return analysis(**facts, score=score, metrics=metrics, verdict=verdict)


def lines(result: Analysis, language: str = "en") -> list[str]:
    return plain(card_text(view_of(result, language))).split("\n")


def test_modules_without_a_direction_are_those_with_severity_bands_and_all_have_sides() -> None:
    undirected = {module.id for module in MODULES if not module.score.directional}
    assert {module for module, look in LOOKS.items() if look.bands} == undirected
    assert {module for module, look in LOOKS.items() if look.sides} >= undirected


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", "◐ 0.92 ± 0.06 riskier than 92% of the past 365 days"),
        ("tr", "◐ 0,92 ± 0,06 son 365 günün %92 kadarından riskli"),
    ],
)
def test_the_verdict_stands_beside_the_score_in_the_readers_language(language: str, said: str) -> None:
    assert lines(risk(), language)[2] == said
    assert inline_summary(view_of(risk(), language)).startswith(said)


@pytest.mark.parametrize("result", [risk(), risk(0.1), rare()])
def test_nothing_points_up_or_down(result: Analysis) -> None:
    shown = "\n".join(lines(result))
    assert not set(ARROWS) & set(shown)
    assert "1h\u00a00.51" in shown
    assert not {"up", "down"} & set(shown.split())


@pytest.mark.parametrize(
    ("module", "score", "tone"),
    [
        ("risk", 0.49, "calm"),
        ("risk", 0.5, "plain"),
        ("risk", 0.75, "raised"),
        ("risk", 0.95, "alert"),
        ("risk", None, "plain"),
        ("redet", 0.24, "calm"),
        ("redet", 0.25, "raised"),
        ("redet", 0.5, "alert"),
        ("regime", 0.05, "plain"),
        ("regime", 0.95, "plain"),
    ],
)
def test_the_scale_runs_from_calm_to_alert(module: str, score: float | None, tone: str) -> None:
    assert LOOKS[module].tone(analysis(module=module, score=score, uncertainty=0.0)) == tone


@pytest.mark.parametrize(
    ("module", "score", "uncertainty", "tone"),
    [
        ("risk", 0.26, 0.28, "plain"),
        ("risk", 0.26, 0.1, "calm"),
        ("risk", 0.97, 0.03, "raised"),
        ("risk", 0.8, 0.1, "plain"),
        ("redet", 0.26, 0.02, "plain"),
        ("redet", 0.52, 0.05, "raised"),
    ],
)
def test_a_severity_whose_border_is_within_the_error_is_not_claimed(
    module: str, score: float, uncertainty: float, tone: str
) -> None:
    assert LOOKS[module].tone(analysis(module=module, score=score, uncertainty=uncertainty)) == tone


def test_without_a_verdict_there_is_no_word() -> None:
    assert score_word(risk(verdict=None), LOOKS["risk"], MESSAGES.of("en")) == ""
    assert lines(risk(verdict=None))[2] == "◐ 0.92 ± 0.06"


def test_both_sides_are_named_by_what_they_do() -> None:
    high, low = lines(risk(0.92)), lines(risk(0.2))
    assert high.index("Raises it") < high.index("Lowers it")
    assert low.index("Lowers it") < low.index("Raises it")
    assert "Speaks for a range" in lines(analysis(module="regime"))
    assert not [line for line in high if line.startswith("Speaks")]


def test_an_anomaly_has_its_driver_alone() -> None:
    shown = lines(rare())
    assert shown[shown.index("What drives it") + 1].startswith("ADX")
    assert "Holds it back" not in shown


@pytest.mark.parametrize(
    ("score", "bar"),
    [
        (0.0, "│░░░░░░░░░░░░░░░░"),
        (0.5, "│████████░░░░░░░░"),
        (1.0, "│████████████████"),
    ],
)
def test_from_the_lowest_neutral_the_bar_fills_to_the_right_only(score: float, bar: str) -> None:
    assert score_bar(rare(score=score)) == bar
    assert score_bar(replace(rare(), score=None)) == "│░░░░░░░░░░░░░░░░"


def test_why_ends_at_the_score_through_every_step_and_skips_what_did_nothing() -> None:
    shown = plain(why_text(view_of(risk()))).split("\n")
    start = shown.index("From neutral to the score")
    told = shown[start + 1 : shown.index(next(line for line in shown if line.startswith("= score"))) + 1]
    assert [line.rsplit(maxsplit=1)[0] for line in told] == [
        "neutral",
        "Volatility",
        "Tail losses",
        "Rank in its year",
        "= score",
    ]
    steps = [float(line.rsplit(maxsplit=1)[1]) for line in told]
    assert sum(steps[:-1]) == pytest.approx(steps[-1], abs=1e-9)


@pytest.mark.parametrize("language", ["en", "tr"])
def test_no_verdict_is_cut_on_a_chart(language: str) -> None:
    tr, look = MESSAGES.of(language), LOOKS["redet"]
    assert look.chart is not None
    rarest = (Reason("once_in_bars", {"bars": 8784, "channel": channel.words}) for channel in CHANNELS)
    volatility = (
        Reason(f"{regime}_{state}")
        for regime in LABELS["regime_label"]
        for state in LABELS["volatility_state"]
    )
    for verdict in (*rarest, *volatility, RISKIER):
        result = rare(verdict)
        labels = chart_labels(
            tr.gettext,
            language,
            look.chart.words,
            as_of=as_of_words(result, "Asia/Kathmandu", tr, past=True),
            word=score_word(result, look, tr),
            tone="alert",
            zone="UTC",
            moment=moment(result.as_of, "Asia/Kathmandu", language),
        )
        drawn = look.chart.draw(result, DARK, labels)
        assert not [item.text for item in drawn.texts if item.text.endswith("…")], verdict


def test_every_group_has_a_name_of_its_own() -> None:
    names = [LOOKS[module.id].group_title(group) for module in MODULES for group in module.groups]
    assert not [name for name in names if name[0].islower()]


def test_parameters_of_a_reason_are_said_in_the_readers_way() -> None:
    turkish = MESSAGES.of("tr")
    assert message_text(RARE, turkish) == "1.200 mumda bir: getiri"
    events = Reason("beta_used", {"symbol": "X", "events": "March 2020, May 2021", "beta": "1.20"})
    assert "Mart 2020, Mayıs 2021" in message_text(events, turkish)
