"""What a container engine asks: a bot that answers is well, anything else is not."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from aiohttp import web

from bot.health import DEFAULT_BIND, PATH, trouble
from config.settings import Settings
from tests.bot.test_process import dead_ports


@asynccontextmanager
async def answering(status: int) -> AsyncIterator[int]:
    async def answer(_request: web.Request) -> web.Response:
        return web.Response(status=status)

    app = web.Application()
    app.router.add_get(PATH, answer)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        yield runner.addresses[0][1]
    finally:
        await runner.cleanup()


@pytest.mark.parametrize("host", ["127.0.0.1", "0.0.0.0"])  # noqa: S104
async def test_a_bot_that_answers_is_well_wherever_it_listens(host: str) -> None:
    async with answering(200) as port:
        assert await asyncio.to_thread(trouble, f"{host}:{port}") is None


async def test_another_status_and_silence_are_trouble() -> None:
    async with answering(503) as port:
        assert await asyncio.to_thread(trouble, f"127.0.0.1:{port}") == f"127.0.0.1:{port} answers 503"
    with dead_ports(1) as (port,):
        assert "no answer" in str(trouble(f"127.0.0.1:{port}"))


def test_it_asks_where_the_bot_listens_by_default() -> None:
    assert Settings.model_fields["http_bind"].default == DEFAULT_BIND
