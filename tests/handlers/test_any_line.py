"""Any text or callback data: exactly one answer that Telegram can parse, and never an exception."""

import asyncio
from functools import lru_cache

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from handlers.ports import IncomingMessage, MessageContent
from handlers.render.html import CAPTION_LIMIT, TEXT_LIMIT, split, visible_units
from tests.handlers.harness import ALI, ALONE, ANN, GROUP, NOW_MS, Harness
from utils.http.errors import Misconfigured, Rejected, Retryable, Unavailable
from utils.sandbox.telegram.text.html import parse_html

COMMANDS = st.sampled_from(
    [
        "/t",
        "/T",
        "/trend",
        "/t@MarketViewBot",
        "/help",
        "/start",
        "/tt",
        "/x",
        "t",
        "/",
        "//t",
        "\u200f/t",
        "/help@marketviewbot",
    ]
)
KNOWN = ("btc", "BTC/USDT", "$eth", "gone", "halt", "bt", "4h", "1M", "60m", "7m", "@-3d", "@2024-08-05")
STRANGE = (
    "<b>",
    "&amp;",
    "@2099-01-01",
    "@x",
    "@",
    "{word}",
    "%s",
    "\u202eabc",
    "ığüşöç",
    "😀",
    "1|w|t",
    "x" * 4096,
)
WORDS = st.sampled_from(KNOWN + STRANGE) | st.text(max_size=10)
LINES = st.builds(lambda command, words: " ".join([command, *words]), COMMANDS, st.lists(WORDS, max_size=5))
ERRORS = st.sampled_from(
    [
        None,
        None,
        Retryable("binance.spot", "<busy>", retry_after_s=3),
        Unavailable("<host>", "away"),
        Rejected("binance.spot", "&", code=-1100),
        Misconfigured("binance", "key", what_to_do="set"),
        RuntimeError("<bug>"),
    ]
)
MANY = 600  # the quota is not what is tested here


@lru_cache(maxsize=2000)
def parses(text: str, limit: int) -> None:
    """Assert that every part of a text is markup Telegram accepts."""
    for part in split(text, limit):
        assert parse_html(part).text.strip()


def readable(message: MessageContent) -> None:
    """Assert that Telegram accepts the message: it parses, fits its limit and is not empty."""
    limit = CAPTION_LIMIT if message.picture or message.keep_picture else TEXT_LIMIT
    assert message.picture is None or visible_units(message.text) <= CAPTION_LIMIT
    parses(message.text, limit)
    assert all(len(button.data.encode()) <= 64 for row in message.keyboard for button in row)


async def type_one(harness: Harness, line: str, error: Exception | None, turkish: bool) -> None:
    harness.runner.error = error
    await harness.clock.advance(60_000)
    before = len(harness.notifier.sent)
    await harness.dispatcher.on_message(
        IncomingMessage(ALI if turkish else ANN, ALONE, 1, line[:4096], NOW_MS)
    )
    assert len(harness.notifier.sent) == before + 1, line
    assert harness.notifier.edits == []
    readable(harness.notifier.sent[-1][1])


@settings(max_examples=850, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.tuples(LINES, ERRORS, st.booleans()), min_size=6, max_size=6))
def test_every_line_in_private_gets_exactly_one_readable_answer(
    typed: list[tuple[str, Exception | None, bool]],
) -> None:
    async def play() -> None:
        harness = Harness(commands_per_minute=MANY)
        for line, error, turkish in typed:
            await type_one(harness, line, error, turkish)

    asyncio.run(play())


@settings(max_examples=300, deadline=None)
@given(LINES)
def test_a_line_in_a_group_gets_one_answer_or_was_not_meant(line: str) -> None:
    async def play() -> None:
        harness = Harness()
        await harness.type(line[:4096], ANN, GROUP)
        assert len(harness.notifier.sent) <= 1
        assert harness.dispatcher.failures == 0
        if line.startswith(("/t ", "/trend ", "/help ", "/start ", "/tt@MarketViewBot ")):
            assert len(harness.notifier.sent) == 1

    asyncio.run(play())


@settings(max_examples=500, deadline=None)
@given(
    st.text(max_size=64)
    | st.builds(lambda a, b, c: f"1|{a}|t|{b}|4h|{c}|-", st.sampled_from("ircxws"), WORDS, WORDS)
)
def test_every_press_is_answered_without_an_exception(data: str) -> None:
    async def play() -> None:
        harness = Harness()
        await harness.press(data)
        assert len(harness.notifier.callback_answers) == 1
        assert harness.dispatcher.failures == 0

    asyncio.run(play())
