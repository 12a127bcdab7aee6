"""A clone made and started as the pages say: one for all that they tell people to type."""

import re
import shutil
import subprocess
from collections.abc import AsyncIterator, Mapping
from pathlib import Path

import pytest
import pytest_asyncio

from scripts.mutation.workplace import ROOMS, copy_tree
from scripts.pages.gather import ROOT
from tests.support.app_under_test import AppUnderTest
from tests.support.written_commands import pages_with_commands, typed_on

OWNERS = {page: 777_001 + place for place, page in enumerate(pages_with_commands())}
"""Who types the commands of each page: one owner a page, so that its rules and digests are numbered from one."""
README = ROOT / "README.md"
HASTE = """
[chat]
commands_per_minute = 600
[record]
enabled = false
[regime]
garch_fit_bars = 300
markov_fit_bars = 300
har_fit_bars = 300
"""
"""The tests type more in a minute than a person, and ask for answers, not for the best fits."""


def written(beginning: str, page: Path = README) -> str:
    """The one shell command of a page that contains this."""
    found = {typed.text for typed in typed_on(page) if typed.kind == "shell" and beginning in typed.text}
    assert len(found) == 1, (beginning, found)
    return found.pop()


def in_shell(command: str, folder: Path, environment: Mapping[str, str] | None = None) -> str:
    """Run a command of a page as a shell does, which must succeed, and return what it printed."""
    done = subprocess.run(  # noqa: S603 - what our own pages say
        ["/bin/sh", "-ec", command],
        cwd=folder,
        env=None if environment is None else dict(environment),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"{command}\n{done.stdout}"
    return done.stdout


def started_by(command: str) -> tuple[str, ...]:
    """A program that does what a command of a page does, with the addresses that the test has chosen."""
    chosen = re.sub(r"([A-Z_]+)=\S+", r'\1="$\1"', command)
    return ("/bin/sh", "-ec", f"exec env {chosen}")


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the first command of the README makes, with the working tree's files, beside packages installed already.

    It comes from a repository whose newest commit is a branch, since an integration may check out a bare commit.
    """
    folder = tmp_path_factory.mktemp("newcomer")
    in_shell(
        f"git clone --quiet --bare '{ROOT}' origin && cd origin"
        f" && git update-ref refs/heads/newest $(git -C '{ROOT}' rev-parse HEAD)"
        " && git symbolic-ref HEAD refs/heads/newest",
        folder,
    )
    command = written("git clone").replace("<this repository>", str(folder / "origin"))
    made = Path(in_shell(f"{command} && pwd", folder).splitlines()[-1])
    copy_tree(made)
    copy_compiled(made)
    packages = ROOT / ".venv"
    stamps = sorted(packages.glob(".requirements*.lock"))
    assert stamps, "there is no .venv that scripts/install made"
    differ = [
        path.name for path in stamps if path.read_bytes() != (made / path.name.removeprefix(".")).read_bytes()
    ]
    assert differ == [], "the packages are not those of the locks; run scripts/install"
    (made / ".venv").symlink_to(packages)
    return made


def copy_compiled(made: Path) -> None:
    """Copy what Python has compiled of the program: its files are as old as here, so that it holds."""
    for folder in (cache for room in ROOMS for cache in (ROOT / room).rglob("__pycache__")):
        if (made / folder.parent.relative_to(ROOT)).is_dir():
            shutil.copytree(folder, made / folder.relative_to(ROOT), dirs_exist_ok=True)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def app(clone: Path) -> AsyncIterator[AppUnderTest]:
    """The bot in the sandbox, started in the clone by the README's command for ports that are taken."""
    (clone / "config" / "haste.toml").write_text(HASTE)
    environment = {
        "BOT_OWNER_IDS": ",".join(map(str, OWNERS.values())),
        "BOT_CONFIG": "config/haste.toml",
        "PYTHONPATH": str(clone),
    }
    program = started_by(written("SANDBOX_CHAT_BIND"))
    async with AppUnderTest(clone, environment, "scripts/start", program=program) as running:
        yield running
