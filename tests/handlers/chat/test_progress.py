"""The placeholder says what an answer really waits for, at a polite pace, in the reader's language."""

import asyncio
from typing import get_args

import pytest

from analysis.framework.question import NeighbourPatience, Request
from analysis.framework.result import Analysis
from analysis.registry import MODULES
from handlers.ports import MessageContent, Person
from handlers.render.working import step_words
from tests.handlers.harness import ALI, ANN, GROUP, MESSAGES, PICTURE, Harness, ScriptedRunner
from utils.waiting import StepKind, Work, WorkStep, step

SECOND = 1000


class ReadingRunner(ScriptedRunner):
    """Fetches pages, fits and answers, each when told to."""

    def __init__(self) -> None:
        super().__init__()
        self.page = asyncio.Event()
        self.fitted = asyncio.Event()
        self.pages: Work | None = None

    async def run(
        self,
        module_id: str,
        request: Request,
        *,
        other_timeframes: bool = False,
        cost: bool = False,
        patience: NeighbourPatience | None = None,
    ) -> Analysis:
        with step("history", symbol=request.symbol, interval=request.interval, series="trade") as pages:
            self.pages = pages
            pages.expect(11)
            await self.page.wait()
        with step("fit", symbol=request.symbol, interval=request.interval, module="regime"):
            await self.fitted.wait()
        return await super().run(module_id, request, other_timeframes=other_timeframes, cost=cost)


def slow_harness() -> tuple[Harness, ReadingRunner]:
    runner = ReadingRunner()
    return Harness(runner=runner), runner


def texts(found: list[MessageContent]) -> list[str]:
    return [content.plain.partition("\n")[2] for content in found]


@pytest.mark.parametrize(
    ("person", "history", "fit"),
    [
        (ANN, "Fetching BTCUSDT 4h history", "Fitting the volatility model · 4h"),
        (ALI, "BTCUSDT 4h geçmişi alınıyor", "Oynaklık modeli kuruluyor · 4h"),
    ],
)
async def test_it_names_the_step_and_how_far_it_is(person: Person, history: str, fit: str) -> None:
    harness, runner = slow_harness()
    asking = asyncio.create_task(harness.type("/t", person, GROUP))
    await harness.clock.settle()
    await harness.clock.advance(SECOND)
    assert texts([harness.answer]) == [f"{history} 0/11"]
    assert runner.pages is not None
    for _ in range(3):
        runner.pages.part_done()
    await harness.clock.advance(3 * SECOND)
    runner.page.set()
    await harness.clock.advance(3 * SECOND)
    renewed = [content for _, content in harness.notifier.renewals]
    assert texts(renewed) == [f"{history} 3/11", fit]
    assert {ref.message_id for ref, _ in harness.notifier.renewals} == {100}
    runner.fitted.set()
    await asking
    ((ref, card),) = harness.notifier.edits
    assert (ref.message_id, card.picture) == (100, PICTURE)


async def test_it_is_edited_at_most_every_two_seconds_and_never_after_the_answer() -> None:
    harness, runner = slow_harness()
    asking = asyncio.create_task(harness.type("/t"))
    await harness.clock.settle()
    for _ in range(100):
        await harness.clock.advance(100)
        if runner.pages is not None:
            runner.pages.part_done()
    assert 3 <= len(harness.notifier.renewals) <= 5
    runner.page.set()
    runner.fitted.set()
    await asking
    before = len(harness.notifier.renewals)
    await harness.clock.advance(60 * SECOND)
    assert len(harness.notifier.renewals) == before


async def test_what_has_not_changed_is_not_sent_again_and_what_was_not_shown_is() -> None:
    harness, runner = slow_harness()
    asking = asyncio.create_task(harness.type("/t"))
    await harness.clock.settle()
    await harness.clock.advance(10 * SECOND)
    assert harness.notifier.renewals == []
    harness.notifier.has_room = False
    assert runner.pages is not None
    runner.pages.part_done()
    await harness.clock.advance(5 * SECOND)
    assert (
        texts([content for _, content in harness.notifier.renewals])
        == ["Fetching BTCUSDT 4h history 1/11"] * 2
    )
    runner.page.set()
    runner.fitted.set()
    await asking


async def test_a_press_that_takes_long_says_what_for() -> None:
    harness, runner = slow_harness()
    pressing = asyncio.create_task(harness.press("1|i|t|BTCUSDT|1h|-|-"))
    await harness.clock.settle()
    await harness.clock.advance(SECOND)
    ((_, toast, _),) = harness.notifier.callback_answers
    assert toast == "Working on it … Fetching BTCUSDT 1h history 0/11"
    runner.page.set()
    runner.fitted.set()
    await pressing


@pytest.mark.parametrize("language", MESSAGES.languages)
@pytest.mark.parametrize("kind", get_args(StepKind))
@pytest.mark.parametrize("series", ["trade", "perpetual", "premium", "mark", "index", "continuous"])
@pytest.mark.parametrize("module", [module.id for module in MODULES])
def test_every_step_has_words_that_fit_a_line(
    language: str, kind: StepKind, module: str, series: str
) -> None:
    of = {"symbol": "1000SHIBUSDT", "interval": "15m", "series": series, "module": module}
    words = step_words(WorkStep(kind, of, 3, 11), MESSAGES.of(language))
    assert words.endswith(" 3/11")
    assert "{" not in words
    assert len(words) <= 64
