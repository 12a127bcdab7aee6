"""The account over HTTP: only in answers to requests with the right token, also on loopback."""

import json
from typing import Any

import jsonschema
import pytest

from tests.bot.http_api.conftest import Api, Setting
from tests.support.accounts import sample_account

TOKEN = "correct-horse"
ASK = "/analysis/trend?symbol=BTCUSDT&interval=4h"
BEARER = {"Authorization": f"Bearer {TOKEN}"}
ACCOUNT = sample_account()
NUMBERS = ("31337.61", "27182.81", "7357.29", "4669.21")


@pytest.fixture
def setting() -> Setting:
    return Setting(token=TOKEN, account=True)


async def asked(api: Api, path: str = ASK, **headers: str) -> tuple[int, Any, str]:
    status, body, _ = await api.get(path, **headers)
    return status, body, json.dumps(body)


async def test_the_right_token_brings_the_account(api: Api) -> None:
    api.account.holds = ACCOUNT
    status, body, text = await asked(api, **BEARER)
    assert status == 200
    assert body["account_risk"] == pytest.approx(ACCOUNT.risk)
    assert body["account"]["equity"] == 31_337.61
    assert [number for number in NUMBERS if number not in text] == []
    assert "account_reason" not in body
    assert api.account.asked == ["4h"]


async def test_an_answer_with_an_account_must_not_be_cached(api: Api) -> None:
    api.account.holds = ACCOUNT
    _, _, headers = await api.get(ASK, **BEARER)
    assert headers["Cache-Control"] == "no-store"
    _, _, headers = await api.get(ASK)
    assert "Cache-Control" not in headers


@pytest.mark.parametrize(
    "given", [{}, {"Authorization": "Bearer wrong"}, {"Authorization": f"Basic {TOKEN}"}]
)
@pytest.mark.parametrize("past", ["", "&at=2024-08-01T00:00:00Z"])
async def test_without_the_right_token_there_is_no_such_key(
    api: Api, given: dict[str, str], past: str
) -> None:
    api.account.holds = ACCOUNT
    status, body, text = await asked(api, ASK + past, **given)
    assert status == (401 if given else 200)
    assert not [key for key in body if key.startswith("account")]
    assert not [number for number in NUMBERS if number in text]
    assert api.account.asked == []


async def test_a_token_in_the_url_is_not_accepted(api: Api) -> None:
    api.account.holds = ACCOUNT
    status, _, text = await asked(api, f"{ASK}&token={TOKEN}")
    assert status == 400
    assert "31337.61" not in text


async def test_without_a_key_the_owner_reads_why(api: Api) -> None:
    _, body, _ = await asked(api, **BEARER)
    assert (body["account"], body["account_risk"]) == (None, None)
    assert body["account_reason"]["code"] == "no_keys"


async def test_a_past_time_has_no_account(api: Api) -> None:
    api.account.holds = ACCOUNT
    _, body, _ = await asked(api, f"{ASK}&at=2024-08-01T00:00:00Z", **BEARER)
    assert body["account"] is None
    assert body["account_reason"]["code"] == "no_history"
    assert api.account.asked == []


async def test_the_document_describes_it(api: Api) -> None:
    _, document, _ = await api.get("/openapi.json")
    schema = document["components"]["schemas"]["TrendAnalysis"]
    assert {"account", "account_risk", "account_reason"} <= schema["properties"].keys()
    assert not {"account", "account_risk", "account_reason"} & set(schema["required"])
    api.account.holds = ACCOUNT
    for headers in (BEARER, {}):
        _, body, _ = await api.get(ASK, **headers)
        jsonschema.validate(body, {**schema, "components": document["components"]})


class TestOtherModules:
    """Answers of modules that show no account never have the key."""

    @pytest.fixture
    def setting(self) -> Setting:
        return Setting(token=TOKEN)

    async def test_not_even_with_the_token(self, api: Api) -> None:
        api.account.holds = ACCOUNT
        _, body, _ = await asked(api, **BEARER)
        assert not [key for key in body if key.startswith("account")]
        _, document, _ = await api.get("/openapi.json")
        properties = document["components"]["schemas"]["TrendAnalysis"]["properties"]
        assert not [name for name in properties if name.startswith("account")]


class TestWithoutToken:
    """Where no token is set, nobody can be the owner."""

    @pytest.fixture
    def setting(self) -> Setting:
        return Setting(account=True)

    @pytest.mark.parametrize("given", [{}, {"Authorization": "Bearer "}, {"Authorization": "Bearer None"}])
    async def test_no_answer_has_an_account(self, api: Api, given: dict[str, str]) -> None:
        api.account.holds = ACCOUNT
        _, body, _ = await asked(api, **given)
        assert not [key for key in body if key.startswith("account")]
        assert api.account.asked == []
