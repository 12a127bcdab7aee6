"""The program of some tree as processes: a sandbox whose clock and seed are given, and the bot before it."""

import asyncio
import contextlib
import json
import os
import socket
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import aiohttp

from bot.sandbox_child import ONCHAIN
from scripts.snapshot.worlds import World

READY_S, STOP_S, LOOK_S = 300.0, 30.0, 0.2
WAIT_MS = 20_000
SEED = "1"
LOWEST_PORT, PORTS = 15_000, 2_000
TOKEN = "1:sandbox"  # noqa: S105 - opens nothing but the sandbox
# the recorder is off: how far it has got would be in the answers
CONFIG = "[chat]\ntheme = '{theme}'\ncommands_per_minute = 600\n[record]\nenabled = false\n"
Prepare = Callable[[Mapping[str, str], str], Awaitable[None]]
"""Works on the sandbox, by its addresses, and on the database, by its address, before the bot starts."""


class NotAnsweredError(Exception):
    """The program ended, or did not answer in time."""


@dataclass(frozen=True, slots=True)
class Program:
    """The outer interfaces of a running program; ``pid`` of the bot's main process, ``log`` of all it says."""

    session: aiohttp.ClientSession
    chat_url: str
    http_url: str
    exchange_url: str
    pid: int
    log: Path

    @property
    def database(self) -> Path:
        """The SQLite file of the bot."""
        return _database(self.log.parent)

    @property
    def config_file(self) -> Path:
        """The configuration file of the bot."""
        return _config_file(self.log.parent)

    async def control(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> Any:
        """Act as a person, or look at what the bot sent."""
        async with self.session.request(method, f"{self.chat_url}/_sandbox{path}", json=body) as response:
            if not response.ok:
                raise NotAnsweredError(f"{method} {path}: {response.status} {await response.text()}")
            return await response.json()

    async def fail_exchange(self, fault: Mapping[str, Any] | None) -> None:
        """Order a fault of the sandbox's exchange, ``None``: end all."""
        faults = f"{self.exchange_url}/_sandbox/faults"
        if fault is None:
            call = self.session.delete(faults)
        else:
            call = self.session.post(faults, json={"match": {}, "fault": fault})
        async with call as response:
            response.raise_for_status()

    async def file(self, file_id: str) -> bytes:
        """Return a file as the bot sent it."""
        async with self.session.get(f"{self.chat_url}/_sandbox/files/{file_id}") as response:
            return await response.read()

    async def get(self, path: str, caller: int = 1) -> tuple[int, str]:
        """Return status and body of the HTTP API; each ``caller`` (1 to 254) has a quota of its own."""
        source = aiohttp.TCPConnector(local_addr=(f"127.0.0.{caller}", 0))
        async with (
            aiohttp.ClientSession(connector=source) as session,
            session.get(self.http_url + path) as got,
        ):
            return got.status, await got.text()


@asynccontextmanager
async def running(tree: Path, world: World, prepare: Prepare | None = None) -> AsyncIterator[Program]:
    """Start sandbox and bot of ``tree``, with ``prepare`` between them, yield when both answer, end them."""
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="snapshot-")))
        _config_file(folder).write_text(CONFIG.format(theme=world.theme))
        run = _Runner(tree, folder, stack)
        data = () if world.data is None else ("--data", str(world.data))
        sandbox = await run.start(
            "utils.sandbox", "--exchange", "127.0.0.1:0", "--chat", "127.0.0.1:0", "--seed", SEED,
            "--now", world.now, "--symbols", str(world.symbols), *data, "--parent-pipe",
        )  # fmt: skip
        assert sandbox.stdout is not None  # noqa: S101 - a pipe was asked for
        addresses = json.loads(await asyncio.wait_for(sandbox.stdout.readline(), READY_S))
        if prepare is not None:
            await prepare(addresses, _address(folder))
        http = f"127.0.0.1:{_free_port()}"
        owners = {"BOT_OWNER_IDS": ",".join(map(str, world.owners))} if world.owners else {}
        bot = await run.start("bot", "run", environment=_settings(addresses, http, folder) | owners)
        session = await stack.enter_async_context(aiohttp.ClientSession())
        chat, exchange = addresses["chat"].rstrip("/"), addresses["spot"]
        program = Program(session, chat, f"http://{http}", exchange, bot.pid, run.log)
        await asyncio.wait_for(_ready(program, bot), READY_S)
        yield program


@dataclass(frozen=True, slots=True)
class _Runner:
    tree: Path
    folder: Path
    stack: AsyncExitStack

    @property
    def log(self) -> Path:
        return self.folder / "log"

    async def start(
        self, module: str, *arguments: str, environment: Mapping[str, str] | None = None
    ) -> asyncio.subprocess.Process:
        """Start ``python -m module`` of the tree; the stack ends it. Its standard error goes to the log."""
        own = self.tree / ".venv" / "bin" / "python"
        with self.log.open("ab") as log:
            process = await asyncio.create_subprocess_exec(
                str(own) if own.exists() else sys.executable, "-m", module, *arguments,
                cwd=self.folder,
                env={"PATH": os.environ["PATH"], "PYTHONPATH": str(self.tree), **(environment or {})},
                stdin=asyncio.subprocess.PIPE,
                stdout=log if module == "bot" else asyncio.subprocess.PIPE,
                stderr=log,
            )  # fmt: skip
        self.stack.push_async_callback(_end, process)
        return process


async def _end(process: asyncio.subprocess.Process) -> None:
    if process.returncode is not None:
        return
    process.terminate()
    try:
        await asyncio.wait_for(process.wait(), STOP_S)
    except TimeoutError:
        process.kill()
        await process.wait()


async def _ready(program: Program, bot: asyncio.subprocess.Process) -> None:
    while True:
        if bot.returncode is not None:
            raise NotAnsweredError(
                f"the bot ended at its start:\n{await asyncio.to_thread(program.log.read_text)}"
            )
        try:
            status, _ = await program.get("/readyz")
        except aiohttp.ClientError:
            status = 0  # it does not listen yet
        if status == 200:
            return
        await asyncio.sleep(LOOK_S)


def _settings(addresses: Mapping[str, str], http: str, folder: Path) -> dict[str, str]:
    spot, futures = addresses["spot"], addresses["futures"]
    return {
        "TELEGRAM_BOT_TOKEN": TOKEN,
        "TELEGRAM_API_URL": addresses["telegram"].removesuffix("/bot"),
        "BINANCE_SPOT_REST_URL": spot,
        "BINANCE_SPOT_WS_URL": spot.replace("http", "ws", 1),
        "BINANCE_SPOT_WS_API_URL": f"{spot.replace('http', 'ws', 1)}/ws-api/v3",
        "BINANCE_FUTURES_REST_URL": futures,
        "BINANCE_FUTURES_WS_URL": futures.replace("http", "ws", 1),
        "BINANCE_OPTIONS_REST_URL": addresses["options"],
        "DERIBIT_URL": addresses["deribit"],
        **{f"{name.upper()}_URL": addresses[name] for name in ONCHAIN},
        "DATABASE_URL": _address(folder),
        "BOT_CONFIG": str(_config_file(folder)),
        "HTTP_BIND": http,
        "LOG_FORMAT": "json",
    }


def _database(folder: Path) -> Path:
    return folder / "bot.db"


def _config_file(folder: Path) -> Path:
    return folder / "bot.toml"


def _address(folder: Path) -> str:
    return f"sqlite+aiosqlite:///{_database(folder)}"


def _free_port() -> int:
    """Return a free port below those of outgoing connections (Linux: from 32,768), so that none of ours takes it."""
    for port in range(LOWEST_PORT + os.getpid() % PORTS, LOWEST_PORT + 2 * PORTS):
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
    raise NotAnsweredError("no free port for the HTTP API")
