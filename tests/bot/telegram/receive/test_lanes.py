"""Work in lanes: in order within a lane, in turns between chats and people, bounded at each level."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

from bot.telegram.receive.lanes import Lanes


class Work:
    """Jobs that wait for their release; ``begun`` names them in the order they began."""

    def __init__(self) -> None:
        self.begun: list[str] = []
        self.gates: dict[str, asyncio.Event] = {}

    def job(self, name: str) -> Callable[[], Coroutine[Any, Any, None]]:
        gate = self.gates.setdefault(name, asyncio.Event())

        async def run() -> None:
            self.begun.append(name)
            await gate.wait()

        return run

    async def release(self, *names: str) -> None:
        for name in names:
            self.gates[name].set()
            await settle()


async def settle() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


async def test_a_lane_works_in_order_and_one_at_a_time() -> None:
    work, lanes = Work(), Lanes(total=9, per_chat=9)
    for name in ("a1", "a2", "a3"):
        lanes.put("chat", "a", work.job(name))
    await settle()
    assert (work.begun, lanes.running, lanes.waiting) == (["a1"], 1, 2)
    await work.release("a1", "a2", "a3")
    assert work.begun == ["a1", "a2", "a3"]
    assert (lanes.running, lanes.waiting) == (0, 0)


async def test_a_lane_may_be_wider() -> None:
    work, lanes = Work(), Lanes(total=9, per_chat=9, per_lane=2)
    for name in ("a1", "a2", "a3"):
        lanes.put("chat", "a", work.job(name))
    await settle()
    assert work.begun == ["a1", "a2"]
    await lanes.close(0.0)


async def test_who_asks_once_does_not_wait_behind_a_flood() -> None:
    work, lanes = Work(), Lanes(total=1, per_chat=1)
    for number in range(50):
        lanes.put("chat", "flood", work.job(f"f{number}"))
    lanes.put("chat", "ada", work.job("ada"))
    lanes.put("other", "bob", work.job("bob"))
    await settle()
    await work.release("f0")
    await work.release("bob")
    await work.release("ada")
    assert work.begun[:3] == ["f0", "bob", "ada"]
    assert lanes.waiting == 48
    await lanes.close(0.0)


async def test_a_chat_takes_no_more_than_its_share() -> None:
    work, lanes = Work(), Lanes(total=5, per_chat=2)
    for person in "abcd":
        lanes.put("busy", person, work.job(person))
    lanes.put("quiet", "z", work.job("z"))
    await settle()
    assert work.begun == ["a", "b", "z"]
    await work.release("a")
    assert work.begun == ["a", "b", "z", "c"]
    await lanes.close(0.0)


async def test_all_chats_together_are_bounded() -> None:
    work, lanes = Work(), Lanes(total=2, per_chat=2)
    for chat in "abc":
        lanes.put(chat, 1, work.job(chat))
    await settle()
    assert work.begun == ["a", "b"]
    await work.release("b")
    assert work.begun == ["a", "b", "c"]
    await lanes.close(0.0)


async def test_closing_begins_nothing_and_waits_for_what_has_begun() -> None:
    work, lanes = Work(), Lanes(total=1, per_chat=1)
    for name in ("one", "two"):
        lanes.put("chat", "a", work.job(name))
    await settle()
    closing = asyncio.create_task(lanes.close(60.0))
    await settle()
    assert not closing.done()
    await work.release("one")
    await closing
    assert work.begun == ["one"]


async def test_closing_cancels_what_does_not_end() -> None:
    work, lanes = Work(), Lanes(total=1, per_chat=1)
    lanes.put("chat", "a", work.job("hangs"))
    await settle()
    await lanes.close(0.0)
    assert lanes.running == 0
