"""The one HTTP session of the process."""

import aiohttp

# enough for many chats at once; Telegram and the exchange are two or three hosts
CONNECTIONS = 128
CONNECTIONS_PER_HOST = 64
# below the servers' idle limits (Telegram: about a minute), so that no request uses a connection they have closed
KEEP_ALIVE_S = 20.0


def open_session() -> aiohttp.ClientSession:
    """Return a new session without cookies; every request sets its own timeout."""
    connector = aiohttp.TCPConnector(
        limit=CONNECTIONS, limit_per_host=CONNECTIONS_PER_HOST, keepalive_timeout=KEEP_ALIVE_S
    )
    return aiohttp.ClientSession(connector=connector, cookie_jar=aiohttp.DummyCookieJar())
