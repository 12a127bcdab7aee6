"""The most traded symbols ranked by a score: from the highest on, what is missing last and said."""

import asyncio
from dataclasses import replace
from functools import partial
from typing import Final

import pytest

from analysis.framework.question import Basket, Instrument, PriceChanges, Request
from analysis.framework.reasons import Reason
from composite.declared import SCORES
from composite.record import TrackRecord
from composite.result import RANK, Composite, Step
from handlers.scanner import AT_ONCE, Scanner
from handlers.services import NamedBasket, SymbolFound, SymbolMissing
from tests.support.composites import sample_composite
from utils.bulk import is_bulk
from utils.http.errors import SourceError, Unavailable

ASKED: Final = Request("BTCUSDT", "4h")
DOWN: Final = Unavailable("made.up", "not now")


class Symbols:
    def __init__(self, *names: str) -> None:
        self._names = names

    async def resolve(self, word: str, *, quote: str) -> SymbolFound | SymbolMissing:
        raise NotImplementedError

    async def basket(self, word: str, *, quote: str) -> NamedBasket | None:
        assert quote == "USDT"
        count = int(word.removeprefix("top"))
        return NamedBasket(word, tuple(SymbolFound(name, "spot") for name in self._names[:count]))


class Scores:
    """Scores by symbol; an error is raised, ``None`` is a withheld score."""

    def __init__(self, **found: float | SourceError | None) -> None:
        self._found = found
        self.running = self.most = 0

    async def score(self, name: str, request: Request) -> Composite:
        self.running += 1
        self.most = max(self.most, self.running)
        await asyncio.sleep(0)
        self.running -= 1
        found = self._found[request.symbol]
        if isinstance(found, SourceError):
            raise found
        reasons = () if found is not None else (Reason("no_part"),)
        made = sample_composite(name=name)
        return replace(made, symbol=request.symbol, score=found, null_reasons=reasons)

    async def all(self, request: Request) -> tuple[Composite, ...]:
        raise NotImplementedError

    async def evidence(self, name: str, request: Request) -> tuple[TrackRecord, ...]:
        raise NotImplementedError


def scanner(scores: Scores, *names: str) -> Scanner:
    return Scanner(Symbols(*names), scores)


async def test_the_highest_stand_first_and_what_has_no_score_last_with_its_reason() -> None:
    seen: list[tuple[int, int]] = []
    found = await scanner(Scores(A=0.2, B=DOWN, C=0.0, D=0.9, E=None), *"ABCDE").scan(
        SCORES[0].name, 5, ASKED, quote="USDT", progress=lambda *step: seen.append(step)
    )
    assert [(row.symbol, row.score) for row in found.rows] == [
        ("D", 0.9),
        ("A", 0.2),
        ("C", 0.0),
        ("B", None),
        ("E", None),
    ]
    reasons = {row.symbol: row.reason.text for row in found.rows if row.reason is not None}
    assert set(reasons) == {"B", "E"}
    assert reasons["B"] == "made.up does not answer now"
    assert seen == [(done, 5) for done in range(1, 6)]
    assert (found.asked, found.interval, found.low, found.high) == (5, "4h", 0.0, 1.0)


async def test_named_symbols_are_ranked_and_no_others_each_on_its_market() -> None:
    class Each(Scores):
        async def score(self, name: str, request: Request) -> Composite:
            assert request.basket is None
            return replace(await super().score(name, request), market=request.market)

    both = Basket((Instrument("spot", "C"), Instrument("futures", "A")), "fav")
    asked = replace(ASKED, basket=both, as_of=5)
    found = await scanner(Each(A=0.2, C=0.1), "A", "B", "C").scan(
        SCORES[0].name, 2, asked, quote="USDT", progress=lambda *_: None
    )
    assert [(row.symbol, row.market) for row in found.rows] == [("A", "futures"), ("C", "spot")]
    assert (found.basket, found.asked) == (both, 2)


async def test_a_row_says_how_far_back_its_rank_looks_where_the_score_is_a_rank() -> None:
    class Ranked(Scores):
        async def score(self, name: str, request: Request) -> Composite:
            made = await super().score(name, request)
            steps = (Step(RANK, 0.1),) if name == "risk_exposure" else ()
            return replace(made, steps=steps, rank_days={"A": 365.0, "B": 17.0, "C": None}[request.symbol])

    async def days(name: str) -> dict[str, float | None]:
        scores = Ranked(A=0.2, B=0.1, C=None)
        found = await scanner(scores, *"ABC").scan(name, 3, ASKED, quote="USDT", progress=lambda *step: None)
        return {row.symbol: row.rank_days for row in found.rows}

    assert await days("risk_exposure") == {"A": 365.0, "B": 17.0, "C": None}
    assert await days("trend_strength") == {"A": None, "B": None, "C": None}


async def test_no_more_than_a_few_are_asked_about_at_once_and_no_more_than_wanted() -> None:
    scores = Scores(**{str(number): 0.5 for number in range(20)})
    found = await scanner(scores, *map(str, range(20))).scan(
        "trend_strength", 12, ASKED, quote="USDT", progress=lambda *_: None
    )
    assert (len(found.rows), scores.most) == (12, AT_ONCE)


async def test_the_fault_is_raised_where_nothing_could_be_asked_about() -> None:
    with pytest.raises(Unavailable, match=r"made\.up"):
        await scanner(Scores(A=DOWN), "A").scan(
            "trend_strength", 5, ASKED, quote="USDT", progress=lambda *_: None
        )
    with pytest.raises(Unavailable, match="no symbol"):
        await scanner(Scores()).scan("trend_strength", 5, ASKED, quote="USDT", progress=lambda *_: None)


async def test_a_ranking_is_of_the_moment_at_which_all_were_known() -> None:
    class Later(Scores):
        async def score(self, name: str, request: Request) -> Composite:
            made = await super().score(name, request)
            more = {"A": 0, "B": 7, "C": 3}[request.symbol]
            return replace(made, as_of=1_000 + more, bar_close=500 + more)

    found = await scanner(Later(A=0.2, B=0.1, C=0.3), *"ABC").scan(
        SCORES[0].name, 3, ASKED, quote="USDT", progress=lambda *step: None
    )
    assert (found.as_of, found.bar_close) == (1_007, 507)


async def test_each_symbol_is_asked_on_its_own_market_and_brings_the_change_of_its_day() -> None:
    class Listed(Symbols):
        async def basket(self, word: str, *, quote: str) -> NamedBasket | None:
            return NamedBasket(word, (SymbolFound("A", "futures"), SymbolFound("B", "spot")))

    class Moved(Scores):
        async def score(self, name: str, request: Request) -> Composite:
            made = await super().score(name, request)
            return replace(made, market=request.market, changes=PriceChanges(0.03, 0.2))

    found = await Scanner(Listed(), Moved(A=0.2, B=0.1)).scan(
        SCORES[0].name, 2, ASKED, quote="USDT", progress=lambda *step: None
    )
    assert [(row.market, row.change_day) for row in found.rows] == [("futures", 0.03), ("spot", 0.03)]


async def test_a_scan_asks_as_many_at_once_as_keep_workers_busy_and_says_that_they_are_many() -> None:
    marks: list[bool] = []

    class Marked(Scores):
        async def score(self, name: str, request: Request) -> Composite:
            marks.append(is_bulk())
            return await super().score(name, request)

    names = [f"C{number}" for number in range(20)]
    scores = Marked(**dict.fromkeys(names, 0.1))
    for at_once in (7, 9):  # workers join and leave
        scores.most = 0
        await Scanner(Symbols(*names), scores, partial(int, at_once)).scan(
            SCORES[0].name, 20, ASKED, quote="USDT", progress=lambda *_: None
        )
        assert scores.most == at_once
    assert marks == [True] * 40
    assert not is_bulk()
