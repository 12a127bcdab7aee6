"""What is asked: which market, which look, which symbols, intervals and moments."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

Theme = Literal["dark", "light"]

INTERVALS = ("1h", "4h", "1d")
# beside BTCUSDT on every interval
OTHERS = (("ETHUSDT", "4h"), ("SOLUSDT", "1d"), ("BTCUSDT.P", "1h"))
# four crashes and a calm month; early recordings are too short for some modules, which is an answer too
RECORDED_MOMENTS = ("2020-03-12", "2021-05-19", "2022-11-09", "2023-07-15", "2024-08-05")
RECORDED_NOW, SIMULATED_NOW = "2025-01-01T00:00:00+00:00", "2026-06-17T13:37:00+00:00"
# within the 30 days that the exchange remembers positioning for, and beyond them
SIMULATED_MOMENTS = ("2026-06-10", "2025-02-03")
# what is mistyped or cannot be had; ``{}`` is the command
REFUSED_WORDS = (
    "/{} nosuchcoin",
    "/{} btcusd 2h @2024-08-05",
    "/{} btc 7h",
    "/{} btc 4h 1d",
    "/{} btc eth",
    "/{} btc @2035-01-01",
    "/{} btc @1999-01-01",
    "/{} btc @yesterdayish",
    "/{} sol 1d @2017-09-01",
)
REFUSED_QUERIES = (
    "",
    "symbol=NOSUCH&interval=4h",
    "symbol=btc&interval=4h",
    "symbol=BTCUSDT&interval=7h",
    "symbol=BTCUSDT&interval=4h&at=2035-01-01T00:00:00Z",
    "symbol=BTCUSDT&interval=4h&at=yesterday",
    "symbol=SOLUSDT&interval=1d&at=2017-09-01T00:00:00Z",
    "symbol=BTCUSDT&interval=4h&what=ever",
)
PLAIN_WORDS = ("/start", "/help", "/help help", "/help nothing", "/nosuch", "/tt", "hello")


@dataclass(frozen=True, slots=True)
class Question:
    """A card that is asked for; ``buttons`` when every button under it is pressed too."""

    symbol: str
    interval: str
    moment: str
    language: Literal["en", "tr"] = "en"
    buttons: bool = False

    @property
    def words(self) -> str:
        """What a person writes behind the command."""
        return f"{self.symbol} {self.interval} @{self.moment}"

    @property
    def query(self) -> str:
        """The same question over HTTP."""
        return f"symbol={self.symbol}&interval={self.interval}&at={self.moment}T00:00:00Z"

    @property
    def name(self) -> str:
        """The name of its files."""
        return f"{self.symbol}_{self.interval}_{self.moment}"


@dataclass(frozen=True, slots=True)
class World:
    """One run of the program: a market that begins at ``now`` (recorded where ``data`` is set), and its questions.

    ``symbols`` are further light symbols of a simulated market, ``owners`` the persons who own the bot.
    """

    name: str
    now: str
    data: Path | None
    theme: Theme
    questions: tuple[Question, ...]
    words: bool = True
    symbols: int = 0
    owners: tuple[int, ...] = ()


def worlds(data: Path) -> Iterator[World]:
    """Yield the recorded market in both themes where there is one, and the simulated market."""
    if data.is_dir():
        late = RECORDED_MOMENTS[-2:]
        yield World("recorded", RECORDED_NOW, data, "dark", _questions(RECORDED_MOMENTS, late))
        light = tuple(Question("BTCUSDT", "4h", moment) for moment in late)
        yield World("recorded-light", RECORDED_NOW, data, "light", light, words=False)
    simulated = _questions(SIMULATED_MOMENTS, SIMULATED_MOMENTS[:1])
    yield World("simulated", SIMULATED_NOW, None, "dark", simulated)


def _questions(moments: tuple[str, ...], late: tuple[str, ...]) -> tuple[Question, ...]:
    """Return BTCUSDT at all moments in both languages, the others at the ``late`` ones, which they have bars for."""
    every = [Question("BTCUSDT", i, m, buttons=i == "4h") for i in INTERVALS for m in moments]
    others = [Question(symbol, interval, moment) for symbol, interval in OTHERS for moment in late]
    turkish = [Question("BTCUSDT", "4h", moment, "tr", buttons=True) for moment in moments]
    return (*every, *others, *turkish)
