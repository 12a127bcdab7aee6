"""The one HTTP session of the process."""

import aiohttp

# a peer that is busy with many chats at once; Telegram and the exchange are two hosts or three
CONNECTIONS = 128
CONNECTIONS_PER_HOST = 64
# below the idle limits of the servers (Telegram closes after about a minute), so that no request meets a dead one
KEEP_ALIVE_S = 20.0


def open_session() -> aiohttp.ClientSession:
    """Return a new session; callers give each request its own timeout. No cookies are kept."""
    connector = aiohttp.TCPConnector(
        limit=CONNECTIONS, limit_per_host=CONNECTIONS_PER_HOST, keepalive_timeout=KEEP_ALIVE_S
    )
    return aiohttp.ClientSession(connector=connector, cookie_jar=aiohttp.DummyCookieJar())
