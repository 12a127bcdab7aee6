"""Every analysis that the pages tell people to type reaches a module or score, by the real grammar."""

import pytest

from analysis.registry import MODULES
from handlers.commands.routes import build_registry
from handlers.composites.registry import TOPICS
from handlers.services import NamedBasket, SymbolFound, SymbolMissing
from tests.handlers.composites.sample import ScriptedComposites
from tests.handlers.harness import Harness, ScriptedRunner, ScriptedSymbols
from tests.support.written_commands import Typed, pages_with_commands, typed_on
from utils.http.errors import Unavailable

REGISTRY = build_registry(MODULES, TOPICS)
AWAY = Unavailable("binance.spot", "away")
COINS = ("BTC", "ETH", "SOL")
BASKETS = ("top20", "majors")


class Symbols(ScriptedSymbols):
    """The coins and baskets that the pages speak of, and no others."""

    async def resolve(self, word: str, *, quote: str) -> SymbolFound | SymbolMissing:
        coin = word.upper().removesuffix(quote)
        return SymbolFound(coin + quote, "spot") if coin in COINS else SymbolMissing(word, "unknown")

    async def basket(self, word: str, *, quote: str) -> NamedBasket | None:
        found = tuple(SymbolFound(coin + quote, "spot") for coin in COINS)
        return NamedBasket(word, found) if word in BASKETS else None


def analyses() -> list[Typed]:
    """Every analysis once, in the order of the pages."""
    written = [typed for page in pages_with_commands() for typed in typed_on(page) if typed.kind == "chat"]
    return [typed for typed in dict.fromkeys(written) if is_analysis(typed) and not asks_what_is_held(typed)]


def is_analysis(typed: Typed) -> bool:
    spec = REGISTRY.by_name.get(typed.words[0].removeprefix("/").partition("@")[0])
    return spec is not None and spec.topic is not None


def asks_what_is_held(typed: Typed) -> bool:
    """Whether it is a name alone that asks about the owner's own coins, which nobody has here."""
    topic = REGISTRY.by_name[typed.words[0].removeprefix("/")].topic if len(typed.words) == 1 else None
    return topic is not None and topic.basket is not None and topic.basket.unnamed == "holdings"


async def asked_by(text: str) -> int:
    """How many questions about modules or scores a text leads to; nothing answers them, since none is looked at."""
    scores, runner = ScriptedComposites(error=AWAY), ScriptedRunner(error=AWAY)
    harness = Harness(registry=REGISTRY, runner=runner, symbols=Symbols(), composites=scores, scans=scores)
    await harness.type(text.replace("@YourBot", "@MarketViewBot"))
    return len(runner.asked) + len(scores.asked)


@pytest.mark.parametrize("typed", analyses(), ids=lambda typed: typed.text)
async def test_an_analysis_is_understood(typed: Typed) -> None:
    assert await asked_by(typed.text) > 0


@pytest.mark.parametrize("text", ["/t nosuchcoin 4h", "/t btc 4h @99", "/c btc nosuchcoin 7m", "/nosuch btc"])
async def test_what_is_not_understood_asks_nothing(text: str) -> None:
    assert await asked_by(text) == 0


def test_every_command_that_is_named_exists() -> None:
    written = [typed for page in pages_with_commands() for typed in typed_on(page) if typed.kind == "chat"]
    names = {typed.words[0].removeprefix("/").partition("@")[0] for typed in written}
    assert sorted(names - REGISTRY.by_name.keys()) == []
    assert len(names) > len(REGISTRY.specs)  # the table names all of them, with aliases
