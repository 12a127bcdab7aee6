"""The common controls over HTTP."""

from tests.sandbox.exchange.conftest import NOW_MS, Client, clock, exchange, own_client

__all__ = ["clock", "exchange", "own_client"]


async def test_state_tells_mode_clock_and_faults(own_client: Client) -> None:
    status, state = await own_client.control("GET", "/state")
    assert status == 200
    assert state["mode"] == "simulated"
    assert state["clock"]["now"] == NOW_MS
    assert state["faults"] == []


async def test_the_clock_is_read_set_and_advanced(own_client: Client) -> None:
    assert (await own_client.control("POST", "/clock/advance", ms=1_000))[1]["now"] == NOW_MS + 1_000
    _, told = await own_client.control("PUT", "/clock", now="2026-11-21T00:00:00Z")
    assert told["iso"] == "2026-11-21T00:00:00.000+00:00"
    assert (await own_client.control("PUT", "/clock", now="yesterday"))[0] == 400
    assert (await own_client.control("POST", "/clock/advance", ms="1"))[0] == 400


async def test_faults_are_added_listed_and_removed(own_client: Client) -> None:
    _, added = await own_client.control(
        "POST", "/faults", match={"market": "spot"}, fault={"latency": {"ms": 1}}, count=3
    )
    _, listed = await own_client.control("GET", "/faults")
    assert [(fault["id"], fault["count"]) for fault in listed] == [(added["id"], 3)]
    assert (await own_client.control("DELETE", f"/faults/{added['id']}"))[0] == 200
    assert (await own_client.control("DELETE", f"/faults/{added['id']}"))[0] == 404
    assert (await own_client.control("POST", "/faults", match={}, fault=7))[0] == 400
    status, told = await own_client.control("POST", "/faults", match={}, fault="latancy")
    assert status == 400
    assert "latancy" in told["error"]


async def test_calls_are_told_without_secrets(own_client: Client) -> None:
    await own_client.get("/fapi/v1/ping", signature="abc")
    _, calls = await own_client.control("GET", "/calls")
    assert [(call["path"], call["query"], call["weight"], call["status"]) for call in calls["calls"]] == [
        ("/fapi/v1/ping", {"signature": "***"}, 1, 200)
    ]
    _, later = await own_client.control("GET", f"/calls?after={calls['last']}")
    assert later["calls"] == []


async def test_reset_forgets_faults_calls_and_takes_a_seed(own_client: Client) -> None:
    await own_client.control("POST", "/faults", match={}, fault="not_json")
    status, _ = await own_client.control("POST", "/reset", seed=9)
    assert status == 200
    _, state = await own_client.control("GET", "/state")
    assert (state["seed"], state["faults"]) == (9, [])
    assert (await own_client.control("GET", "/calls"))[1]["calls"] == []
    assert (await own_client.control("POST", "/reset", seed="x"))[0] == 400
