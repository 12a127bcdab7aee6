"""Guest mode: a message that names the bot where it is not a member is answered once, as a text without buttons."""

import pytest

from handlers.commands.guest import guest_line
from handlers.ports import GuestQuery
from tests.handlers.harness import ANN, Harness
from tests.support.accounts import ODD_NUMBERS, sample_account

MENTION = "@MarketViewBot"


async def ask(harness: Harness, text: str) -> None:
    await harness.dispatcher.on_guest_query(GuestQuery(ANN, "q", text))


@pytest.mark.parametrize(
    "text", [f"{MENTION} /t btc 4h", f"/t{MENTION} btc", f"{MENTION} btc", f"btc {MENTION.lower()}"]
)
async def test_a_card_answers_once(text: str) -> None:
    harness = Harness()
    await ask(harness, text)
    ((query_id, card),) = harness.notifier.guests
    assert query_id == "q"
    assert "BTCUSDT" in card.text
    assert harness.notifier.sent == []


async def test_help_and_faults_are_words() -> None:
    harness = Harness()
    await ask(harness, f"{MENTION} /help")
    await ask(harness, f"{MENTION} /t btc 7x")
    (_, first), (_, second) = harness.notifier.guests
    assert "Commands" in first.text
    assert "7x" in second.text


@pytest.mark.parametrize("text", [MENTION, f"{MENTION} /nothing_of_ours"])
async def test_what_asks_for_nothing_is_not_answered(text: str) -> None:
    harness = Harness()
    await ask(harness, text)
    assert harness.notifier.guests == []


async def test_a_guest_has_a_quota_as_everybody() -> None:
    harness = Harness(commands_per_minute=1)
    for _ in range(2):
        await ask(harness, f"{MENTION} /t btc")
    assert len(harness.notifier.guests) == 1


async def test_no_account_is_shown_to_a_guest_whoever_asks() -> None:
    harness = Harness()
    harness.account.holds = sample_account()
    harness.owners = {ANN.id}
    await ask(harness, f"{MENTION} /t btc")
    ((_, card),) = harness.notifier.guests
    assert not any(number in card.text for number in ODD_NUMBERS)


def test_words_without_a_command_are_about_all_scores_or_the_first_analysis() -> None:
    line = guest_line(f"{MENTION} btc 4h", "MarketViewBot", Harness().registry)
    assert line is not None
    assert (line.name, line.words) == ("t", ("btc", "4h"))
