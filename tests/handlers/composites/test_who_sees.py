"""Who sees a card and who presses its buttons: the owner's account in private alone, a group's card everybody's."""

import asyncio
from dataclasses import replace

import numpy as np
import pytest

from analysis.allocate.specs import FEE
from analysis.framework.result import Table
from composite.result import Composite
from handlers.ports import ChatRef, Person
from tests.handlers.composites.harness import ScoreHarness, data_of
from tests.handlers.composites.sample import COINS
from tests.handlers.harness import ALI, ALONE, ANN, GROUP
from tests.support.accounts import ODD_NUMBERS, sample_account

OWNER = Person(1, "Olga", "en")
HOME = ChatRef(1, "private")


def shows_account(text: str) -> bool:
    return "Your account" in text or any(number in text for number in ODD_NUMBERS)


@pytest.mark.parametrize(
    ("person", "chat", "seen"),
    [
        (OWNER, HOME, True),
        (OWNER, GROUP, False),
        (OWNER, ChatRef(ANN.id, "private"), False),
        (ANN, ALONE, False),
        (ANN, HOME, False),
    ],
)
async def test_the_account_stands_beside_the_risk_for_its_owner_in_private_alone(
    person: Person, chat: ChatRef, seen: bool
) -> None:
    harness = ScoreHarness()
    harness.account.holds = sample_account()
    await harness.type("/armut btc 4h", person, chat)
    assert shows_account(harness.answer.text) == seen
    for drawn, _, labels in harness.charts.drawn:
        assert not shows_account(repr(drawn) + repr(labels))
    data = harness.buttons["Text"]
    await harness.press(data, ANN, chat=GROUP, message_id=7)
    assert not shows_account(harness.notifier.edits[-1][1].text)
    for command in ("ts", "score", "scan"):
        other = ScoreHarness()
        other.account.holds = sample_account()
        await other.type(f"/{command}", person, chat)
        assert not shows_account(other.answer.text)
        assert other.account.asked == []


def tradable(score: Composite) -> Composite:
    """The sample allocation with what trades to it rest on."""
    figures = ("volatility", "price", "bid", "ask", "step", "least")
    rows = np.array([[0.6, 100.0, np.nan, np.nan, np.nan, np.nan]] * len(COINS))
    coins = Table("coins", COINS, figures, rows)
    return replace(score, tables=(*score.tables, coins), curves={FEE: np.array([0.001])})


@pytest.mark.parametrize(
    ("person", "chat", "seen"),
    [
        (OWNER, HOME, True),
        (OWNER, GROUP, False),
        (OWNER, ChatRef(ANN.id, "private"), False),
        (ANN, ALONE, False),
        (ANN, HOME, False),
    ],
)
async def test_the_way_from_the_account_to_the_weights_is_its_owner_s_in_private_alone(
    person: Person, chat: ChatRef, seen: bool
) -> None:
    harness = ScoreHarness()
    harness.scores.change = tradable
    harness.account.holds = sample_account()
    await harness.type("/oa btc eth", person, chat)
    assert ("Your account: " in harness.answer.plain) == seen
    assert ("cost (" in harness.answer.plain) == seen
    assert len(harness.account.asked) == seen
    for drawn, _, labels in harness.charts.drawn:
        assert not shows_account(repr(drawn) + repr(labels))
    await harness.press(harness.buttons["Text"], ANN, chat=GROUP, message_id=7)
    assert not shows_account(harness.notifier.edits[-1][1].text)


async def test_an_owner_without_keys_or_in_the_past_reads_why_there_is_no_way() -> None:
    harness = ScoreHarness()
    harness.scores.change = tradable
    await harness.type("/oa btc eth", OWNER, HOME)
    await harness.press(harness.buttons["Text"], OWNER, chat=HOME)
    assert "Your account</b>: " in harness.notifier.edits[-1][1].text
    assert "BINANCE_API_KEY" in harness.notifier.edits[-1][1].text
    past = ScoreHarness()
    past.scores.change = tradable
    past.account.holds = sample_account()
    await past.type("/oa btc eth @2024-08-01", OWNER, HOME)
    assert "traded, " in past.answer.plain
    assert "cost (" not in past.answer.plain
    assert past.account.asked == []


EVERY_CARD = ["ts btc", "elma btc", "armut btc", "ms btc", "lp btc", "an btc", "score btc", "scan"]


@pytest.mark.parametrize("command", EVERY_CARD)
async def test_buttons_in_a_group_serve_everybody_and_the_card_stays_the_groups(command: str) -> None:
    """A Turkish member presses every button of an English group's card: it is edited in place, in the group's words."""
    asked = ScoreHarness()
    await asked.type(f"/{command}", ANN, GROUP)
    for data in asked.buttons.values():
        if data.split("|")[1] == "a":  # alerts are offered in a message of their own, to admins
            continue
        harness = ScoreHarness()
        await harness.type(f"/{command}", ANN, GROUP)
        await harness.press(data, ALI, chat=GROUP)
        ((_, toast, _),), ((ref, shown),) = harness.notifier.callback_answers, harness.notifier.edits
        assert (toast, ref.chat, ref.message_id) == ("", GROUP, 100), data
        assert not any(word in shown.plain for word in ("Ağu", "kapandı", "Neden", "Skor")), shown.plain
        assert "Aug 2024" in shown.plain
        assert len(harness.notifier.sent) == 1


@pytest.mark.parametrize("command", EVERY_CARD)
async def test_a_button_pressed_by_several_at_once_does_the_work_once(command: str) -> None:
    harness = ScoreHarness()
    await harness.type(f"/{command}", ANN, GROUP)
    asked = len(harness.scores.asked)
    refresh = next(data for data in harness.buttons.values() if data_of(data).action == "r")
    await asyncio.gather(*(harness.press(refresh, person, chat=GROUP) for person in (ANN, ALI, OWNER)))
    assert len(harness.scores.asked) == asked + 1
    assert len(harness.notifier.edits) == 1
    assert len(harness.notifier.callback_answers) == 3
