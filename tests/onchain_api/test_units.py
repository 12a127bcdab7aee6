"""Each adapter on recorded or documented answers: units, days, what is absent, and what is not a value."""

import json
from pathlib import Path

import numpy as np
import pytest

from tests.onchain_api.server import DAY, lab
from utils.http.errors import Unavailable
from utils.onchain_api.bgeometrics import BGeometrics
from utils.onchain_api.coinglass import CoinGlass
from utils.onchain_api.coinmetrics import CoinMetrics
from utils.onchain_api.cryptoquant import CryptoQuant
from utils.onchain_api.defillama import DefiLlama
from utils.onchain_api.facts import BALANCES, ETF, FLOWS, MARKET, PROFIT, SOPR, STABLECOINS, VALUATION, WHALES
from utils.onchain_api.farside import Farside, FlowPage, parse_day, parse_millions
from utils.onchain_api.glassnode import Glassnode
from utils.onchain_api.wire import day_of_seconds, day_of_text

SEP_7 = 1_788_739_200_000
"""2026-09-07."""


def sample(shared_data: Path, name: str) -> str:
    return (shared_data / "samples" / name).read_text()


def page(*rows: tuple[str, ...], header: tuple[str, ...] = ("", "IBIT", "Total")) -> str:
    cells = "".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in rows)
    head = "".join(f"<th>{name}</th>" for name in header)
    return f"<table><thead><tr>{head}</tr></thead><tbody>{cells}</tbody></table>"


async def test_two_etf_providers_give_one_answer_over_a_factor_of_a_million() -> None:
    """Farside writes US$ millions, CoinGlass US$: -958.6 and -958600000 are the same flow."""
    async with lab() as it:
        it.server.bodies["/bitcoin-etf-flow-all-data/"] = page(
            ("07 Sep 2026", "(958.6)", "(958.6)"), ("08 Sep 2026", "-", "-")
        )
        it.server.bodies["/flow-history"] = {
            "code": "0",
            "data": [{"timestamp": SEP_7, "flow_usd": -958_600_000, "etf_flows": []}],
        }
        one = await Farside(it.server.url, it.network).read(ETF, "BTC", 0)
        two = await CoinGlass(it.server.url, "secret", it.network).read(ETF, "BTC", 0)
        np.testing.assert_array_equal(one.day, two.day)
        np.testing.assert_allclose(one.values["flow_usd"], two.values["flow_usd"], rtol=1e-12)
        assert one.values["flow_usd"].tolist() == [-958_600_000.0]
        assert it.server.asked[1].headers["cg-api-key"] == "secret"
        assert "secret" not in str(it.server.asked[1].query)


async def test_the_newest_row_of_farside_is_provisional(shared_data: Path) -> None:
    async with lab() as it:
        it.server.bodies["/bitcoin-etf-flow-all-data/"] = sample(shared_data, "farside_btc_table.html")
        rows = await Farside(it.server.url, it.network).read(ETF, "BTC", 0)
        assert rows.day.tolist() == [SEP_7]
        assert rows.values["flow_usd"].tolist() == pytest.approx([-958.6e6])
        assert rows.known_at.tolist() == [SEP_7 + 2 * DAY]


def test_a_table_of_flows_is_read_by_its_header() -> None:
    rows = (
        ("Fee", "0.25%", "0.1%", ""),
        ("04 Sep 2026", "5.0", "-", "5.0"),
        ("07 Sep 2026", "0.0", "0.0", "0.0"),
        ("08 Sep 2026", "-", "-", "-"),
        ("09 Sep 2026", "1.0"),
        ("Total", "1", "2", "3"),
        ("Average", "1", "2", "3"),
        ("Maximum", "1", "2", "3"),
        ("Minimum", "1", "2", "3"),
    )
    flows, days = FlowPage().decode(page(*rows, header=("", "IBIT", "NEW", "Total")).encode())
    assert flows == {SEP_7 - 3 * DAY: 5e6, SEP_7: 0.0}
    assert days == (SEP_7 - 3 * DAY, SEP_7, SEP_7 + DAY, SEP_7 + 2 * DAY)
    with pytest.raises(Unavailable, match="no table of flows"):
        FlowPage().decode(b"<html>Just a moment</html>")


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("(1,014.2)", -1014.2),
        ("0.0", 0.0),
        ("-", None),
        ("", None),
        ("-3.5", -3.5),
        ("1e5", None),
        ("…", None),
        ("nan", None),
        ("99,999,999.0", None),
        ("(0.0)", 0.0),
    ],
)
def test_numbers_of_a_table(text: str, value: float | None) -> None:
    assert parse_millions(text) == value


def test_days_are_days_or_nothing() -> None:
    assert parse_day("08 Sep 2026") == SEP_7 + DAY
    assert parse_day("8 Sep 2026") == SEP_7 + DAY
    assert [parse_day(text) for text in ("Total", "31 Feb 2026", "08/09/2026")] == [None] * 3
    assert day_of_text("2026-09-07T00:00:00.000000000Z") == SEP_7
    assert day_of_text("2026-09-07 00:00:00") == SEP_7
    assert [day_of_text(text) for text in ("2026-09-07T01:00:00Z", "2026-13-01", "x")] == [None] * 3
    assert day_of_seconds(SEP_7 / 1000 + 5) == SEP_7
    assert [day_of_seconds(number) for number in (0, 1e12, -1)] == [None] * 3


async def test_coin_metrics_has_strings_nanoseconds_and_its_own_moment_of_knowing(shared_data: Path) -> None:
    """A day is known when it was complete: on a day that was computed anew years later, years later."""
    row = json.loads(sample(shared_data, "coinmetrics_community_asset_metrics.json"))["data"][0]
    done = {"asset": "btc", "time": "2024-01-02T00:00:00.000000000Z", "AssetEODCompletionTime": "1704254400"}
    async with lab() as it:
        it.server.bodies["/asset-metrics"] = {
            "data": [row, {**done, "CapMVRVCur": "2.1", "CapMrktCurUSD": "8.4e11"}, {**done, "time": "odd"}]
        }
        rows = await CoinMetrics(it.server.url, it.network).read(VALUATION, "BTC", 0)
        first = 1_704_067_200_000
        assert rows.day.tolist() == [first, first + DAY]
        assert rows.known_at.tolist() == [first + DAY + 4 * 3_600_000, 1_704_254_400_000]
        np.testing.assert_array_equal(rows.values["mvrv"], [1.2, 2.1])
        np.testing.assert_array_equal(rows.values["market_cap_usd"], [np.nan, 8.4e11])
        query = it.server.asked[0].query
        assert query["metrics"] == "CapMrktCurUSD,CapMVRVCur,AssetEODCompletionTime"
        assert (query["paging_from"], query["page_size"]) == ("start", "10000")


async def test_coin_metrics_pages_are_followed_by_their_token() -> None:
    def answer(query: dict[str, str]) -> dict[str, object]:
        at = query.get("next_page_token", "a")
        day = {"a": "2024-01-01", "b": "2024-01-02", "c": "2024-01-03"}[at]
        found = {"data": [{"time": f"{day}T00:00:00.000000000Z", "SplyExNtv": "3.5"}]}
        more = {"a": "b", "b": "c"}.get(at)
        return found | ({"next_page_token": more, "next_page_url": "https://elsewhere.test"} if more else {})

    async with lab() as it:
        it.server.bodies["/asset-metrics"] = answer
        rows = await CoinMetrics(it.server.url, it.network).read(BALANCES, "ETH", 0)
        assert rows.values["balance_native"].tolist() == [3.5] * 3
        assert [asked.query.get("next_page_token") for asked in it.server.asked] == [None, "b", "c"]
        assert it.server.asked[0].query["assets"] == "eth"


async def test_ten_requests_in_six_seconds_are_the_most() -> None:
    async with lab() as it:
        it.server.bodies["/asset-metrics"] = {"data": []}
        provider = CoinMetrics(it.server.url, it.network)
        for _ in range(9):
            await provider.read(FLOWS, "BTC", 0)
        assert sum(it.clock.slept) > 0


async def test_defillama_counts_the_dollar_alone_and_no_absent_value_as_zero(shared_data: Path) -> None:
    async with lab() as it:
        it.server.bodies["/all"] = sample(shared_data, "defillama_stablecoincharts_all.json")
        provider = DefiLlama(it.server.url, it.network)
        rows = await provider.read(STABLECOINS, MARKET, 0)
        assert rows.day.tolist() == [1_758_931_200_000, 1_759_017_600_000]
        assert rows.values["supply_usd"].tolist() == [305e9, 306.305e9]
        assert rows.known_at.tolist() == [day + DAY + 3_600_000 for day in rows.day.tolist()]
        it.server.bodies["/all"] = {"message": "Internal server error"}
        with pytest.raises(Unavailable, match="unexpected shape"):
            await provider.read(STABLECOINS, MARKET, 0)


async def test_coinglass_adds_up_exchanges_that_were_there_all_along(shared_data: Path) -> None:
    documented = json.loads(sample(shared_data, "coinglass_v4_exchange_balance_chart.json"))
    chart = {
        "time_list": [SEP_7, SEP_7 + DAY],
        "data_map": {"one": [5.0, 6.0], "joined": [None, 900.0], "two": [1.0, 1.5]},
    }
    async with lab() as it:
        provider = CoinGlass(it.server.url, "secret", it.network)
        it.server.bodies["/chart"] = documented
        rows = await provider.read(BALANCES, "BTC", 0)
        assert rows.values["balance_native"].tolist() == pytest.approx([15_167.03527 + 23_412.723])
        it.server.bodies["/chart"] = {"code": "0", "data": [chart]}
        assert (await provider.read(BALANCES, "BTC", 0)).values["balance_native"].tolist() == [6.0, 7.5]
        chart["data_map"] = {"one": [5.0]}
        with pytest.raises(Unavailable, match="same length"):
            await provider.read(BALANCES, "BTC", 0)


async def test_coinglass_etf_sample_is_in_dollars(shared_data: Path) -> None:
    async with lab() as it:
        it.server.bodies["/ethereum/flow-history"] = sample(shared_data, "coinglass_v4_etf_flow_history.json")
        rows = await CoinGlass(it.server.url, "secret", it.network).read(ETF, "ETH", 0)
        assert rows.values["flow_usd"].tolist() == [106_600_000.0]


async def test_glassnode_nulls_are_absent(shared_data: Path) -> None:
    async with lab() as it:
        it.server.bodies["/sopr"] = sample(shared_data, "glassnode_timeseries.json")
        rows = await Glassnode(it.server.url, "secret", it.network, per_day=50).read(SOPR, "BTC", 1_000)
        assert rows.day.tolist() == [1_767_225_600_000]
        assert rows.values["sopr"].tolist() == [-12_345.6]
        asked = it.server.asked[0]
        assert asked.path == "/v1/metrics/indicators/sopr"
        assert asked.query == {"a": "BTC", "i": "24h", "s": "1"}
        assert asked.headers["x-api-key"] == "secret"


async def test_cryptoquant_rows_are_sorted_by_date(shared_data: Path) -> None:
    shapes = json.loads(sample(shared_data, "cryptoquant_shapes.json"))
    whale = next(body for name, body in shapes.items() if name.startswith("whale"))
    newest_first = [{"date": "2026-01-03", "sopr": 1.02}, {"date": "2026-01-02", "sopr": "1.01"}]
    async with lab() as it:
        provider = CryptoQuant(it.server.url, "secret", it.network, per_minute=20)
        it.server.bodies["/exchange-whale-ratio"] = whale
        assert (await provider.read(WHALES, "BTC", 0)).values["whale_ratio"].tolist() == [0.45]
        it.server.bodies["/sopr"] = {"status": {"code": 200}, "result": {"data": newest_first}}
        assert (await provider.read(SOPR, "BTC", 0)).values["sopr"].tolist() == [1.01, 1.02]
        assert it.server.asked[0].query["exchange"] == "all_exchange"
        assert it.server.asked[0].headers["authorization"] == "Bearer secret"
        it.server.bodies["/sopr"] = {"status": {"code": 200}}
        with pytest.raises(Unavailable, match="`result` is missing"):
            await provider.read(SOPR, "BTC", 0)


async def test_bgeometrics_may_write_numbers_as_text() -> None:
    async with lab() as it:
        it.server.bodies["/v1/nrpl-usd"] = [
            {"d": "2026-11-01", "unixTs": "1793491200", "nrplUsd": "-2.5E8"},
            {"d": "2026-11-02", "unixTs": "1793577600", "nrplUsd": None},
            {"d": "2026-11-03", "unixTs": "1793664000", "nrplUsd": "NaN"},
        ]
        rows = await BGeometrics(it.server.url, it.network).read(PROFIT, "BTC", 0)
        assert rows.values["realised_pnl_usd"].tolist() == [-2.5e8]
        assert rows.known_at[0] - rows.day[0] == 8 * DAY + DAY // 2


@pytest.mark.parametrize("value", ['"NaN"', '"inf"', "1e999", '"-Infinity"'])
async def test_numbers_that_are_none_are_no_values(value: str) -> None:
    async with lab() as it:
        good = '{"date": "1758931200", "totalCirculatingUSD": {"peggedUSD": 5}}'
        it.server.bodies["/all"] = (
            f'[{good}, {{"date": "1759017600", "totalCirculatingUSD": {{"peggedUSD": {value}}}}}]'
        )
        rows = await DefiLlama(it.server.url, it.network).read(STABLECOINS, MARKET, 0)
        assert rows.values["supply_usd"].tolist() == [5.0]
