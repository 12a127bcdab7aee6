"""How many requests of one cold question wait for each other's answers: none where the symbols are known."""

import asyncio
from typing import Any

import pytest

from analysis.framework.question import Request
from analysis.framework.runner import Runner
from tests.support.clock import FakeClock
from utils.binance_api.binance_a import BinanceAggregator
from utils.http.host_gate import REFUSAL_S


class Rounds:
    """Holds every request until nobody sends another one, then lets all that came go together: one round."""

    def __init__(self, clock: FakeClock, send: Any) -> None:
        self.sizes: list[int] = []
        self._clock = clock
        self._send = send
        self._waiting = 0
        self._under_way = 0
        self._go_on = asyncio.Event()
        self._moved = asyncio.Event()

    async def send(self, *arguments: Any, **more: Any) -> Any:
        self._waiting += 1
        self._moved.set()
        await self._go_on.wait()
        self._waiting -= 1
        self._under_way += 1
        try:
            return await self._send(*arguments, **more)
        finally:
            self._under_way -= 1
            self._moved.set()

    async def drive(self, asking: "asyncio.Task[Any]") -> None:
        """Answer round after round until the question is answered."""
        asking.add_done_callback(lambda _: self._moved.set())
        while not asking.done():
            await self._moved.wait()
            self._moved.clear()
            if self._under_way == 0:
                await self._one_round()

    async def _one_round(self) -> None:
        await self._clock.advance(round(REFUSAL_S * 1000))
        if self._waiting:
            self.sizes.append(self._waiting)
            self._go_on.set()
            await self._clock.settle()
            self._go_on.clear()


@pytest.mark.parametrize("interval", ["4h", "1w"])
async def test_nothing_that_a_cold_question_reads_waits_for_another_answer(
    exchange: BinanceAggregator,
    runner: Runner,
    clock: FakeClock,
    monkeypatch: pytest.MonkeyPatch,
    interval: str,
) -> None:
    await asyncio.gather(exchange.spot.symbols(), exchange.futures.symbols(), exchange.options.underlyings())
    transport = exchange._rest._transport
    rounds = Rounds(clock, transport._attempt)
    monkeypatch.setattr(transport, "_attempt", rounds.send)
    asking = asyncio.create_task(runner.run("sentiment", Request("LINKUSDT", interval), cost=True))
    await rounds.drive(asking)
    assert (await asking).score is not None
    assert len(rounds.sizes) == 1
    assert rounds.sizes[0] > 20
