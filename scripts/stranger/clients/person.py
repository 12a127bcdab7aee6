"""Somebody who writes to a bot in the sandbox's Telegram, by its controls."""

import asyncio
import json
from typing import Any
from urllib.request import Request, urlopen

WAIT_MS = 10_000


class Person:
    """One person in a private chat with the bot."""

    def __init__(self, servers: dict[str, str]) -> None:
        self._base = servers["telegram"] + "/_sandbox"
        self.id = 0
        self._seen = 0

    async def begin(self) -> "Person":
        """Appear, with a chat of their own."""
        self.id = int((await self._control("POST", "/users", {"first_name": "Ada"}))["id"])
        return self

    async def say(self, text: str) -> dict[str, Any]:
        """Write a line to the bot; return the message as the bot gets it."""
        record = await self._control("POST", f"/chats/{self.id}/messages", {"from": self.id, "text": text})
        message: dict[str, Any] = record["message"]
        self._seen = message["message_id"]
        return message

    async def hear(self) -> dict[str, Any]:
        """Return the bot's next new message. Raises ``IndexError`` if there is none in time."""
        path = f"/chats/{self.id}/messages?after={self._seen}&wait_ms={WAIT_MS}"
        message: dict[str, Any] = (await self._control("GET", path))["messages"][0]["message"]
        self._seen = message["message_id"]
        return message

    async def look(self, message_id: int) -> dict[str, Any]:
        """Return a message as it is now."""
        path = f"/chats/{self.id}/messages?after={message_id - 1}"
        found: dict[str, Any] = (await self._control("GET", path))["messages"][0]["message"]
        return found

    async def press(self, message: dict[str, Any], row: int = 0, column: int = 0) -> None:
        """Press a button below a message."""
        data = message["reply_markup"]["inline_keyboard"][row][column]["callback_data"]
        body = {"from": self.id, "chat": self.id, "message": message["message_id"], "data": data}
        await self._control("POST", "/callbacks", body)

    async def group(self) -> int:
        """Make a group with the bot as an administrator."""
        body = {"type": "supergroup", "members": [self.id], "bot_admin": True}
        return int((await self._control("POST", "/chats", body))["id"])

    async def summon(self, text: str) -> None:
        """Write to the bot in a group that it is not in."""
        made = await self._control("POST", "/chats", {"members": [self.id], "bot": False})
        await self._control("POST", f"/chats/{made['id']}/messages", {"from": self.id, "text": text})

    async def stop(self, draft_id: int) -> None:
        """Press the stop button of a draft."""
        await self._control("POST", f"/chats/{self.id}/stop", {"draft_id": draft_id})

    async def inline(self, query: str) -> None:
        """Ask the bot from another chat."""
        await self._control("POST", "/inline", {"from": self.id, "query": query})

    async def _control(self, method: str, path: str, body: object = None) -> Any:
        return await asyncio.to_thread(self._request, method, path, body)

    def _request(self, method: str, path: str, body: object) -> Any:
        data = None if body is None else json.dumps(body).encode()
        request = Request(self._base + path, data, {"Content-Type": "application/json"}, method=method)  # noqa: S310 - loopback
        with urlopen(request) as answer:  # noqa: S310 - loopback
            return json.load(answer)
