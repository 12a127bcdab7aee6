"""Access to the HTTP API: token, quota, and the addresses it may listen on."""

import random

import pytest
from aiohttp import web
from aiohttp.test_utils import make_mocked_request

from bot.http_api.access import AccessPolicy
from bot.http_api.dependencies import ApiDependencies
from bot.http_api.problems import Problem
from bot.http_api.server import HttpServer, build_app, needs_token
from handlers.chat.quota import Quota
from handlers.commands.routes import build_registry
from handlers.question_log import QuestionLog
from handlers.scanner import Scanner
from tests.bot.http_api.conftest import NOW, Api, Setting, Symbols
from tests.bot.samples import sample_module
from tests.support.clock import FakeClock
from utils.http.errors import Misconfigured

ANYWHERE = "0.0.0.0"  # noqa: S104 - refused, or guarded by a token


class TestWithToken:
    @pytest.fixture
    def setting(self) -> Setting:
        return Setting(token="right-token", required=True)

    @pytest.mark.parametrize(
        "given",
        [
            None,
            "",
            "Bearer",
            "Bearer wrong",
            "Bearer right",
            "right-token",
            "Basic right-token",
            "Bearer right-tokenx",
        ],
    )
    async def test_is_needed(self, api: Api, given: str | None) -> None:
        headers = {} if given is None else {"Authorization": given}
        status, body, answered = await api.get("/analysis/trend?symbol=BTCUSDT", **headers)
        assert (status, body["status"]) == (401, 401)
        assert answered["WWW-Authenticate"] == "Bearer"
        assert not api.runner.asked

    async def test_opens(self, api: Api) -> None:
        status, _, _ = await api.get("/analysis/trend?symbol=BTCUSDT", Authorization="bearer right-token")
        assert status == 200

    async def test_health_needs_none(self, api: Api) -> None:
        assert (await api.get("/healthz"))[0] == 200
        assert (await api.get("/openapi.json"))[0] == 401


class TestOptionalToken:
    @pytest.fixture
    def setting(self) -> Setting:
        return Setting(token="right-token")

    @pytest.mark.parametrize(
        ("given", "status"),
        [
            (None, 200),
            ("Bearer right-token", 200),
            ("Bearer  right-token ", 200),
            ("Bearer wrong", 401),
            ("", 401),
        ],
    )
    async def test_a_wrong_token_is_refused_where_none_is_needed(
        self, api: Api, given: str | None, status: int
    ) -> None:
        headers = {} if given is None else {"Authorization": given}
        assert (await api.get("/analysis/trend?symbol=BTCUSDT", **headers))[0] == status


class TestWithoutToken:
    @pytest.mark.parametrize("given", ["Bearer", "Bearer ", "Bearer None", "Bearer x"])
    async def test_no_token_is_right(self, api: Api, given: str) -> None:
        assert (await api.get("/analysis/trend?symbol=BTCUSDT", Authorization=given))[0] == 401


class TestQuota:
    @pytest.fixture
    def setting(self) -> Setting:
        return Setting(per_minute=2)

    async def test_is_per_minute(self, api: Api, clock: FakeClock) -> None:
        path = "/analysis/trend?symbol=BTCUSDT"
        assert [(await api.get(path))[0] for _ in range(3)] == [200, 200, 429]
        _, body, headers = await api.get(path)
        assert headers["Retry-After"] == "60"
        assert body["status"] == 429
        assert (await api.get("/healthz"))[0] == 200
        await clock.advance(60_001)
        assert (await api.get(path))[0] == 200


async def test_callers_have_quotas_of_their_own() -> None:
    clock = FakeClock()
    access = AccessPolicy(clock, random.Random(1), Quota(clock), per_minute=1)
    for caller in ("10.0.0.1", "10.0.0.2", "fe80::1%eth0", "fe80::2%eth0"):
        access.check(request_from(caller))
    for caller in ("10.0.0.1", "fe80::1%eth1"):
        with pytest.raises(Problem) as caught:
            access.check(request_from(caller))
        assert caught.value.retry_after_s == 60


async def test_the_wait_is_rounded_and_at_least_a_second() -> None:
    clock = FakeClock()
    access = AccessPolicy(clock, random.Random(1), Quota(clock), per_minute=1)
    access.check(request_from("10.0.0.1"))
    await clock.advance(59_800)
    with pytest.raises(Problem) as caught:
        access.check(request_from("10.0.0.1"))
    assert (caught.value.shape.status, caught.value.retry_after_s) == (429, 1)
    await clock.advance(200)
    access.check(request_from("10.0.0.1"))


def request_from(address: str) -> web.Request:
    return make_mocked_request("GET", "/analysis/trend").clone(remote=address)


@pytest.mark.parametrize(
    ("host", "token", "needed"),
    [("127.0.0.1", None, False), ("::1", None, False), ("localhost", "x", False), (ANYWHERE, "x", True)],
)
def test_beyond_loopback_a_token_is_needed(host: str, token: str | None, needed: bool) -> None:
    assert needs_token(host, token) is needed


def test_beyond_loopback_without_a_token_is_refused() -> None:
    with pytest.raises(Misconfigured) as caught:
        needs_token(ANYWHERE, None)
    assert "HTTP_TOKEN" in caught.value.what_to_do


async def test_a_busy_port_is_one_clear_misconfiguration(api: Api) -> None:
    port = int(api.url.rpartition(":")[2])
    access = AccessPolicy(FakeClock(), random.Random(1), Quota(FakeClock()))
    parts = ApiDependencies(
        build_registry([sample_module()]),
        api.runner,
        api.composites,
        api.records,
        Scanner(Symbols(), api.composites),
        Symbols(),
        lambda: NOW,
        lambda: "USDT",
        dict,
        access,
        "0",
        api.account,
        QuestionLog(FakeClock()),
    )
    with pytest.raises(Misconfigured) as caught:
        await HttpServer(build_app(parts), "127.0.0.1", port, clock=FakeClock()).open()
    assert str(port) in str(caught.value)
    assert "HTTP_BIND" in caught.value.what_to_do
