"""Applications whose readers may hang up while they are being answered."""

from aiohttp import web
from aiohttp.typedefs import Handler

CLIENT_CLOSED_REQUEST = 499
BODY_BYTES = 1 << 20


def sandbox_app(body_bytes: int = BODY_BYTES) -> web.Application:
    """An application of a sandbox server, which takes bodies up to so many bytes."""
    return web.Application(client_max_size=body_bytes, middlewares=[_part_quietly])


@web.middleware
async def _part_quietly(request: web.Request, handler: Handler) -> web.StreamResponse:
    """End a request whose reader has hung up without calling it a failure of the server."""
    try:
        return await handler(request)
    except ConnectionResetError:
        if request.transport is not None and not request.transport.is_closing():
            raise
        return web.Response(status=CLIENT_CLOSED_REQUEST)
