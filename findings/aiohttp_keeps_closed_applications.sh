#!/bin/sh
# aiohttp 3.14.5: an application with a middleware that has answered once stays in memory after it is cleaned up.
#
# A cache of the module (functools.lru_cache, 1,024 entries) maps (handler, applications) to the handler wrapped in
# its middlewares. Its keys hold the application, its handlers and all that these close over, until a thousand other
# pairs have been asked for. Without a middleware the application is freed. Seen when the test suite of a server with
# a large state held 10 GB: hundreds of closed servers, none of them referred to by anything else.
# What helps: hold the state beside the application and drop it in on_cleanup.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check aiohttp==3.14.5
"$folder/venv/bin/python" - <<'PYTHON'
import asyncio
import gc
import weakref

import aiohttp
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer


@web.middleware
async def passing(request, handler):
    return await handler(request)


async def served_once(middlewares):
    """Return a weak reference to an application that has answered one request and is cleaned up."""

    async def answer(request):
        return web.Response(text="ok")

    app = web.Application(middlewares=middlewares)
    app.router.add_get("/", answer)
    async with TestClient(TestServer(app)) as client:
        async with client.get("/") as response:
            assert response.status == 200
    return weakref.ref(app)


def alive(middlewares, count=20):
    kept = [asyncio.run(served_once(middlewares)) for _ in range(count)]
    gc.collect()
    return sum(one() is not None for one in kept)


with_one, without = alive([passing]), alive([])
print(f"aiohttp {aiohttp.__version__}: of 20 closed applications {with_one} live with a middleware, {without} without")
assert with_one == 20, with_one
assert without <= 1, without
PYTHON
