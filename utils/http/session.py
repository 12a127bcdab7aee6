"""Opens the HTTP session of the API clients: bounded connections, no cookies, a User-Agent that names the bot."""

import aiohttp

CONNECTIONS_PER_HOST = 40
DNS_CACHE_S = 60
USER_AGENT = "market-view-bot"


def open_session(*, connections_per_host: int = CONNECTIONS_PER_HOST) -> aiohttp.ClientSession:
    """Return a session that the caller closes; to be called inside a running loop."""
    connector = aiohttp.TCPConnector(limit_per_host=connections_per_host, ttl_dns_cache=DNS_CACHE_S)
    return aiohttp.ClientSession(
        connector=connector,
        cookie_jar=aiohttp.DummyCookieJar(),
        headers={"User-Agent": USER_AGENT},
    )
