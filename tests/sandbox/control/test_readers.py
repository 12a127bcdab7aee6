"""Readers that hang up while they are being answered."""

import asyncio
import logging

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from utils.sandbox.control import sandbox_app


class _Server:
    """Answers once its reader has hung up, or fails of itself."""

    def __init__(self) -> None:
        self.arrived, self.gone = asyncio.Event(), asyncio.Event()
        self.app = sandbox_app()
        self.app.router.add_get("/late", self._late)
        self.app.router.add_get("/broken", self._broken)

    async def _late(self, request: web.Request) -> web.StreamResponse:
        assert request.transport is not None
        self.arrived.set()
        await self.gone.wait()
        request.transport.close()
        response = web.StreamResponse()
        await response.prepare(request)
        raise AssertionError("a closed transport took the head of an answer")

    async def _broken(self, _: web.Request) -> web.StreamResponse:
        raise ConnectionResetError("the other side")


async def test_a_reader_that_has_gone_is_no_failure(caplog: pytest.LogCaptureFixture) -> None:
    made = _Server()
    with caplog.at_level(logging.DEBUG, "aiohttp.server"):
        async with TestServer(made.app) as server, aiohttp.ClientSession() as session:
            asking = asyncio.create_task(session.get(server.make_url("/late")))
            await made.arrived.wait()
            made.gone.set()
            with pytest.raises(aiohttp.ServerDisconnectedError):
                await asking
    assert [record.getMessage() for record in caplog.records if record.levelno >= logging.ERROR] == []


async def test_a_reset_of_another_connection_is_a_failure() -> None:
    async with (
        TestServer(_Server().app) as server,
        aiohttp.ClientSession() as session,
        session.get(server.make_url("/broken")) as answer,
    ):
        assert answer.status == 500
