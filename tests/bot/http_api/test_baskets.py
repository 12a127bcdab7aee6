"""Baskets over HTTP: a list in one parameter, understood as in a chat, refused where one symbol is taken."""

from dataclasses import replace

import pytest

from analysis.framework.module import TakesBasket
from analysis.framework.question import Basket, Instrument, Request
from bot.http_api.openapi import openapi_document
from bot.http_api.shapes import analysis_answer
from tests.bot.http_api.conftest import Api, Setting
from tests.bot.samples import sample_analysis, sample_module

BOTH = Basket((Instrument("futures", "1000SHIBUSDT"), Instrument("spot", "BTCUSDT")))


@pytest.fixture
def setting() -> Setting:
    return Setting(basket=TakesBasket(most=2))


@pytest.mark.parametrize("symbols", ["BTCUSDT,1000SHIBUSDT", "1000SHIBUSDT,btc", "btc,BTCUSDT,1000SHIBUSDT"])
async def test_a_list_is_one_question_whatever_its_order(api: Api, symbols: str) -> None:
    status, _, _ = await api.get(f"/analysis/trend?symbols={symbols}&interval=1h")
    assert status == 200
    assert api.runner.asked == [Request("1000SHIBUSDT", "1h", market="futures", basket=BOTH)]


async def test_a_name_stands_for_its_members(api: Api) -> None:
    await api.get("/analysis/trend?symbols=top2&at=2024-08-01T00:00:00Z")
    (asked,) = api.runner.asked
    assert asked.basket == Basket((Instrument("spot", "1000SHIBUSDT"), Instrument("spot", "BTCUSDT")), "top2")
    assert asked.as_of == 1_722_470_400_000


@pytest.mark.parametrize("query", ["symbol=btc", "symbols=btc"])
async def test_one_symbol_is_no_basket(api: Api, query: str) -> None:
    await api.get(f"/analysis/trend?{query}")
    assert api.runner.asked == [Request("BTCUSDT", "4h")]


@pytest.mark.parametrize(
    ("query", "status", "said"),
    [
        ("symbols=", 400, "expected listed symbols"),
        ("symbols=btc,,BTCUSDT.P", 400, "expected listed symbols"),
        ("symbols=btc&symbol=btc", 400, "one of them is enough"),
        ("symbols=top2,LUNAUSDT", 404, "LUNAUSDT is delisted"),
        ("symbols=nonesuch,other", 404, "nonesuch is unknown; other is unknown"),
    ],
)
async def test_what_is_wrong_is_named(api: Api, query: str, status: int, said: str) -> None:
    code, body, _ = await api.get(f"/analysis/trend?{query}")
    assert code == status
    assert said in body["detail"]
    assert not api.runner.asked


class TestBounds:
    @pytest.fixture
    def setting(self) -> Setting:
        return Setting(basket=TakesBasket(fewest=3, most=4, single=False))

    @pytest.mark.parametrize("query", ["symbols=top2", "symbol=btc", "symbols=btc"])
    async def test_too_few_are_refused(self, api: Api, query: str) -> None:
        code, body, _ = await api.get(f"/analysis/trend?{query}")
        assert code == 400
        assert "expected 3 to 4 symbols" in body["detail"]
        assert body["parameter"] == "symbols"

    async def test_its_document_takes_a_list_alone(self) -> None:
        module = replace(sample_module(), basket=TakesBasket(fewest=3, most=4, single=False))
        operation = openapi_document((module,), (), "1")["paths"]["/analysis/trend"]["get"]
        listed = {one["name"]: one for one in operation["parameters"]}
        assert "symbol" not in listed
        assert listed["symbols"]["required"] is True
        assert "instead of" not in listed["symbols"]["description"]


class TestOneSymbol:
    @pytest.fixture
    def setting(self) -> Setting:
        return Setting()

    async def test_a_list_is_refused(self, api: Api) -> None:
        code, body, _ = await api.get("/analysis/trend?symbols=BTCUSDT,1000SHIBUSDT")
        assert code == 400
        assert "takes one symbol" in body["detail"]


def test_an_answer_names_the_members_and_has_no_price() -> None:
    answer = analysis_answer(replace(sample_analysis(), basket=replace(BOTH, name="top2")))
    assert (answer["symbols"], answer["basket"], answer["price"]) == (BOTH.symbols, "top2", None)
    alone = analysis_answer(sample_analysis())
    assert alone["price"] is not None
    assert not {"symbols", "basket"} & set(alone)


def test_the_document_has_the_list_where_it_is_taken() -> None:
    one = sample_module()
    several = replace(one, id="corr", basket=TakesBasket())
    paths = openapi_document((one, several), (), "1")["paths"]
    parameters = {
        module: {found["name"]: found for found in paths[f"/analysis/{module}"]["get"]["parameters"]}
        for module in ("trend", "corr")
    }
    assert "symbols" not in parameters["trend"]
    assert parameters["trend"]["symbol"]["required"]
    assert not parameters["corr"]["symbol"]["required"]
    assert parameters["corr"]["symbols"]["schema"]["type"] == "array"
    assert parameters["corr"]["symbols"]["explode"] is False
