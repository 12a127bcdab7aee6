"""Every block of commands of docs/running.md is run here, run by a named test, or says why it is not."""

import asyncio
import re
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.bot.test_process import environment
from tests.conftest import ROOT
from tests.store.databases import fresh_sqlite
from utils.store.observations import Observation
from utils.store.store import open_store

PAGE = ROOT / "docs" / "running.md"
# an HTML comment on the line above a block
BLOCK = re.compile(r"(?:^<!-- (?P<mark>[^\n]*) -->\n)?^```sh\n(?P<script>.*?)^```$", re.MULTILINE | re.DOTALL)
TESTED = re.compile(r"tested: (?P<file>tests/\S+\.py)::(?P<test>test_\w+)")
IN_A_CHECKOUT = (".venv", "bot", "handlers", "composite", "analysis", "config", "utils")


class Block(NamedTuple):
    mark: str
    script: str


def blocks(page: str) -> list[Block]:
    return [Block(found["mark"] or "", found["script"]) for found in BLOCK.finditer(page)]


@pytest.mark.parametrize("block", blocks(PAGE.read_text("utf-8")), ids=lambda block: block.script[:40])
def test_every_block_says_how_it_is_tested(block: Block) -> None:
    if block.mark == "run" or re.fullmatch(r"not run: .{20,}", block.mark):
        return
    tested = TESTED.fullmatch(block.mark)
    assert tested, f"unmarked: {block.script}"
    assert f"def {tested['test']}(" in (ROOT / tested["file"]).read_text("utf-8")


def test_a_block_without_a_mark_is_found() -> None:
    assert blocks("text\n```sh\nls\n```\n<!-- run -->\n```sh\ncd\n```\n") == [
        Block("", "ls\n"),
        Block("run", "cd\n"),
    ]


async def test_the_blocks_to_run_do_in_their_order(tmp_path: Path) -> None:
    for name in IN_A_CHECKOUT:
        (tmp_path / name).symlink_to(ROOT / name)
    async with open_store(fresh_sqlite(tmp_path)) as store:
        await store.observations.append([Observation("kept", "X", 1, 1, 1.0)])
    script = "".join(block.script for block in blocks(PAGE.read_text("utf-8")) if block.mark == "run")
    process = await asyncio.create_subprocess_exec(
        *("sh", "-euc", script), cwd=tmp_path, env=environment(), stdout=asyncio.subprocess.PIPE
    )
    told, _ = await process.communicate()
    assert process.returncode == 0
    assert [line.split()[0] for line in told.decode().splitlines()] == [
        *("market-view-bot", "backup", "backup", "what", "restored")
    ]
    async with open_store(fresh_sqlite(tmp_path)) as store:
        assert len(await store.observations.window("kept", "X", 0, 2, as_of=2)) == 1
