"""Every module as people meet it: card, chart, buttons, Turkish, JSON, a past moment."""

from pathlib import Path

import pytest

from analysis.framework.module import AnyModule
from analysis.registry import MODULES
from handlers.render.html import DOT
from tests.e2e.test_past import recorded_close
from tests.support.app_under_test import AppUnderTest

pytestmark = [pytest.mark.slow, pytest.mark.asyncio(loop_scope="module")]

every_module = pytest.mark.parametrize("module", MODULES, ids=lambda module: module.id)
FOUR_HOURS = [module for module in MODULES if module.interval is None]
FIXED = [module for module in MODULES if module.interval not in {None, "1d"}]  # days are recorded
AT = "2022-11-09T00:00:00Z"


def short(module: AnyModule) -> str:
    return min(module.commands, key=len)


@every_module
async def test_card_buttons_and_explanation(app: AppUnderTest, module: AnyModule) -> None:
    person = await app.person("Gül")
    chat = await app.chat([person])
    asked = await app.say(chat, person, f"/{short(module)} btc 4h")
    card = await app.answer(chat, asked)
    assert card.has_photo
    heading = card.text.split("\n")[0].split(DOT)
    assert (heading[0], heading[-2:]) == ("BTCUSDT", [module.interval_of("4h"), module.title])
    for data in card.buttons.values():
        current = await app.answer(chat, asked)
        answered = await app.press(chat, person, current.id, data)
        assert answered["answer"] is not None, data
    why = next(data for data in card.buttons.values() if data.split("|")[1] == "w")
    # a simulated market may leave a score too uncertain to be given
    explained = "of the weights" if "No score" in card.text else "From neutral to the score"
    await app.show(chat, person, asked, why, explained)
    assert app.alive


@every_module
async def test_turkish_card_and_help(app: AppUnderTest, module: AnyModule) -> None:
    person = await app.person("Işık", "tr")
    chat = await app.chat([person])
    card = await app.card(chat, person, f"/{short(module)} btc 4h")
    assert module.title not in card.text
    assert not {"Last bar closed", "Missing", "Key metrics"} & set(card.text.splitlines())
    page = await app.ask(chat, person, f"/help {short(module)}")
    assert module.question not in page.text


@every_module
async def test_json_adds_up(app: AppUnderTest, module: AnyModule) -> None:
    status, body = await app.get(f"/analysis/{module.id}?symbol=BTCUSDT&interval=4h")
    assert status == 200
    assert body["module"] == module.id
    assert body["score"] == body[module.score.name]
    away = 0.0 if body["score"] is None else body["score"] - body["neutral"]
    assert (body["score"] is None) == bool(body["null_reasons"])
    assert sum(g["contribution"] for g in body["groups"]) == pytest.approx(away, abs=1e-9)
    for name, words in module.labels.items():
        assert body[name] in words
    assert {metric["id"] for metric in body["metrics"]} == {spec.id for spec in module.metrics}
    for metric in body["metrics"]:  # a value may be shown that is too old to count
        uncounted = metric["weight"] > 0 and metric["signal"] is None
        assert (metric["value"] is None or uncounted) == (metric["reason"] is not None), metric
    assert "account" not in body


@pytest.mark.parametrize("module", FOUR_HOURS, ids=lambda module: module.id)
async def test_a_past_moment_rests_on_recorded_bars(
    replay_app: AppUnderTest, shared_data: Path, module: AnyModule
) -> None:
    person = await replay_app.person()
    chat = await replay_app.chat([person])
    card = await replay_app.card(chat, person, f"/{short(module)} btc 4h @2022-11-09")
    status, body = await replay_app.get(f"/analysis/{module.id}?symbol=BTCUSDT&interval=4h&at={AT}")
    assert status == 200
    assert body["bar_close"] == "2022-11-08T23:59:59.999Z"
    spot = recorded_close(shared_data)
    # the perpetual has a recording of its own
    assert body["price"] == (spot if module.market is None else pytest.approx(spot, rel=0.005))
    assert "2022" in card.text
    assert ("No score" if body["score"] is None else f"{body['score']:.2f}") in card.text


@pytest.mark.parametrize("module", FIXED, ids=lambda module: module.id)
async def test_a_past_moment_without_recorded_bars_is_said(
    replay_app: AppUnderTest, module: AnyModule
) -> None:
    person = await replay_app.person()
    chat = await replay_app.chat([person])
    said = await replay_app.ask(chat, person, f"/{short(module)} btc @2022-11-09")
    assert not said.has_photo
    assert module.interval_of("4h") in said.text
    assert replay_app.alive


@every_module
async def test_a_silent_exchange_is_said_in_one_line(app: AppUnderTest, module: AnyModule) -> None:
    person = await app.person()
    chat = await app.chat([person])
    fault = {"status": {"code": 503, "body": "Service Unavailable."}}
    await app.fault(app.exchange_url, {"kind": "rest"}, fault, count=10_000)
    said = await app.ask(chat, person, f"/{short(module)} doge 2h")
    await app.call("DELETE", app.exchange_url, "/faults")
    assert not said.has_photo
    assert len(said.text.splitlines()) <= 2
    assert app.alive
