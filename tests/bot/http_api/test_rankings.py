"""A score of many symbols over HTTP: the most traded or named ones, ranked, by the documented shape."""

import pytest

from analysis.framework.question import Request
from analysis.framework.reasons import Reason
from composite.declared import SCORES
from tests.bot.http_api.conftest import Api, Setting
from tests.bot.http_api.documented import DOCUMENT, check, check_refusal
from tests.support.composites import AS_OF
from utils.http.errors import Unavailable

RANKING = "/composite/trend_strength/ranking"
NAMED = "symbols=BTCUSDT,1000SHIBUSDT"


async def test_the_most_traded_are_asked_about_each_on_its_market(api: Api) -> None:
    status, body, _ = await api.get(f"{RANKING}?count=2&interval=1h&at=2024-08-05T13:10:00Z")
    assert status == 200
    check(body, "RankingShape")
    assert [request for _, request in api.composites.asked] == [
        Request("BTCUSDT", "1h", as_of=AS_OF),
        Request("1000SHIBUSDT", "1h", as_of=AS_OF),
    ]
    assert (body["composite"], body["asked"], body["interval"]) == ("trend_strength", 2, "1h")
    assert not {"symbols", "basket"} & set(body)


async def test_named_symbols_are_ranked_and_no_others(api: Api) -> None:
    status, body, _ = await api.get(f"{RANKING}?{NAMED}")
    assert status == 200
    check(body, "RankingShape")
    assert {(row["symbol"], row["market"]) for row in body["rows"]} == {
        ("BTCUSDT", "spot"),
        ("1000SHIBUSDT", "futures"),
    }
    assert {name for name, _ in api.composites.asked} == {"trend_strength"}
    assert all(request.basket is None for _, request in api.composites.asked)
    assert sorted(body["symbols"]) == ["1000SHIBUSDT", "BTCUSDT"]
    assert [row["rank"] for row in body["rows"]] == [1, 2]
    assert "basket" not in body


async def test_a_basket_is_named_by_its_word(api: Api) -> None:
    _, body, _ = await api.get(f"{RANKING}?symbols=top2")
    check(body, "RankingShape")
    assert (body["basket"], body["asked"]) == ("top2", 2)


async def test_a_withheld_score_has_no_rank_and_says_why(api: Api) -> None:
    nan = float("nan")
    api.composites.changes = {"score": None, "uncertainty": nan, "null_reasons": (Reason("no_volume"),)}
    status, body, _ = await api.get(f"{RANKING}?{NAMED}")
    assert status == 200
    check(body, "RankingShape")
    for row in body["rows"]:
        assert (row["rank"], row["score"], row["uncertainty"]) == (None, None, None)
        assert row["reason"]["code"] == "no_volume"


async def test_where_nothing_answers_it_is_unavailable(api: Api) -> None:
    api.composites.error = Unavailable("binance", "gone")
    status, body, headers = await api.get(f"{RANKING}?{NAMED}")
    assert (status, headers["Retry-After"]) == (503, "5")
    check(body, "ProblemShape")


@pytest.mark.parametrize(
    ("path", "status", "parameter"),
    [
        ("nosuch/ranking", 404, "name"),
        ("optimal_allocation/ranking", 404, "name"),
        ("trend_strength/ranking?count=0", 400, "count"),
        ("trend_strength/ranking?count=51", 400, "count"),
        ("trend_strength/ranking?count=-1", 400, "count"),
        ("trend_strength/ranking?count=2.0", 400, "count"),
        ("trend_strength/ranking?count=%D9%A3", 400, "count"),
        ("trend_strength/ranking?count=1000000000000", 400, "count"),
        (f"trend_strength/ranking?count=2&{NAMED}", 400, "count"),
        ("trend_strength/ranking?count=2&count=2", 400, "count"),
        ("trend_strength/ranking?symbols=BTCUSDT", 400, "symbols"),
        ("trend_strength/ranking?symbols=", 400, "symbols"),
        ("trend_strength/ranking?symbols=BTCUSDT,NOSUCH", 404, "symbols"),
        ("trend_strength/ranking?symbol=BTCUSDT", 400, "symbol"),
        ("trend_strength/ranking?interval=5h", 400, "interval"),
        ("trend_strength/ranking?at=2024-08-05T14:10:01Z", 400, "at"),
    ],
)
async def test_what_is_wrong_is_a_problem_that_names_it(
    api: Api, path: str, status: int, parameter: str
) -> None:
    await check_refusal(api, path, status, parameter)


def test_every_score_of_a_symbol_has_a_ranking_in_the_document() -> None:
    for declared in SCORES:
        path = f"/composite/{declared.name}/ranking"
        assert (path in DOCUMENT["paths"]) == (declared.basket is None)
        if declared.basket is None:
            parameters = DOCUMENT["paths"][path]["get"]["parameters"]
            assert [one["name"] for one in parameters] == ["count", "symbols", "interval", "at"]
            assert not any(one["required"] for one in parameters)


class TestWithToken:
    @pytest.fixture
    def setting(self) -> Setting:
        return Setting(token="right-token", required=True)

    async def test_is_needed(self, api: Api) -> None:
        assert (await api.get(f"{RANKING}?{NAMED}"))[0] == 401
        assert not api.composites.asked
        assert (await api.get(f"{RANKING}?{NAMED}", Authorization="Bearer right-token"))[0] == 200
