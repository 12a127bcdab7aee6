"""The Telegram part of `/_sandbox`: act as people, read what the bot sent, order limits."""

import asyncio
from collections.abc import Callable
from typing import Any, Protocol

from aiohttp import web

from utils.sandbox.control import ControlError, read_object
from utils.sandbox.control.routes import CONTROL_PREFIX, guarded
from utils.sandbox.telegram.deeds import ask_inline, chat_of, choose_inline, press, say, stop_draft
from utils.sandbox.telegram.drafts import ShownDraft
from utils.sandbox.telegram.events import EventLog
from utils.sandbox.telegram.limits import SendLimits
from utils.sandbox.telegram.media import StoredFile
from utils.sandbox.telegram.messages import StoredMessage
from utils.sandbox.telegram.methods.answers import inline_record
from utils.sandbox.telegram.older import FEATURES
from utils.sandbox.telegram.people import Chat
from utils.sandbox.telegram.places import create_chat, create_user, describe_chat, patch_chat
from utils.sandbox.telegram.queries import Query
from utils.sandbox.telegram.world import World

MAX_WAIT_MS = 60_000
_KEEP_ALIVE_S = 15.0


class PeopledServer(Protocol):
    """What these controls need of their server; read at each request, so a reset may replace the parts."""

    world: World
    limits: SendLimits
    lacks: frozenset[str]
    events: EventLog
    stopping: asyncio.Event


class TelegramControls:
    """Handlers of the Telegram controls."""

    def __init__(self, server: PeopledServer) -> None:
        self._server = server

    def routes(self) -> list[web.RouteDef]:
        """Routes for `app.add_routes`."""
        p = CONTROL_PREFIX
        return [
            web.post(f"{p}/users", guarded(self._create_user)),
            web.patch(f"{p}/users/{{id}}", guarded(self._patch_user)),
            web.post(f"{p}/chats", guarded(self._create_chat)),
            web.patch(f"{p}/chats/{{id}}", guarded(self._patch_chat)),
            web.get(f"{p}/chats/{{id}}/messages", guarded(self._messages)),
            web.post(f"{p}/chats/{{id}}/messages", guarded(self._say)),
            web.get(f"{p}/chats/{{id}}/drafts", guarded(self._drafts)),
            web.post(f"{p}/chats/{{id}}/stop", guarded(self._stop_draft)),
            web.post(f"{p}/callbacks", guarded(self._press)),
            web.get(f"{p}/callbacks/{{id}}", guarded(self._callback)),
            web.post(f"{p}/inline", guarded(self._ask_inline)),
            web.get(f"{p}/inline/{{id}}", guarded(self._inline)),
            web.post(f"{p}/inline/{{id}}/choose", guarded(self._choose_inline)),
            web.post(f"{p}/updates", guarded(self._raw_update)),
            web.get(f"{p}/commands", guarded(self._commands)),
            web.get(f"{p}/files/{{id}}", guarded(self._file)),
            web.get(f"{p}/limits", guarded(self._limits)),
            web.put(f"{p}/limits", guarded(self._set_limits)),
            web.put(f"{p}/lacks", guarded(self._set_lacks)),
            web.get(f"{p}/events", guarded(self._events)),
        ]

    @property
    def _world(self) -> World:
        return self._server.world

    def _chat(self, request: web.Request) -> Chat:
        return chat_of(self._world, request.match_info["id"])

    async def _create_user(self, request: web.Request) -> web.Response:
        return web.json_response(create_user(self._world, await read_object(request)).json())

    async def _patch_user(self, request: web.Request) -> web.Response:
        user = self._world.users.get(int(request.match_info["id"]))
        if user is None:
            raise ControlError("no such user", status=404)
        for name, value in (await read_object(request)).items():
            if name not in {"first_name", "last_name", "username", "language_code", "is_premium"}:
                raise ControlError(f"a user has no {name} to change")
            setattr(user, name, bool(value) if name == "is_premium" else str(value))
        self._server.events.publish("user", user.json())
        return web.json_response(user.json())

    async def _create_chat(self, request: web.Request) -> web.Response:
        return web.json_response(describe_chat(create_chat(self._world, await read_object(request))))

    async def _patch_chat(self, request: web.Request) -> web.Response:
        chat = patch_chat(self._world, self._chat(request), await read_object(request))
        return web.json_response(describe_chat(chat))

    async def _say(self, request: web.Request) -> web.Response:
        message = say(self._world, self._chat(request), await read_object(request))
        return web.json_response(message.record())

    async def _messages(self, request: web.Request) -> web.Response:
        chat, query = self._chat(request), request.query
        after, after_seq = int(query.get("after", "0")), int(query.get("after_seq", "0"))

        def found() -> list[StoredMessage]:
            kept = self._world.messages.get(chat.id, {}).values()
            return [m for m in kept if m.id > after and m.seq > after_seq]

        if "ephemeral" in query:
            whispered = self._world.ephemeral.of(chat.id)
            return web.json_response({"messages": [m.record() for m in whispered], "seq": after_seq})

        await self._server.events.wait_until(lambda: bool(found()), _wait_s(request))
        messages = found()
        last = max((m.seq for m in messages), default=after_seq)
        return web.json_response({"messages": [m.record() for m in messages], "seq": last})

    async def _drafts(self, request: web.Request) -> web.Response:
        """The previews that show, once there is one or the wait is over."""
        chat = self._chat(request)

        def shown() -> list[ShownDraft]:
            return self._world.drafts.of(chat.id, self._world.clock.now_ms())

        await self._server.events.wait_until(lambda: bool(shown()), _wait_s(request))
        return web.json_response({"drafts": [draft.record() for draft in shown()]})

    async def _stop_draft(self, request: web.Request) -> web.Response:
        return web.json_response(stop_draft(self._world, self._chat(request), await read_object(request)))

    async def _press(self, request: web.Request) -> web.Response:
        return web.json_response(press(self._world, await read_object(request)).record())

    async def _callback(self, request: web.Request) -> web.Response:
        query = await self._answered(request, self._world.callbacks.get)
        return web.json_response(query.record())

    async def _ask_inline(self, request: web.Request) -> web.Response:
        return web.json_response(ask_inline(self._world, await read_object(request)).record())

    async def _inline(self, request: web.Request) -> web.Response:
        query = await self._answered(request, self._world.inlines.get)
        return web.json_response(inline_record(query.record()))

    async def _choose_inline(self, request: web.Request) -> web.Response:
        query = self._world.inlines.get(request.match_info["id"])
        if query is None:
            raise ControlError("no such query", status=404)
        return web.json_response(choose_inline(self._world, query, await read_object(request)).record())

    async def _answered(self, request: web.Request, get: Callable[[str], Query | None]) -> Query:
        query = get(request.match_info["id"])
        if query is None:
            raise ControlError("no such query", status=404)
        await self._server.events.wait_until(query.answered.is_set, _wait_s(request))
        return query

    async def _raw_update(self, request: web.Request) -> web.Response:
        body = await read_object(request)
        raw: Any = body.get("raw")
        if not isinstance(raw, dict):
            raise ControlError("raw must be an update object")
        return web.json_response({"update_id": self._world.queue.push_raw(raw)})

    async def _commands(self, request: web.Request) -> web.Response:
        chat = chat_of(self._world, request.query.get("chat"))
        user = self._world.users.get(int(request.query.get("user", "0")))
        if user is None:
            raise ControlError("user must be the id of a user")
        return web.json_response(self._world.commands.seen_by(chat, user.id, user.language_code[:2]))

    async def _file(self, request: web.Request) -> web.Response:
        stored: StoredFile | None = self._world.files.files.get(request.match_info["id"])
        if stored is None:
            raise ControlError("no such file", status=404)
        content = await asyncio.to_thread(stored.content)
        return web.Response(body=content, content_type=stored.mime.partition(";")[0])

    async def _limits(self, _: web.Request) -> web.Response:
        return web.json_response(self._server.limits.describe())

    async def _set_limits(self, request: web.Request) -> web.Response:
        self._server.limits.configure(await read_object(request))
        return web.json_response(self._server.limits.describe())

    async def _set_lacks(self, request: web.Request) -> web.Response:
        """Make the server an older one: it lacks the named `features`."""
        features = (await read_object(request)).get("features")
        if not isinstance(features, list) or not set(features) <= FEATURES:
            raise ControlError(f"features must be of {', '.join(sorted(FEATURES))}")
        self._server.lacks = frozenset(features)
        return web.json_response({"features": sorted(features)})

    async def _events(self, request: web.Request) -> web.StreamResponse:
        events = self._server.events
        named = request.headers.get("Last-Event-ID") or request.query.get("after")
        last = int(named) if named is not None else events.last
        response = web.StreamResponse(
            headers={"Content-Type": "text/event-stream", "Cache-Control": "no-store"}
        )
        await response.prepare(request)
        await response.write(b"retry: 1000\n\n")
        try:
            await self._stream(response, last)
        except ConnectionResetError:
            return response  # the reader went away
        return response

    async def _stream(self, response: web.StreamResponse, last: int) -> None:
        events = self._server.events
        while not self._server.stopping.is_set():
            fresh = events.after(last)
            for event in fresh:
                await response.write(event.wire())
                last = event.n
            if not fresh and not await events.wait(_KEEP_ALIVE_S):
                await response.write(b": still here\n\n")


def _wait_s(request: web.Request) -> float:
    return min(max(int(request.query.get("wait_ms", "0")), 0), MAX_WAIT_MS) / 1000
