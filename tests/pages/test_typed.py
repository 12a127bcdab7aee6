"""What the pages tell people to type does what they say: in a clone, in its chat and over its HTTP."""

import asyncio
import configparser
import os
import re
import shlex
import stat
import subprocess
from importlib.util import find_spec
from pathlib import Path
from typing import Final

import pytest

from analysis.registry import MODULES
from handlers.commands.routes import build_registry
from handlers.composites.registry import TOPICS
from handlers.locale.messages import N_, load_messages
from scripts.pages.gather import ROOT
from scripts.scaffold.__main__ import main as new_module
from tests.pages.conftest import OWNERS, in_shell
from tests.support.app_under_test import POLL_S, AppUnderTest
from tests.support.limits import PATIENCE_S
from tests.support.written_commands import Typed, blocks_of, pages_with_commands, typed_on

pytestmark = pytest.mark.slow
with_app = pytest.mark.asyncio(loop_scope="module")

TUTORIAL, SERVER = ROOT / "docs" / "tutorial.md", ROOT / "docs" / "howto" / "server.md"
PAGES = pages_with_commands()
REGISTRY = build_registry(MODULES, TOPICS)
MESSAGES = load_messages()
UNKNOWN: Final = (
    N_("There is no command {word}. {help} lists all."),
    N_("There is no command {word}. Did you mean {near}? {help} lists all."),
)
ANSWERS: Final = (
    (r"/alert edit ", N_("Alert {number} is changed")),
    (r"/alert off ", N_("Alert {number} is deleted.")),
    (r"/alert \d+$", N_("Alert {number}")),
    (r"/alert .", N_("Alert {number} is set")),
    (r"/digest off ", N_("Digest {number} has ended.")),
    (r"/digest .", N_("Digest {number} is set")),
    (r"/(settings|language) .", N_("Changed.")),
)
"""What the answer to a command with words holds, by the first pattern that fits; of others anything that is known."""
HERE: Final = (
    "chmod",
    "cp",
    "git pull",
    "scripts/install",
)
"""Shell commands that are run in the clone, by how they begin."""
ELSEWHERE: Final = {
    "git clone": "the clone is made by it",
    "scripts/start": "the bot of these tests is started by it, with addresses that are free",
    "SANDBOX_CHAT_BIND": "the bot of these tests is started by it",
    "SANDBOX_DATA": "tests/e2e/test_modules.py replays the same moment of the same recordings",
    ".venv/bin/python -m bot check": "tests/bot/test_process.py",
    ".venv/bin/python -m scripts.write_example": "tests/config/test_example.py, for what it writes",
    "sudo systemctl": "needs a machine that systemd runs; its unit is read below",
}
"""Shell commands that are run otherwise, by how they begin, and how."""
INLINE: Final = "btc 4h"
"""What ``tests/e2e/test_account_privacy.py`` asks inline, until every card is offered."""
TOO_LONG: Final = {
    "scripts/test": "runs this test",
    "scripts/check": "runs a part of the tests",
    "scripts/quick": "runs a part of the tests",
    "scripts/site": "tests/pages/test_site.py builds the site",
    "scripts/contact_sheet": "tests/scripts/test_contact_sheet.py draws one card",
    "scripts/figures/": "tests/scripts/test_figures.py computes each from less",
    "scripts/benchmark": "takes minutes",
    "scripts/snapshots": "takes minutes",
    ".venv/bin/python -m pytest": "tests/scripts/test_scaffold.py runs it, for a module of another name",
}
"""Shell commands of which only programs, files and options are held to what there is, by how they begin, and why."""


def matches(template: str, text: str) -> bool:
    """Whether a text holds what a message says, in any language."""
    said = (tr.gettext(template) for tr in map(MESSAGES.of, MESSAGES.languages))
    forms = (re.sub(r"\\\{\w+\\\}", ".+", re.escape(one)) for one in said)
    return any(re.search(form, text) for form in forms)


def is_analysis(typed: Typed) -> bool:
    return REGISTRY.by_name[typed.words[0].removeprefix("/").partition("@")[0]].topic is not None


def is_taken(text: str, answers: list[str]) -> bool:
    """Whether one of the answers to a command is what it should be; an alert may have fired beside it."""
    if any(matches(line, answer) for answer in answers for line in UNKNOWN):
        return False
    line = next((line for form, line in ANSWERS if re.match(form, text)), None)
    return bool(answers) if line is None else any(matches(line, answer) for answer in answers)


async def answers_to(app: AppUnderTest, person: int, text: str) -> list[str]:
    """All that the bot has said since a command, once there is more than what an alert pushes beside it."""
    asked = await app.say(person, person, text)
    async with asyncio.timeout(PATIENCE_S):
        while True:
            await app.answer(person, asked)
            answers = [said.text for said in await app.messages(person, asked)]
            if not is_push_alone(answers):
                return answers
            await asyncio.sleep(POLL_S)


def is_push_alone(answers: list[str]) -> bool:
    """Whether an alert has fired before the answer: it names a symbol, a colon and the rule."""
    return all(answer.startswith(("BTCUSDT: ", "ETHUSDT: ")) for answer in answers)


async def refused_on(app: AppUnderTest, page: Path) -> list[str]:
    """Type a page's commands in their order, for rules and digests have numbers, and return what is not taken."""
    person, language = OWNERS[page], "tr" if ".tr" in page.suffixes else "en"
    reader = {"id": person, "first_name": "Olga", "language_code": language}
    await app.call("POST", app.chat_url, "/users", reader)
    wrong = []
    for typed in dict.fromkeys(typed_on(page)):
        if typed.kind == "chat" and not is_analysis(typed):
            answers = await answers_to(app, person, typed.text)
            if not is_taken(typed.text, answers):
                wrong.append(f"{page.name}: {typed.text}\n{answers}")
    return wrong


@with_app
async def test_the_chat_takes_the_commands_of_every_page(app: AppUnderTest) -> None:
    """Analyses are held to the grammar by ``test_understood.py``; those of the tutorial are asked below."""
    wrong = await asyncio.gather(*(refused_on(app, page) for page in PAGES))
    assert [line for lines in wrong for line in lines] == []


@with_app
async def test_the_chat_refuses_what_is_wrong(app: AppUnderTest) -> None:
    wrong = ("/nosuch", "/alert off 99", "/settings zone Nowhere", "/digest 99:99 btc", "/language xx")
    people = await asyncio.gather(*(app.person("Eve", "en") for _ in wrong))
    answers = await asyncio.gather(*(answers_to(app, *asked) for asked in zip(people, wrong, strict=True)))
    assert [text for text, said in zip(wrong, answers, strict=True) if is_taken(text, said)] == []


@with_app
async def test_the_tutorial_leads_to_cards_and_to_an_alert(app: AppUnderTest) -> None:
    person = await app.person("Nur", "en")
    texts = [typed.text for typed in typed_on(TUTORIAL) if typed.kind == "chat" and is_analysis(typed)]
    card = await app.card(person, person, texts[0])
    for button in ("1h", "Why?", "Text", "Alert me"):
        assert button in card.buttons
    for text in (text for text in texts[1:] if " " in text):
        await app.card(person, person, text)
    rule = next(typed.text for typed in typed_on(TUTORIAL) if typed.text.startswith("/alert "))
    asked = await app.say(person, person, rule)
    async with asyncio.timeout(PATIENCE_S):
        while not any("Seen" in said.buttons for said in await app.messages(person, asked)):  # noqa: ASYNC110
            await asyncio.sleep(POLL_S)


def test_the_inline_question_is_the_one_that_is_asked_elsewhere() -> None:
    asked = {typed.text for page in PAGES for typed in typed_on(page) if typed.kind == "inline"}
    assert asked == {INLINE}


@with_app
async def test_http_answers_every_question(app: AppUnderTest) -> None:
    asked = dict.fromkeys(typed.text for page in PAGES for typed in typed_on(page) if typed.kind == "http")
    wrong = {path: status for path in asked if (status := await app.status(path)) != 200}
    assert len(asked) > 5
    assert wrong == {}
    assert await app.status("/analysis/nosuch") == 404


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_a_shell_takes_the_commands_of_a_page(clone: Path, page: Path) -> None:
    for block in blocks_of(page, "ini"):
        if "TELEGRAM_BOT_TOKEN" in block:
            (clone / ".env").write_text(block)
    for text in dict.fromkeys(typed.text for typed in typed_on(page) if typed.kind == "shell"):
        if text.startswith(HERE):
            in_shell(text, clone)
        elif text.startswith("scripts/new_module "):
            assert new_module([*shlex.split(text)[1:], "--dry-run"]) == 0  # test_scaffold.py writes another
        elif not text.startswith(tuple(ELSEWHERE)):
            assert text.startswith(tuple(TOO_LONG)), f"say here how this is tested: {text}"
            assert lacking(text) == []
    (clone / ".env").unlink(missing_ok=True)


def lacking(command: str) -> list[str]:
    """What a command of ours names that is not there: its program, files and options."""
    program, *words = shlex.split(command)
    files = [word for word in words if "/" in word]
    options = [word for word in words if word.startswith("--")]
    source = ""
    if "<" in program:
        found = next((ROOT / program).parent.glob("*.py"), None)
        program = program if found is None else str(found.relative_to(ROOT))
    elif program.startswith("scripts/"):
        source = source_of(ROOT / program)
    return [
        *(file for file in (program, *files) if not (ROOT / file).exists()),
        *(option for option in options if f'"{option}"' not in source),
    ]


def source_of(script: Path) -> str:
    """The Python that an entry starts, which must be there, may be run, and be read by its shell."""
    if not script.is_file():
        return ""
    assert script.stat().st_mode & stat.S_IXUSR, script
    subprocess.run(["/bin/sh", "-n", str(script)], check=True)  # noqa: S603
    started = re.findall(r"-m (scripts\.\w+)", script.read_text())
    assert all(map(find_spec, started)), started
    return "".join(path.read_text() for name in started for path in sources(name))


def sources(module: str) -> list[Path]:
    base = ROOT.joinpath(*module.split("."))
    return [*base.glob("*.py"), *([base.with_suffix(".py")] if base.with_suffix(".py").exists() else [])]


@pytest.mark.parametrize(
    "command", ["scripts/nosuch", "scripts/contact_sheet FOLDER --nosuch", "scripts/figures/nosuch/<id>.py"]
)
def test_what_is_not_there_is_noticed(command: str) -> None:
    assert lacking(command) != []


def test_the_unit_starts_what_is_there() -> None:
    (unit,) = (block for block in blocks_of(SERVER, "ini") if "[Service]" in block)
    read = configparser.ConfigParser(interpolation=None)
    read.read_string(unit)
    home = read["Service"]["WorkingDirectory"]
    started = Path(read["Service"]["ExecStart"]).relative_to(home)
    assert os.access(ROOT / started, os.X_OK)
    assert home.startswith(read["Service"]["ReadWritePaths"])
    typed = [typed.text for typed in typed_on(SERVER) if "systemctl" in typed.text]
    assert {text.split()[-1] for text in typed} - {"daemon-reload"} == {"market-view"}
    assert "/market-view.service" in SERVER.read_text()
