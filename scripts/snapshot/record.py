"""Asking a running program everything, and writing each answer into a file of its own."""

import asyncio
import itertools
import json
from collections.abc import Awaitable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from analysis.registry import MODULES
from scripts.snapshot.program import LOOK_S, WAIT_MS, NotAnsweredError, Program, running
from scripts.snapshot.worlds import PLAIN_WORDS, REFUSED_QUERIES, REFUSED_WORDS, Question, World
from tests.support.placeholders import is_placeholder, shown_text

AT_ONCE = 3
ANSWER_S = 600.0
PARTS_MS = 3_500  # a long page comes in several messages; Telegram's limits space them by up to three seconds
LANGUAGES = ("en", "tr")
LATE = "no answer within"  # how the bot logs it
WHY, TEXT = "w", "x"
RUN_A_MODULE: Final = frozenset(command for module in MODULES for command in module.commands)
"""Scores made of several modules are left out: what was late is no part of them, so two records may differ."""


async def record(world: World, tree: Path, folder: Path) -> tuple[int, int]:
    """Run ``tree`` in a world and write every answer under ``folder``.

    Returns how many files there are, and how many requests to the market were answered too late to be used: the
    answers then say that a source is silent, and are no proof of anything.
    """
    async with running(tree, world) as program:
        commands, modules = await _commands(program, folder), await _modules(program, folder)
        work: list[Awaitable[None]] = []
        for question, command in itertools.product(world.questions, commands):
            work.append(_card(program, folder / question.language / command, command, question))
        for caller, module in enumerate(modules, 1):
            work.append(_answers(program, folder / "http" / module, module, world, caller))
        if world.words:
            lines = [*PLAIN_WORDS, *(f"/help {command}" for command in commands)]
            lines += [text.format(command) for text, command in itertools.product(REFUSED_WORDS, commands)]
            work += [
                _words(program, folder / language / "words", line, language)
                for line, language in itertools.product(lines, LANGUAGES)
            ]
        await _few_at_once(work)
        late = (await asyncio.to_thread(program.log.read_text)).count(LATE)
    return await asyncio.to_thread(lambda: sum(path.is_file() for path in folder.rglob("*"))), late


async def _few_at_once(work: Iterable[Awaitable[None]]) -> None:
    gate = asyncio.Semaphore(AT_ONCE)

    async def one(item: Awaitable[None]) -> None:
        async with gate:
            await item

    async with asyncio.TaskGroup() as group:
        for item in work:
            group.create_task(one(item))


async def _commands(program: Program, folder: Path) -> list[str]:
    """Return the commands of the menu that run a module."""
    person = await _person(program, "en")
    menu: list[dict[str, str]] = []
    while not menu:  # it is published beside the start
        menu = await program.control("GET", f"/commands?chat={person}&user={person}")
        await asyncio.sleep(LOOK_S)
    _write(folder / "menu.json", json.dumps(menu, indent=1, ensure_ascii=False))
    return [entry["command"] for entry in menu if entry["command"] in RUN_A_MODULE]


async def _modules(program: Program, folder: Path) -> list[str]:
    status, text = await program.get("/openapi.json")
    if status != 200:
        raise NotAnsweredError(f"/openapi.json: {status} {text}")
    document = json.loads(text)
    _write(folder / "openapi.json", json.dumps(document, indent=1, ensure_ascii=False))
    return [path.removeprefix("/analysis/") for path in document["paths"] if path.startswith("/analysis/")]


async def _answers(program: Program, folder: Path, module: str, world: World, caller: int) -> None:
    queries = {question.name: question.query for question in world.questions}
    if world.words:
        queries |= {f"refused_{number}": query for number, query in enumerate(REFUSED_QUERIES)}
    for name, query in queries.items():
        status, text = await program.get(f"/analysis/{module}?{query}", caller)
        body = json.dumps(json.loads(text), indent=1, ensure_ascii=False)
        _write(folder / f"{name}.json", f"{status}\n{body}")


async def _words(program: Program, folder: Path, line: str, language: str) -> None:
    talk = await _Talk.begin(program, language)
    await talk.say(line, parts_ms=PARTS_MS if line.startswith("/help") else 0)
    await talk.keep(folder, line.strip("/").replace(" ", "_").replace("@", "at-"))


async def _card(program: Program, folder: Path, command: str, question: Question) -> None:
    talk = await _Talk.begin(program, question.language)
    await talk.say(f"/{command} {question.words}")
    await talk.keep(folder, question.name)
    buttons = talk.buttons
    views = {data.split("|")[1]: data for data in buttons if data.split("|")[1] in {WHY, TEXT}}
    order = [data for data in buttons if question.buttons and data not in views.values()]
    if len(views) == 2:  # an explanation is shorter under a picture than in a text of its own
        order += [views[WHY], views[TEXT], views[WHY]]
    for number, data in enumerate(order):
        toast = await talk.press(data)
        await talk.keep(folder, f"{question.name}_{number}{data.split('|')[1]}", toast)


@dataclass(slots=True)
class _Talk:
    """One person's private chat with the bot about one question."""

    program: Program
    person: int
    asked: int = 0
    seq: int = 0
    told: list[dict[str, Any]] = field(default_factory=list)
    aside: set[int] = field(default_factory=set)

    @classmethod
    async def begin(cls, program: Program, language: str) -> "_Talk":
        return cls(program, await _person(program, language))

    @property
    def buttons(self) -> list[str]:
        """Callback data of the buttons under the last message."""
        rows = self.told[-1]["reply_markup"]["inline_keyboard"] if "reply_markup" in self.told[-1] else []
        return [button["callback_data"] for row in rows for button in row if "callback_data" in button]

    async def say(self, text: str, parts_ms: int = 0) -> None:
        """Write a line and wait for the finished answer; with ``parts_ms``, for further messages as well."""
        body = {"from": self.person, "text": text}
        sent = await self.program.control("POST", f"/chats/{self.person}/messages", body)
        self.asked = int(sent["message"]["message_id"])
        try:
            await asyncio.wait_for(self._finished(), ANSWER_S)
        except TimeoutError as error:
            raise NotAnsweredError(f"{text!r} was not answered in {ANSWER_S} s: {self.told}") from error
        while parts_ms and await self._news(parts_ms):
            pass

    async def press(self, data: str) -> str:
        """Press a button of the last message, wait for its effect, return what the bot answered to the press."""
        where = {"from": self.person, "chat": self.person, "message": self.told[-1]["message_id"]}
        query = await self.program.control("POST", "/callbacks", {**where, "data": data})
        answered = await self.program.control("GET", f"/callbacks/{query['id']}?wait_ms={WAIT_MS}")
        if answered["answer"] is None:
            raise NotAnsweredError(f"press of {data} was not answered")
        toast = str(answered["answer"].get("text", ""))
        if not is_placeholder(toast):
            await self._news(0)
        else:
            while not await self._news(WAIT_MS):
                pass
        while (
            len(self.told) > 1 and "reply_markup" in self.told[-1]
        ):  # a card that takes the place of another
            await self._news(WAIT_MS)
        return self._set_aside() if is_placeholder(toast) else toast

    async def keep(self, folder: Path, name: str, toast: str = "") -> None:
        """Write what the bot has said as text with entities and buttons, its picture as it was sent."""
        shown = "\n".join(_shown(message) for message in self.told)
        _write(folder / f"{name}.txt", f"{shown}\ntoast: {toast}" if toast else shown)
        for message in self.told:
            if "photo" in message:
                picture = await self.program.file(message["photo"][-1]["file_id"])
                (folder / f"{name}.png").write_bytes(picture)

    def _set_aside(self) -> str:
        """Return what a slow press was refused with: a message below the card, which stays as it was."""
        answers = self.told[1:]
        self.aside |= {message["message_id"] for message in answers}
        self.told = self.told[:1]
        return "\n".join(shown_text(message) for message in answers)

    async def _finished(self) -> None:
        while not self.told or is_placeholder(shown_text(self.told[-1])):
            await self._news(WAIT_MS)

    async def _news(self, wait_ms: int) -> bool:
        """Read what the bot has said by now; return whether anything changed within ``wait_ms``."""
        path = f"/chats/{self.person}/messages?after={self.asked}"
        changed = await self.program.control("GET", f"{path}&after_seq={self.seq}&wait_ms={wait_ms}")
        found = await self.program.control("GET", path)
        told = [r["message"] for r in found["messages"] if r["from_bot"] and not r["deleted"]]
        self.told = [message for message in told if message["message_id"] not in self.aside]
        self.seq = int(found["seq"])
        return bool(changed["messages"])


def _shown(message: dict[str, Any]) -> str:
    entities = message.get("entities") or message.get("caption_entities") or []
    rows = message.get("reply_markup", {}).get("inline_keyboard", [])
    listed = [json.dumps(item, ensure_ascii=False) for item in (*entities, *rows)]
    return "\n".join([shown_text(message), *listed])


async def _person(program: Program, language: str) -> int:
    made = await program.control("POST", "/users", {"first_name": "Ada", "language_code": language})
    return int(made["id"])


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"{text}\n")
