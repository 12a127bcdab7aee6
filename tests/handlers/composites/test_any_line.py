"""Any words behind a composite command and any of its callback data: one answer that Telegram can parse."""

import asyncio

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.handlers.composites.harness import REGISTRY, ScoreHarness
from tests.handlers.harness import ANN, GROUP
from tests.handlers.test_any_line import ERRORS, KNOWN, STRANGE, WORDS, readable

NAMES = st.sampled_from([name for spec in REGISTRY.composites for name in spec.names])
OWN = st.sampled_from(
    ("20", "top 5", "ts", "armut", "risk_exposure", "51", "0", "999999", "oa", "top2", "eth")
)
LINES = st.builds(
    lambda name, words: " ".join([f"/{name}", *words]), NAMES, st.lists(WORDS | OWN, max_size=5)
)
BARE = st.lists(st.sampled_from(KNOWN + STRANGE) | OWN, min_size=1, max_size=4).map(" ".join)
MANY = 600


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.tuples(LINES | BARE, ERRORS), min_size=4, max_size=4), st.booleans())
def test_every_line_in_private_gets_exactly_one_readable_answer(
    typed: list[tuple[str, Exception | None]], turkish: bool
) -> None:
    async def play() -> None:
        harness = ScoreHarness(commands_per_minute=MANY, language="tr" if turkish else "en")
        for count, (line, error) in enumerate(typed, 1):
            harness.scores.error = error
            await harness.clock.advance(60_000)
            await harness.type(line[:4096])
            assert len(harness.notifier.sent) == count, line
            readable(harness.notifier.sent[-1][1])

    asyncio.run(play())


@settings(max_examples=150, deadline=None)
@given(LINES)
def test_a_command_in_a_group_gets_exactly_one_answer(line: str) -> None:
    async def play() -> None:
        harness = ScoreHarness()
        await harness.type(line[:4096], ANN, GROUP)
        assert len(harness.notifier.sent) == 1
        assert harness.dispatcher.failures == 0

    asyncio.run(play())


@settings(max_examples=300, deadline=None)
@given(
    st.sampled_from("ircxwesl"),
    NAMES,
    WORDS | st.sampled_from(["20.ts", "0.ts", "99.oa", "20.oa", "x.ts", "BTCUSDT", "BTCUSDT.P", "~aaaaaaaa"]),
    st.sampled_from(["-", "rl2000", "zzzzzzz", "0"]),
    st.booleans(),
)
def test_every_press_is_answered_without_an_exception(
    action: str, name: str, subject: str, at: str, picture: bool
) -> None:
    async def play() -> None:
        harness = ScoreHarness()
        await harness.press(f"1|{action}|{name}|{subject}|4h|{at}|-", picture=picture)
        assert len(harness.notifier.callback_answers) == 1
        assert harness.dispatcher.failures == 0
        for _, content in harness.notifier.edits:
            readable(content)

    asyncio.run(play())
