"""One person's private chat on the page: what is said there, and pictures of what the bot answers."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from playwright.async_api import Locator, Page

from scripts.contact.talks import Step, Talk
from scripts.snapshot.program import WAIT_MS, NotAnsweredError, Program
from tests.support.placeholders import is_placeholder, shown_text

Record = dict[str, Any]
STEP_S = 300.0
"""No answer takes longer, on a machine that is busy with other things either."""
_DRAWN = "([id, seq]) => Number(document.querySelector(`[data-id='${id}']`)?.dataset.seq) >= seq"


@dataclass(slots=True)
class Chat:
    """A person with the chat page open.

    ``shown`` are the bot's messages that are known, ``newest`` the last one; ``buttons`` are those of it, by action.
    """

    program: Program
    page: Page
    person: int
    shown: set[int] = field(default_factory=set)
    newest: Record = field(default_factory=dict)
    buttons: dict[str, str] = field(default_factory=dict)

    async def photograph(self, talk: Talk, files: list[Path]) -> None:
        """Go through a talk, one file a step. Raises `NotAnsweredError` where an answer does not come."""
        before = await self.program.control("GET", f"/chats/{self.person}/messages")
        self.shown = {_number(record) for record in _of_bot(before)}
        for step, file in zip(talk.steps, files, strict=True):
            try:
                record = await asyncio.wait_for(self._answer(step), STEP_S)
            except TimeoutError as error:
                raise NotAnsweredError(f"{talk.id}: no answer to {step.name}") from error
            await self.page.wait_for_function(_DRAWN, arg=[_number(record), record["seq"]])
            file.parent.mkdir(parents=True, exist_ok=True)
            message = self.page.locator(f'[data-id="{_number(record)}"]')
            await open_folds(message)
            await message.screenshot(path=file)

    async def _answer(self, step: Step) -> Record:
        """Do what a step asks for, and return the finished answer."""
        if step.deed is not None:
            await step.deed(self.program, self.person)
        if step.button:
            return await self._press(step.button)
        self.buttons = {}
        asked = 0
        if step.words:
            body = {"from": self.person, "text": step.words}
            sent = await self.program.control("POST", f"/chats/{self.person}/messages", body)
            asked = _number(sent)
        return await self._next(lambda record: _number(record) > asked and _number(record) not in self.shown)

    async def _press(self, action: str) -> Record:
        """Press a button of the newest message; return what has changed by that."""
        if action not in self.buttons:
            raise NotAnsweredError(f"no button {action!r}; there are {', '.join(self.buttons)}")
        before = self.newest["seq"]
        where = {"from": self.person, "chat": self.person, "message": _number(self.newest)}
        await self.program.control("POST", "/callbacks", {**where, "data": self.buttons[action]})
        return await self._next(lambda record: record["seq"] > before)

    async def _next(self, wanted: Callable[[Record], bool]) -> Record:
        """Wait for the first message of the bot that is wanted and finished."""
        messages = f"/chats/{self.person}/messages"
        while True:
            found = await self.program.control("GET", messages)
            fitting = (r for r in _of_bot(found) if wanted(r) and not is_placeholder(_text(r)))
            if (record := next(fitting, None)) is not None:
                self._note(record)
                return record
            await self.program.control("GET", f"{messages}?after_seq={found['seq']}&wait_ms={WAIT_MS}")

    def _note(self, record: Record) -> None:
        self.newest = record
        self.shown.add(_number(record))
        rows = record["message"].get("reply_markup", {}).get("inline_keyboard", [])
        datas = [button["callback_data"] for row in rows for button in row if "callback_data" in button]
        # what a first view offered can still be pressed under the others
        self.buttons = {data.split("|")[1]: data for data in datas} | self.buttons


async def open_folds(message: Locator) -> None:
    """Open everything that folds in a message of the page."""
    for fold in await message.get_by_test_id("details").all():
        await fold.evaluate("node => { node.open = true; }")


def _of_bot(found: Record) -> list[Record]:
    return [record for record in found["messages"] if record["from_bot"] and not record["deleted"]]


def _number(record: Record) -> int:
    return int(record["message"]["message_id"])


def _text(record: Record) -> str:
    return shown_text(record["message"])
