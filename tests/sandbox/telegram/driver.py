"""Drives the sandbox from a test: controls as a person, Bot API calls as a bot."""

from dataclasses import dataclass
from io import BytesIO
from typing import Any

from aiohttp import ClientSession, FormData
from PIL import Image

from tests.support.limits import PATIENCE_MS
from utils.sandbox.telegram import TelegramSandbox


@dataclass
class Driver:
    """One sandbox and the session that talks to it."""

    sandbox: TelegramSandbox
    session: ClientSession

    async def control(self, verb: str, path: str, body: Any = None, status: int = 200) -> Any:
        url = f"{self.sandbox.control_url}{path}"
        async with self.session.request(verb, url, json=body) as response:
            assert response.status == status, await response.text()
            return await response.json()

    async def bot(self, method: str, **params: Any) -> dict[str, Any]:
        url = f"{self.sandbox.api_url}{self.sandbox.bot_token}/{method}"
        async with self.session.post(url, json=params) as response:
            body: dict[str, Any] = await response.json()
            assert response.status == body.get("error_code", 200)
            return body

    async def result(self, method: str, **params: Any) -> Any:
        body = await self.bot(method, **params)
        assert body["ok"], body
        return body["result"]

    async def upload(self, method: str, name: str, data: bytes, **params: str) -> dict[str, Any]:
        form = FormData(params)
        form.add_field(name, BytesIO(data), filename="chart.png", content_type="image/png")
        url = f"{self.sandbox.api_url}{self.sandbox.bot_token}/{method}"
        async with self.session.post(url, data=form) as response:
            body: dict[str, Any] = await response.json()
            return body

    async def user(self, **fields: Any) -> int:
        return int((await self.control("POST", "/users", fields))["id"])

    async def say(self, chat: int, text: str, **fields: Any) -> dict[str, Any]:
        record = await self.control("POST", f"/chats/{chat}/messages", {"text": text, **fields})
        message: dict[str, Any] = record["message"]
        return message

    async def updates(self, **params: Any) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = await self.result("getUpdates", **params)
        return found

    async def records(self, chat: int, after: int = 0, after_seq: int = 0) -> list[dict[str, Any]]:
        query = f"after={after}&after_seq={after_seq}&wait_ms={PATIENCE_MS}"
        answer = await self.control("GET", f"/chats/{chat}/messages?{query}")
        messages: list[dict[str, Any]] = answer["messages"]
        return messages


def png(width: int = 640, height: int = 360, colour: str = "navy") -> bytes:
    """A picture of one colour."""
    out = BytesIO()
    Image.new("RGB", (width, height), colour).save(out, "PNG")
    return out.getvalue()
