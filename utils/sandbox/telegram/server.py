"""The Telegram sandbox as one server: Bot API, controls and the chat page on one port."""

import asyncio
import contextlib
from pathlib import Path

from aiohttp import web

from utils.sandbox.control import CallLog, SandboxClock, TimeSource, control_routes, sandbox_app
from utils.sandbox.telegram.bot_api import BotApi
from utils.sandbox.telegram.controls import TelegramControls
from utils.sandbox.telegram.events import EventLog
from utils.sandbox.telegram.faults import TelegramFaults
from utils.sandbox.telegram.limits import SendLimits
from utils.sandbox.telegram.media import MAX_UPLOAD_BYTES
from utils.sandbox.telegram.places import describe_chat
from utils.sandbox.telegram.webhook import WebhookPusher
from utils.sandbox.telegram.world import World

PAGE = Path(__file__).parent / "page"
DEFAULT_TOKEN = "1:sandbox"  # noqa: S105 - opens nothing but the sandbox
_BODY_BYTES = MAX_UPLOAD_BYTES + 1024 * 1024
_PAGE_HEADERS = {
    "Content-Security-Policy": "default-src 'self'; img-src 'self' data: blob:",
    "Cache-Control": "no-cache",
}


class TelegramSandbox:
    """A Bot API server with people, on loopback.

    `bind` is `host:port` (port 0 takes a free one), `token` the only accepted token (`None`: any well-formed
    one), `seed` fixes ids, `clock` is a `SandboxClock` or any source of UTC milliseconds to share with a test.
    `webhook_retry_s` is the pause before a refused webhook delivery is tried again. `local` takes webhooks on any
    address, as the public server started with `--local` does; `limits` turns the send limits on.
    """

    def __init__(
        self,
        bind: str = "127.0.0.1:8090",
        token: str | None = None,
        seed: int = 0,
        clock: SandboxClock | TimeSource | None = None,
        webhook_retry_s: float = 1.0,
        *,
        local: bool = False,
        limits: bool = False,
    ) -> None:
        self.token = token
        self.clock = clock if isinstance(clock, SandboxClock) else SandboxClock(source=clock)
        self.events = EventLog()
        self.stopping = asyncio.Event()
        self.lacks: frozenset[str] = frozenset()
        self._host, _, port = bind.rpartition(":")
        self._port = int(port)
        self._seed = seed
        self._runner: web.AppRunner | None = None
        self._pusher: asyncio.Task[None] | None = None
        self._webhook_retry_s = webhook_retry_s
        self._local = local
        self._limited = limits
        self._renew()

    @property
    def bot_token(self) -> str:
        """A token that this server accepts."""
        return self.token or DEFAULT_TOKEN

    @property
    def root_url(self) -> str:
        """The address without path, as the bot's setting wants it."""
        host = self._host.strip("[]")
        return f"http://[{host}]:{self._port}" if ":" in host else f"http://{host}:{self._port}"

    @property
    def api_url(self) -> str:
        """The Bot API address that a token is appended to."""
        return f"{self.root_url}/bot"

    @property
    def file_url(self) -> str:
        """The download address that a token is appended to."""
        return f"{self.root_url}/file/bot"

    @property
    def page_url(self) -> str:
        """The chat page."""
        return f"{self.root_url}/"

    @property
    def control_url(self) -> str:
        """The controls."""
        return f"{self.root_url}/_sandbox"

    async def start(self) -> None:
        """Listen. Raises `OSError` when the address is taken."""
        api = BotApi(self)
        runner = web.AppRunner(self._app(api), access_log=None, shutdown_timeout=1.0)
        await runner.setup()
        self._runner = runner
        self.stopping.clear()
        site = web.TCPSite(runner, self._host.strip("[]"), self._port)
        try:
            await site.start()
        except OSError:
            await self.stop()
            raise
        self._port = runner.addresses[0][1]
        self._pusher = asyncio.create_task(WebhookPusher(self, api, self._webhook_retry_s).run())

    async def stop(self) -> None:
        """Answer everyone who waits and close."""
        self.stopping.set()
        self.events.wake()
        self.world.queue.end_poll("")
        if self._pusher is not None:
            self._pusher.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._pusher
            self._pusher = None
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    def state(self) -> dict[str, object]:
        """What `/state` tells besides clock and faults."""
        queue = self.world.queue
        return {
            "mode": "telegram",
            "seed": self._seed,
            "bot": self.world.bot.json(),
            "users": [user.json() for user in self.world.users.values()],
            "chats": [describe_chat(chat) for chat in self.world.chats.values()],
            "webhook": None if queue.webhook is None else queue.webhook.url,
            "pending_updates": len(queue.pending),
            "polling": queue.polling,
            "limits": self.limits.describe(),
            "lacks": sorted(self.lacks),
            "events": self.events.last,
        }

    async def reset(self, seed: int | None) -> None:
        """Forget everything; readers of events are told."""
        self._seed = self._seed if seed is None else seed
        self.lacks = frozenset()
        old = self.world.queue
        self._renew()
        old.end_poll("")
        old.arrived.set()  # lets the pusher look at the new queue
        self.events.publish("reset", {"seed": self._seed})

    def _renew(self) -> None:
        bot_id = int(self.bot_token.partition(":")[0])
        self.world = World(self.clock, self.events, seed=self._seed, bot_id=bot_id, local=self._local)
        self.faults = TelegramFaults(self.clock, self._seed)
        self.calls = CallLog(self.clock)
        self.limits = SendLimits(self.clock, self.calls, enabled=self._limited)

    def _app(self, api: BotApi) -> web.Application:
        app = sandbox_app(_BODY_BYTES)
        app.add_routes(api.routes())
        app.add_routes(control_routes(self))
        app.add_routes(TelegramControls(self).routes())
        app.router.add_get("/", _index)
        app.router.add_static("/page", PAGE)
        app.on_response_prepare.append(_no_stale_page)
        return app


async def _index(_: web.Request) -> web.FileResponse:
    return web.FileResponse(PAGE / "index.html", headers=_PAGE_HEADERS)


async def _no_stale_page(request: web.Request, response: web.StreamResponse) -> None:
    """A page that was changed on disk must be seen at the next load."""
    if request.path.startswith("/page/"):
        response.headers["Cache-Control"] = "no-cache"
