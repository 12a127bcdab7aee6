"""A supervisor that follows a loopback exchange, on a clock that moves only when told."""

from collections.abc import AsyncIterator

import pytest

from tests.binance_api.streams.supervised import Supervised, supervising
from tests.support.clock import FakeClock
from tests.support.stream_exchange import StreamExchange
from utils.binance_api.streams.supervisor import StreamSupervisor


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
async def supervised(clock: FakeClock) -> AsyncIterator[Supervised]:
    async with supervising(clock) as made:
        yield made


@pytest.fixture
def exchange(supervised: Supervised) -> StreamExchange:
    return supervised[0]


@pytest.fixture
def supervisor(supervised: Supervised) -> StreamSupervisor:
    return supervised[1]
