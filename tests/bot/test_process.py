"""The process as people start it: a command answered in the sandbox, a clean stop, set-up errors in one line."""

import asyncio
import contextlib
import json
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp
import pytest

from tests.bot.conftest import People
from tests.support.limits import PATIENCE_MS, PATIENCE_S
from tests.support.lines import lines_of

ROOT = Path(__file__).resolve().parents[2]
ANY_PORT = {name: "127.0.0.1:0" for name in ("SANDBOX_CHAT_BIND", "SANDBOX_EXCHANGE_BIND", "HTTP_BIND")}


@contextlib.contextmanager
def dead_ports(count: int) -> Iterator[list[int]]:
    """Ports that nothing listens on, reserved so that no other process takes them."""
    with contextlib.ExitStack() as held:
        sockets = [held.enter_context(socket.socket()) for _ in range(count)]
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        yield [one.getsockname()[1] for one in sockets]


@dataclass
class Started:
    """A process under test and what it wrote, its addresses included."""

    process: asyncio.subprocess.Process
    lines: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    output: asyncio.Event = field(default_factory=asyncio.Event)
    closed: int = 0

    async def stop(self, number: int = signal.SIGTERM) -> int:
        self.process.send_signal(number)
        return await asyncio.wait_for(self.process.wait(), PATIENCE_S)

    async def said(self, words: str) -> str:
        """Wait for the first line with these words."""
        async with asyncio.timeout(PATIENCE_S):
            while True:
                for line in self.lines + self.errors:
                    if words in line:
                        return line
                assert self.closed < 2, f"it ended without {words!r}:\n{self.written}"
                self.output.clear()
                await self.output.wait()

    async def collect(self, stream: asyncio.StreamReader | None, lines: list[str]) -> None:
        assert stream is not None
        async for line in lines_of(stream):
            lines.append(line.rstrip())
            self.output.set()
        self.closed += 1
        self.output.set()

    async def http(self) -> str:
        """The address of its HTTP API."""
        return str(json.loads(await self.said('"event": "started"'))["http"])

    async def chat(self) -> str:
        """The address of its chat page."""
        return (await self.said("in a browser")).partition("open ")[2].split()[0].rstrip("/")

    @property
    def written(self) -> str:
        return "\n".join(self.lines + self.errors)


def environment(**settings: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if name in {"PATH", "HOME", "LANG"}}
    return kept | {"PYTHONPATH": str(ROOT)} | ANY_PORT | settings


async def start(folder: Path, *arguments: str, **settings: str) -> Started:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bot", *arguments),
        cwd=folder,
        env=environment(**settings),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    return Started(process)


@contextlib.asynccontextmanager
async def running(folder: Path, *arguments: str, **settings: str) -> AsyncIterator[Started]:
    started = await start(folder, *arguments, **settings)
    process = started.process
    reading = asyncio.gather(
        started.collect(process.stdout, started.lines), started.collect(process.stderr, started.errors)
    )
    try:
        yield started
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        async with asyncio.timeout(PATIENCE_S):
            await process.wait()
            await reading


async def until_ready(started: Started, session: aiohttp.ClientSession) -> None:
    http = await started.http()
    async with asyncio.timeout(PATIENCE_S):
        while True:
            assert started.process.returncode is None, started.written
            async with session.get(f"{http}/readyz") as answer:
                if answer.status == 200:
                    return
            await asyncio.sleep(0.05)


def descendants(pid: int) -> set[int]:
    """Every descendant of a process, by /proc."""
    children: dict[int, set[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError):
                parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
                children.setdefault(parent, set()).add(int(entry.name))
    found: set[int] = set()
    waiting = [pid]
    while waiting:
        for child in children.get(waiting.pop(), set()) - found:
            found.add(child)
            waiting.append(child)
    return found


def alive(pids: set[int]) -> set[int]:
    def lives(pid: int) -> bool:
        try:
            return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
        except OSError:
            return False

    return {pid for pid in pids if lives(pid)}


async def gone(pids: set[int]) -> set[int]:
    """Wait for processes to end; return those that did not."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(PATIENCE_S):
            await asyncio.gather(*(ended(pid) for pid in pids))
    return alive(pids)


async def ended(pid: int) -> None:
    """Wait for the end of a process that this one did not start."""
    try:
        handle = os.pidfd_open(pid)
    except ProcessLookupError:
        return
    loop, end = asyncio.get_running_loop(), asyncio.Event()
    loop.add_reader(handle, end.set)
    try:
        await end.wait()
    finally:
        loop.remove_reader(handle)
        os.close(handle)


@pytest.mark.slow
async def test_without_a_token_it_answers_in_the_sandbox_and_stops_cleanly(
    tmp_path: Path, session: aiohttp.ClientSession
) -> None:
    async with running(tmp_path) as started:
        await until_ready(started, session)
        people = People(session, f"{await started.chat()}/_sandbox")
        ada = await people.join(first_name="Ada")
        asked = await people.say(ada, "/t btc 4h")
        await people.messages(ada, after=asked, wait_ms=PATIENCE_MS)
        async with asyncio.timeout(PATIENCE_S):
            while not any(  # noqa: ASYNC110 - it is another process
                "BTCUSDT" in text for text in await people.texts(ada)
            ):
                await asyncio.sleep(0.05)
        async with session.get(f"{await started.http()}/analysis/trend?symbol=BTCUSDT") as answer:
            assert (await answer.json())["module"] == "trend"
        below = descendants(started.process.pid)
        assert len(below) >= 2  # the sandbox and the fork server at least
        started.process.send_signal(signal.SIGINT)
        assert await started.stop() == 0
        assert await gone(below) == set()
    (question,) = (json.loads(line) for line in started.errors if '"what": "/t btc 4h"' in line)
    assert (question["event"], question["person"]) == ("question answered", ada.chat_id)
    assert question["origin"] in {"computed", "remembered", "shared"}
    assert question["took_ms"] > 0
    (end,) = (json.loads(line) for line in started.errors if '"event": "stopped"' in line)
    assert (end["answered"], end["failed"]) == (2, 0)
    assert "running in the sandbox" in started.written
    assert "simulated" in started.written
    assert "Traceback" not in started.written


@pytest.mark.slow
async def test_recorded_prices_are_replayed_and_announced(
    tmp_path: Path, session: aiohttp.ClientSession, shared_data: Path
) -> None:
    async with running(tmp_path, "sandbox", SANDBOX_DATA=str(shared_data)) as started:
        await until_ready(started, session)
        async with session.get(f"{await started.http()}/analysis/trend?symbol=BTCUSDT&interval=1d") as answer:
            body = await answer.json()
        assert body["bar_close"] == "2024-12-31T23:59:59.999Z"
        assert await started.stop() == 0
    assert "recorded" in started.written
    assert "Traceback" not in started.written


@pytest.mark.slow
async def test_nothing_is_left_when_it_is_killed(tmp_path: Path, session: aiohttp.ClientSession) -> None:
    async with running(tmp_path, "sandbox") as started:
        await until_ready(started, session)
        below = descendants(started.process.pid)
        started.process.kill()
        await started.process.wait()
        assert await gone(below) == set()


async def test_it_stops_while_telegram_is_unreachable(tmp_path: Path, session: aiohttp.ClientSession) -> None:
    token = "123456789:AAF-abcdefghijklmnopqrstuvwxyz0123456"
    with dead_ports(2) as (dead, other):
        urls = {
            "TELEGRAM_API_URL": f"http://127.0.0.1:{dead}",
            "BINANCE_SPOT_REST_URL": f"http://127.0.0.1:{other}",
            "BINANCE_FUTURES_REST_URL": f"http://127.0.0.1:{other}",
            "BINANCE_FUTURES_WS_URL": f"ws://127.0.0.1:{other}",
            "BINANCE_OPTIONS_REST_URL": f"http://127.0.0.1:{other}",
            "DERIBIT_URL": f"http://127.0.0.1:{other}",
        }
        async with running(tmp_path, "run", TELEGRAM_BOT_TOKEN=token, **urls) as started:
            await started.said("not reachable")
            async with session.get(f"{await started.http()}/readyz") as answer:
                assert answer.status == 503
                assert (await answer.json())["checks"]["telegram"].startswith("not logged in yet: ")
            assert await started.stop() == 0
    assert token not in started.written
    assert "Traceback" not in started.written


async def refused(folder: Path, *arguments: str, **settings: str) -> list[str]:
    """The lines of standard error of a start that is refused."""
    async with running(folder, *arguments, **settings) as started:
        assert await asyncio.wait_for(started.process.wait(), PATIENCE_S) == 2
    return started.errors


@pytest.mark.parametrize(
    ("settings", "named"),
    [
        ({"HTTP_BIND": "nonsense"}, "HTTP_BIND"),
        ({"HTTP_BIND": "0.0.0.0:8085"}, "HTTP_TOKEN"),
        ({"LOG_LEVEL": "LOUD"}, "LOG_LEVEL"),
        ({"SANDBOX_DATA": "/no/such/folder"}, "SANDBOX_DATA"),
        ({"BOT_CONFIG": "none.toml"}, "none.toml: cannot be read"),
        ({"HTTPS_PROXY": "socks5://127.0.0.1:1080"}, "SOCKS"),
    ],
)
async def test_a_wrong_setting_is_one_clear_line(
    tmp_path: Path, settings: dict[str, str], named: str
) -> None:
    started = await start_with(tmp_path, settings)
    (line,) = started
    assert line.startswith("cannot start: ")
    assert named in line


async def start_with(folder: Path, settings: dict[str, str]) -> list[str]:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bot", "sandbox"),
        cwd=folder,
        env=environment(**settings),
        stderr=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.DEVNULL,
    )
    _, errors = await asyncio.wait_for(process.communicate(), PATIENCE_S)
    assert process.returncode == 2
    return errors.decode().splitlines()


async def test_an_env_file_in_another_encoding_is_one_clear_line(tmp_path: Path) -> None:
    (tmp_path / ".env").write_bytes("LOG_LEVEL=INFO\n".encode("utf-16"))
    (line,) = await refused(tmp_path, "check")
    assert line == "cannot start: .env: expected UTF-8; save the file in this encoding"


@pytest.mark.slow
async def test_everything_listens_on_ipv6(tmp_path: Path, session: aiohttp.ClientSession) -> None:
    async with running(tmp_path, "sandbox", **dict.fromkeys(ANY_PORT, "[::1]:0")) as started:
        await until_ready(started, session)
        assert (await started.http()).startswith("http://[::1]:")
        assert (await started.chat()).startswith("http://[::1]:")
        assert await started.stop() == 0
    assert "Traceback" not in started.written


async def test_every_mistake_of_a_configuration_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "bad.toml").write_text("[trend]\nrsi_period = -4\n[tendency]\nx = 1\n")
    lines = await refused(tmp_path, "run", BOT_CONFIG="bad.toml")
    assert len(lines) == 2
    assert any("trend.rsi_period = -4" in line for line in lines)
    assert any("tendency" in line for line in lines)


async def test_a_busy_port_is_one_clear_line(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        bind = f"127.0.0.1:{taken.getsockname()[1]}"
        chat = await start_with(tmp_path, {"SANDBOX_CHAT_BIND": bind})
        http = await start_with(tmp_path, {"HTTP_BIND": bind})
    assert len(chat) == 1
    assert "SANDBOX_CHAT_BIND" in chat[0]
    assert "HTTP_BIND" in http[-1]
    assert "Traceback" not in "\n".join(chat + http)


async def test_check_prints_what_works_and_what_does_not(tmp_path: Path) -> None:
    with dead_ports(1) as (dead,):
        nobody = f"http://127.0.0.1:{dead}"
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "bot", "check"),
            cwd=tmp_path,
            env=environment(BINANCE_SPOT_REST_URL=nobody, BINANCE_FUTURES_REST_URL=nobody),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        out, errors = await asyncio.wait_for(process.communicate(), PATIENCE_S)
    rows = {line[:18].strip(): line[19:] for line in out.decode().splitlines() if line[0] != " "}
    assert process.returncode == 1
    assert errors == b""
    assert rows["configuration"].startswith("works")
    assert rows["telegram"].startswith("not set")
    assert rows["database"].startswith("works")
    assert rows["binance spot"].startswith("FAILS")
    assert "->" in out.decode()


HELD_UP = """
import asyncio, threading
from bot import process
process.STOP_S, process.LAST_S = 0.1, 0.3

async def work():
    endless = asyncio.to_thread(threading.Event().wait)
    print("up", flush=True)
    await endless

asyncio.run(process.run_until_signal(work()))
"""


async def test_a_thread_that_never_ends_does_not_hold_up_the_end(tmp_path: Path) -> None:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", HELD_UP), env=environment(), cwd=tmp_path, stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    async with asyncio.timeout(PATIENCE_S):
        assert await process.stdout.readline() == b"up\n"
        process.send_signal(signal.SIGTERM)
        assert await process.wait() == 0
