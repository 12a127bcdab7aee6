"""What people see when they ask, through the real process and Telegram's own protocol."""

import asyncio
import random
import string

import pytest

from tests.support.app_under_test import AppUnderTest, Said

pytestmark = [pytest.mark.slow, pytest.mark.asyncio(loop_scope="module")]

GARBAGE_SEED = 20_261_122
GARBAGE_LINES = 50


async def private(app: AppUnderTest, name: str = "Ada", language: str = "en") -> tuple[int, int]:
    person = await app.person(name, language)
    return person, await app.chat([person])


async def test_a_card_with_a_chart_and_its_buttons(app: AppUnderTest) -> None:
    person, chat = await private(app)
    card = await app.card(chat, person, "/t btc 4h")
    assert card.has_photo
    assert "BTCUSDT" in card.text
    assert "4h" in card.text
    assert {"1h", "1d"} <= card.buttons.keys()


async def test_telegrams_send_limits_stand(app: AppUnderTest) -> None:
    limits = (await app.call("GET", app.chat_url, "/state"))["limits"]
    assert limits["enabled"]
    assert (limits["chat"], limits["group"], limits["overall"]) == (3, 20, 30)


async def test_every_button_does_something_and_none_is_dead(app: AppUnderTest) -> None:
    person, chat = await private(app, "Bea")
    asked = await app.say(chat, person, "/t eth 1h")
    card = await app.answer(chat, asked)
    for data in card.buttons.values():
        current = await app.answer(chat, asked)
        answered = await app.press(chat, person, current.id, data)
        assert answered["answer"] is not None, data
        assert (await app.answer(chat, asked)).text
    assert app.alive


async def test_interval_button_edits_in_place(app: AppUnderTest) -> None:
    person, chat = await private(app, "Cem")
    card = await app.card(chat, person, "/t btc 4h")
    await app.press(chat, person, card.id, card.buttons["1h"])
    edited = await app.answer(chat, 0, finished="1h</b>" if "</b>" in card.text else "1h\u00a0·")
    assert edited.id == card.id
    assert len(await app.messages(chat, card.id - 1)) == 1


async def test_why_explains_and_back_returns(app: AppUnderTest) -> None:
    person, chat = await private(app, "Dee")
    card = await app.card(chat, person, "/t btc 4h")
    why = next(data for data in card.buttons.values() if data.split("|")[1] == "w")
    await app.press(chat, person, card.id, why)
    explained = await app.answer(chat, 0, finished="From neutral to the score")
    back = next(iter(explained.buttons.values()))
    await app.press(chat, person, explained.id, back)
    again = await app.answer(chat, 0, finished="Speaks for it")
    assert again.text.splitlines()[0] == card.text.splitlines()[0]


async def test_turkish_speakers_read_turkish(app: AppUnderTest) -> None:
    person, chat = await private(app, "Elif", "tr")
    card = await app.card(chat, person, "/t btc 4h")
    assert "Destekleyen" in card.text or "Karşı çıkan" in card.text


async def test_a_group_is_answered_by_reply_and_only_when_meant(app: AppUnderTest) -> None:
    person = await app.person("Filiz")
    group = await app.chat([person], "supergroup", title="Traders")
    await app.say(group, person, "/t@someone_else_bot btc")
    await app.say(group, person, "/nothing_of_ours")
    asked = await app.say(group, person, f"/t@{await username(app, group, person)} btc 1h")
    card = await app.answer(group, asked)
    assert card.record["message"]["reply_to_message"]["message_id"] == asked
    assert len(await app.messages(group)) == 1


async def username(app: AppUnderTest, group: int, person: int) -> str:
    state = await app.call("GET", app.chat_url, "/state")
    return str(state["bot"]["username"])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("/t btc 4h @2099-01-01", "2099"),
        ("/t btc 7x", "7x"),
        ("/t nosuchcoin", "nosuchcoin"),
        ("/t btc 4h @tomorrow", "tomorrow"),
    ],
)
async def test_bad_words_are_quoted_with_an_example(app: AppUnderTest, text: str, expected: str) -> None:
    person, chat = await private(app, "Gül")
    said = await app.ask(chat, person, text)
    assert expected.casefold() in said.text.casefold()
    assert not said.has_photo


async def test_garbage_gets_one_answer_each(app: AppUnderTest) -> None:
    rng = random.Random(GARBAGE_SEED)
    asks = [one_garbage(app, number, rng) for number in range(GARBAGE_LINES)]
    answers = await asyncio.gather(*asks)
    assert len(answers) == GARBAGE_LINES
    assert all(len(said) == 1 for said in answers)
    assert app.alive


async def one_garbage(app: AppUnderTest, number: int, rng: random.Random) -> list[Said]:
    words = [
        "btc",
        "4h",
        "@-3d",
        "$eth",
        "BTC/USDT",
        "<b>",
        "&amp;",
        "@",
        "@@@",
        "🚀",
        "ığüşöç",
        "0",
        "-1",
        "1e9",
    ]
    letters = string.ascii_letters + string.punctuation
    line = " ".join(
        rng.choice([rng.choice(words), "".join(rng.choices(letters, k=rng.randint(1, 12)))])
        for _ in range(rng.randint(1, 4))
    )
    person, chat = await private(app, f"Person {number}")
    asked = await app.say(chat, person, f"/t {line}")
    await app.answer(chat, asked)
    return await app.messages(chat, asked)


async def test_two_hundred_people_cost_the_requests_of_one(app: AppUnderTest) -> None:
    people = [await private(app, f"Many {number}") for number in range(20)]
    await asyncio.gather(*(app.ask(chat, person, "/t sol 2h") for person, chat in people))
    person, chat = await private(app, "One")
    await app.ask(chat, person, "/t ada 2h")
    for symbol in ("SOLUSDT", "ADAUSDT"):  # waits for the other timeframes that a late card left behind
        await app.get(f"/analysis/trend?symbol={symbol}&interval=2h")
    together, alone = await asked_of(app, "SOLUSDT"), await asked_of(app, "ADAUSDT")
    assert 0 < together <= alone + 2


async def asked_of(app: AppUnderTest, symbol: str) -> int:
    """Count the requests for bars and prices of one symbol; the recorder asks for neither."""
    calls = (await app.call("GET", app.exchange_url, "/calls"))["calls"]
    own = ("klines", "ticker", "depth", "avgPrice")
    return sum(call["symbol"] == symbol and any(word in call["path"] for word in own) for call in calls)


async def test_http_answers_in_shape(app: AppUnderTest) -> None:
    status, body = await app.get("/analysis/trend?symbol=BTCUSDT&interval=4h")
    assert status == 200
    assert body["module"] == "trend"
    assert body["score"] == body["trend_score"]
    contributions = sum(group["contribution"] for group in body["groups"])
    assert body["score"] - body["neutral"] == pytest.approx(contributions, abs=1e-9)
