"""The sandbox as a child process that ends when this process ends, even if it is killed."""

import asyncio
import contextlib
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import IO

import structlog
from pydantic import SecretStr

from config.settings import Settings
from utils.http.errors import Misconfigured

ROOT = Path(__file__).resolve().parent.parent
TOKEN = "1:sandbox"  # noqa: S105 - opens nothing but the sandbox
ONCHAIN = ("coinmetrics", "defillama", "farside", "bgeometrics", "coinglass", "glassnode", "cryptoquant")
START_S = 60.0
# it ends when its standard input closes; terminate and kill follow, each after this time
STOP_S = 0.8
log = structlog.get_logger(__name__)


class SandboxChild:
    """`python -m utils.sandbox` with a pipe on its standard input; ``addresses`` are set when it is ready.

    ``symbols`` is how many coins a simulated market has, the sandbox's own number without it. With ``any_webhook`` its
    Telegram takes webhooks on any address, as a Bot API server of one's own does.
    """

    def __init__(self, settings: Settings, *, symbols: int | None = None, any_webhook: bool = False) -> None:
        self._settings = settings
        many = () if symbols is None else ("--symbols", str(symbols))
        self._further = (*many, *(("--local",) if any_webhook else ()))
        self._process: subprocess.Popen[bytes] | None = None
        self._pipes: list[asyncio.BaseTransport] = []
        self._forwarding: asyncio.Task[None] | None = None
        self._stderr_tail: list[str] = []
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self.addresses: Mapping[str, str] = {}

    def start(self) -> None:
        """Start it, so that it gets ready while this process does other things; `open` waits until it is."""
        self._process = subprocess.Popen(  # noqa: S603 - our own program
            [sys.executable, "-m", "utils.sandbox", *_arguments(self._settings), *self._further],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=_environment(),
            process_group=0,
        )

    async def open(self) -> None:
        """Wait until it listens; start it if it was not.

        Raises `Misconfigured` with the last line it wrote if it cannot.
        """
        if self._process is None:
            self.start()
        written, complained = await self._readers()
        self._forwarding = asyncio.create_task(self._forward(complained))
        try:
            line = await asyncio.wait_for(written.readline(), START_S)
        except TimeoutError as error:
            raise self._failure("did not start in time") from error
        if not line:
            await asyncio.wait({self._forwarding}, timeout=STOP_S)
            raise self._failure(self._stderr_tail[-1] if self._stderr_tail else "ended without a message")
        self.addresses = json.loads(line)

    async def close(self) -> None:
        """End it, by force if necessary, wait for its end, and remove its database."""
        if self._folder is not None:
            self._folder.cleanup()
        process = self._process
        if process is None:
            return
        if process.stdin is not None:
            process.stdin.close()
        if not self.addresses:  # it looks at its standard input only once it is ready
            process.terminate()
        for stop in (process.terminate, process.kill):
            with contextlib.suppress(subprocess.TimeoutExpired):
                await asyncio.to_thread(process.wait, STOP_S)
            if process.returncode is not None:
                break
            stop()
        await asyncio.to_thread(process.wait)
        if self._forwarding is not None:
            self._forwarding.cancel()
        for pipe in self._pipes:
            pipe.close()

    def settings(self) -> Settings:
        """Return the settings with the sandbox's addresses.

        Unless ``DATABASE_URL`` is set, the database is a temporary one: simulated rows must not mix with real ones.
        """
        spot, futures = self.addresses["spot"], self.addresses["futures"]
        return self._settings.model_copy(
            update={
                "telegram_bot_token": SecretStr(TOKEN),
                "telegram_api_url": self.addresses["telegram"].removesuffix("/bot"),
                "binance_spot_rest_url": spot,
                "binance_spot_ws_url": spot.replace("http", "ws", 1),
                "binance_futures_rest_url": futures,
                "binance_futures_ws_url": futures.replace("http", "ws", 1),
                "binance_options_rest_url": self.addresses["options"],
                "deribit_url": self.addresses["deribit"],
                **{f"{name}_url": self.addresses[name] for name in ONCHAIN},
                "binance_spot_ws_api_url": f"{spot.replace('http', 'ws', 1)}/ws-api/v3",
                "database_url": self._database_url(),
                "binance_api_key": None,
                "binance_api_secret": None,
                "webhook_url": None,
                "https_proxy": None,
            }
        )

    def _database_url(self) -> SecretStr:
        if "database_url" in self._settings.model_fields_set:
            return self._settings.database_url
        if self._folder is None:
            self._folder = tempfile.TemporaryDirectory(prefix="sandbox-", ignore_cleanup_errors=True)
        return SecretStr(f"sqlite+aiosqlite:///{self._folder.name}/bot.db")

    async def _readers(self) -> tuple[asyncio.StreamReader, asyncio.StreamReader]:
        """Return what reads its standard output and its standard error."""
        if self._process is None or self._process.stdout is None or self._process.stderr is None:
            raise RuntimeError("the sandbox was started without a pipe")
        return await self._reader(self._process.stdout), await self._reader(self._process.stderr)

    async def _reader(self, pipe: IO[bytes]) -> asyncio.StreamReader:
        reader = asyncio.StreamReader()
        transport, _ = await asyncio.get_running_loop().connect_read_pipe(
            lambda: asyncio.StreamReaderProtocol(reader), pipe
        )
        self._pipes.append(transport)
        return reader

    async def _forward(self, complained: asyncio.StreamReader) -> None:
        async for raw in complained:
            self._stderr_tail.append(raw.decode(errors="replace").strip())
            del self._stderr_tail[:-20]
            if self.addresses:  # before that its last line becomes the error
                log.warning("sandbox wrote", line=self._stderr_tail[-1])

    def _failure(self, message: str) -> Misconfigured:
        return Misconfigured(
            "sandbox",
            message.removeprefix("sandbox "),
            what_to_do="check SANDBOX_CHAT_BIND, SANDBOX_EXCHANGE_BIND (five ports) and SANDBOX_DATA",
        )


def _arguments(settings: Settings) -> tuple[str, ...]:
    binds = ("--exchange", settings.sandbox_exchange_bind, "--chat", settings.sandbox_chat_bind)
    data = () if settings.sandbox_data is None else ("--data", str(settings.sandbox_data))
    return (*binds, *data, "--parent-pipe")


def _environment() -> dict[str, str]:
    """Return the environment without this software's settings: the sandbox needs no secrets."""
    ours = {name.upper() for name in Settings.model_fields}
    kept = {name: value for name, value in os.environ.items() if name.upper() not in ours}
    paths = [str(ROOT), *filter(None, [kept.get("PYTHONPATH")])]
    return kept | {"PYTHONPATH": os.pathsep.join(paths)}
