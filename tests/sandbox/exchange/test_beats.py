"""How long the engine behind the sockets rests between two looks at its streams."""

from utils.sandbox.control import SandboxClock
from utils.sandbox.exchange.market.instrument import SPOT
from utils.sandbox.exchange.server import ExchangeSandbox
from utils.sandbox.exchange.streams.channel import Channel
from utils.sandbox.exchange.streams.names import read_name
from utils.sandbox.exchange.streams.sources import new_source
from utils.sandbox.exchange.streams.switchboard import BEAT_S, CALM_MS

NOON_MS = 1_800_000_000_000


class Still:
    """A clock of a test."""

    def now_ms(self) -> int:
        return NOON_MS


def test_nothing_is_looked_at_while_nothing_is_due() -> None:
    exchange = ExchangeSandbox(clock=SandboxClock(NOON_MS))
    board = exchange._boards[SPOT]
    assert board._pause_s() == CALM_MS / 1000
    exchange.faults.add({}, "latency")
    assert board._pause_s() == BEAT_S


def test_a_clock_of_a_test_is_looked_at_often() -> None:
    exchange = ExchangeSandbox(clock=Still())
    assert exchange._boards[SPOT]._pause_s() == BEAT_S


def test_a_stream_is_due_at_the_moments_of_its_rhythm() -> None:
    name = read_name(SPOT, "btcusdt@kline_1m", None)
    assert name is not None
    source = new_source(SPOT, name)
    assert source is not None
    channel = Channel(SPOT, name, source, NOON_MS + 700)
    assert channel.next_ms == NOON_MS + name.period_ms
    assert not channel.is_due(channel.next_ms - 1)
    assert channel.is_due(channel.next_ms)
    channel.restart(source, NOON_MS - 1)
    assert channel.next_ms == NOON_MS
