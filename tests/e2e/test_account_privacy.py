"""The account leaks nowhere: the real process with a key, odd amounts in the account, and everyone who might look.

The bot runs as it does in the world (``run``, not ``sandbox``), with the servers of the sandbox in the world's chat.
"""

import asyncio
import json
import sqlite3
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import pytest
import pytest_asyncio

from handlers.chat.callback_data import base36
from tests.support.app_under_test import AppUnderTest, Said
from tests.support.limits import PATIENCE_S
from utils.sandbox.deribit import DeribitSandbox
from utils.sandbox.exchange import ExchangeSandbox
from utils.sandbox.onchain import OnchainSandbox
from utils.sandbox.telegram.server import TelegramSandbox

pytestmark = [pytest.mark.slow, pytest.mark.asyncio(loop_scope="module")]

OWNER = 424_242
KEY, SECRET, TOKEN = "readonly" * 8, "neverlog" * 8, "correct-horse-battery-staple"
ENTRY, CASH, AMOUNT = "91234.57", "71337.73", "0.31379"
HELD = ("AVAX", "LINK")
"""Coins that the account holds and nobody asks about."""
NEEDLES = (ENTRY, CASH, AMOUNT, "91,234.57", "71,337.73", KEY, SECRET, TOKEN)
TITLE = "Your account"
ASK = "/analysis/risk?symbol=BTCUSDT&interval=4h"
FORGED = (
    "1|x|r|BTCUSDT|4h|-|-",
    f"1|x|r|BTCUSDT|4h|-|{base36(OWNER)}",
    "1|r|risk|ETHUSDT|4h|-|-",
    "0|x|r|BTCUSDT|4h",
)
ACCOUNT: dict[str, Any] = {
    "key": {"api_key": KEY, "secret": SECRET},
    "balances": [
        {"asset": "USDT", "free": CASH},
        {"asset": "USDT", "free": "53819.91", "market": "futures"},
        *({"asset": coin, "free": "4711.917"} for coin in HELD),
    ],
    "positions": [{"symbol": "BTCUSDT", "amount": AMOUNT, "entry": ENTRY, "leverage": 20}],
}


@dataclass
class Watched:
    """The app, its owner's chat, and everything that reached anyone else."""

    app: AppUnderTest
    chats: list[int] = field(default_factory=list)
    seen: list[str] = field(default_factory=list)

    async def stranger(self, name: str) -> int:
        person = await self.app.person(name)
        self.chats.append(person)
        return person

    async def group(self, *members: int) -> int:
        chat = await self.app.chat(list(members), "supergroup", title="Traders")
        self.chats.append(chat)
        return chat

    async def ask(self, chat: int, person: int, text: str) -> Said:
        return await self.app.card(chat, person, text)

    async def http(self, path: str, token: str | None = None) -> tuple[int, str]:
        headers = {} if token is None else {"Authorization": f"Bearer {token}"}
        async with (
            aiohttp.ClientSession() as session,
            session.get(self.app.http_url + path, headers=headers) as answer,
        ):
            return answer.status, await answer.text()

    async def inline_risk(self, person: int) -> str:
        """What is offered inline, asked until the card that has the account at home is among it."""
        async with asyncio.timeout(PATIENCE_S):
            while True:
                found = json.dumps(await self.app.inline(person, "btc 4h"), ensure_ascii=False)
                self.seen.append(found)
                if '"risk:BTCUSDT' in found:
                    return found

    async def told(self) -> str:
        """What reached anyone but the owner at home, earlier versions included."""
        told = list(self.seen)
        for chat in self.chats:
            found = await self.app.call("GET", self.app.chat_url, f"/chats/{chat}/messages")
            told.append(json.dumps(found, ensure_ascii=False))
        return "\n".join(told)

    async def everything_else(self) -> str:
        """What reached anyone but the owner at home, earlier versions included, and all that was logged."""
        return f"{self.app.output}\n{await self.told()}"

    def digests_come_now(self) -> None:
        """Set the turn of every digest to this moment."""
        with sqlite3.connect(self.app.folder / "bot.db", timeout=PATIENCE_S) as database:
            database.execute("UPDATE digest SET due_at = ?", (time.time_ns() // 1_000_000,))
        database.close()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def watched(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Watched]:
    exchange, telegram = ExchangeSandbox("127.0.0.1:0"), TelegramSandbox("127.0.0.1:0", limits=True)
    async with AsyncExitStack() as stack:
        await exchange.start()
        stack.push_async_callback(exchange.stop)
        deribit = DeribitSandbox(exchange)
        await deribit.start()
        stack.push_async_callback(deribit.stop)
        onchain = OnchainSandbox(exchange)
        await onchain.start()
        stack.push_async_callback(onchain.stop)
        await telegram.start()
        stack.push_async_callback(telegram.stop)
        folder = tmp_path_factory.mktemp("keyed")
        generous = folder / "bot.toml"  # or the quota would refuse the later attempts
        generous.write_text("[chat]\ncommands_per_minute = 600\n")
        settings = environment_of(exchange, telegram)
        settings |= {"BOT_CONFIG": str(generous), "DERIBIT_URL": deribit.url}
        settings |= {f"{name.upper()}_URL": address for name, address in onchain.addresses.items()}
        app = AppUnderTest(folder, settings, "run")
        await stack.enter_async_context(app)
        app.chat_url, app.exchange_url = telegram.root_url, exchange.spot_url
        body = {"id": OWNER, "first_name": "Olga", "language_code": "en"}
        await app.call("POST", app.chat_url, "/users", body)
        await app.call("PUT", app.exchange_url, "/account", ACCOUNT)
        yield Watched(app)


def environment_of(exchange: ExchangeSandbox, telegram: TelegramSandbox) -> dict[str, str]:
    spot, futures = exchange.spot_url, exchange.futures_url
    return {
        "TELEGRAM_BOT_TOKEN": telegram.bot_token,
        "TELEGRAM_API_URL": telegram.root_url,
        "BINANCE_SPOT_REST_URL": spot,
        "BINANCE_SPOT_WS_URL": spot.replace("http", "ws"),
        "BINANCE_SPOT_WS_API_URL": spot.replace("http", "ws") + "/ws-api/v3",
        "BINANCE_FUTURES_REST_URL": futures,
        "BINANCE_FUTURES_WS_URL": futures.replace("http", "ws"),
        "BINANCE_OPTIONS_REST_URL": exchange.options_url,
        "BINANCE_API_KEY": KEY,
        "BINANCE_API_SECRET": SECRET,
        "BOT_OWNER_IDS": str(OWNER),
        "HTTP_TOKEN": TOKEN,
        "LOG_LEVEL": "DEBUG",
    }


def leaks(told: str) -> list[str]:
    return [needle for needle in (*NEEDLES, TITLE, "account_risk") if needle in told]


async def home_card(watched: Watched) -> Said:
    """The owner's card at home, as text: the account is on it, or nothing of this file would mean anything."""
    card = await watched.ask(OWNER, OWNER, "/r btc 4h")
    assert card.has_photo, card.text
    assert TITLE in card.text
    await watched.app.press(OWNER, OWNER, card.id, card.buttons["Text"])
    text = await watched.app.answer(OWNER, 0, finished="What it may lose")
    assert "91,234.57" in text.text
    assert "71,337.73" in text.text
    return text


async def test_the_owner_sees_it_at_home_and_with_the_token(watched: Watched) -> None:
    await home_card(watched)
    status, body = await watched.http(ASK, TOKEN)
    assert status == 200
    account = json.loads(body)["account"]
    assert account["positions"][0]["entry"] == float(ENTRY)
    assert account["positions"][0]["amount"] == float(AMOUNT)
    assert 0 < json.loads(body)["account_risk"] < 1


async def test_nothing_leaks(watched: Watched) -> None:
    app = watched.app
    text = await home_card(watched)
    stranger = await watched.stranger("Sam")
    group = await watched.group(OWNER, stranger)

    await watched.ask(group, OWNER, "/r btc 4h")
    await watched.ask(stranger, stranger, "/r btc 4h")
    await watched.ask(group, stranger, "/risk eth 4h")
    for chat, person in ((group, OWNER), (stranger, stranger)):
        for data in (*text.buttons.values(), *FORGED):
            card = (await app.messages(chat))[-1]  # a picture that became a text is another message
            pressed = await app.press(chat, person, card.id, data)
            watched.seen.append(json.dumps(pressed, ensure_ascii=False))
    await app.ask(group, OWNER, "/help r")
    for path in (ASK, f"{ASK}&token={TOKEN[:4]}", f"{ASK}&at=2026-01-01T00:00:00Z"):
        for token in (None, "wrong", TOKEN[:-1]):
            status, body = await watched.http(path, token)
            assert status < 500
            watched.seen.append(body)

    told = await watched.everything_else()
    assert "BTCUSDT" in told
    assert '"level": "debug"' in app.output
    assert leaks(app.output) == []
    assert leaks(told) == []
    assert leaks(told + text.text) != []  # the search does find what is there


async def assert_private(watched: Watched) -> None:
    """Nothing of the account, and no coin that only the account names, has reached anybody else."""
    told = await watched.told()
    assert leaks(told) == []
    assert [coin for coin in HELD if coin in told] == []


async def test_what_is_held_is_a_basket_at_home_alone(watched: Watched) -> None:
    home = await watched.ask(OWNER, OWNER, "/al 1d")
    assert all(coin in home.text for coin in HELD), home.text
    stranger = await watched.stranger("Tim")
    group = await watched.group(OWNER, stranger)
    for chat, person in ((group, OWNER), (group, stranger), (stranger, stranger)):
        for command in ("/al", "/oa"):
            await watched.app.ask(chat, person, command)
    await assert_private(watched)


async def test_inline_results_are_those_of_anybody(watched: Watched) -> None:
    """The owner's too: what is chosen inline is posted in any chat."""
    for person in (OWNER, await watched.stranger("Uma")):
        assert "BTCUSDT 4h" in await watched.inline_risk(person)
        watched.seen.append(json.dumps(await watched.app.inline(person, ""), ensure_ascii=False))
    await assert_private(watched)


async def test_guests_see_what_anybody_sees(watched: Watched) -> None:
    app, stranger = watched.app, await watched.stranger("Val")
    elsewhere = await app.chat([OWNER, stranger], "supergroup", bot=False)
    watched.chats.append(elsewhere)
    for person in (OWNER, stranger):
        for command in ("/r btc 4h", "/al"):
            await app.ask(elsewhere, person, f"@SandboxBot {command}")
    assert "BTCUSDT" in await watched.told()
    await assert_private(watched)


async def test_alerts_tell_the_account_to_nobody(watched: Watched) -> None:
    """Not even to the owner at home, where the chart that is asked for has it."""
    app, stranger = watched.app, await watched.stranger("Wes")
    group = await watched.group(OWNER, stranger)
    for chat, person in ((OWNER, OWNER), (group, OWNER), (stranger, stranger)):
        asked = await app.say(chat, person, "/alert btc risk.4h > 0.001 | price > 1 cooldown 2h")
        made = await app.answer(chat, asked, finished="is set")
        push = await app.answer(chat, made.id, finished="BTCUSDT: ")
        watched.seen += [made.text, push.text]
        await app.press(chat, person, push.id, push.buttons["Chart"])
        chart = await app.answer(chat, push.id, finished="BTCUSDT")
        assert (TITLE in chart.text) == (chat == OWNER)
        watched.seen.append((await app.ask(chat, person, "/alerts")).text)
    await assert_private(watched)


async def test_digests_tell_the_account_to_nobody(watched: Watched) -> None:
    app, stranger = watched.app, await watched.stranger("Xia")
    group = await watched.group(OWNER, stranger)
    made = [
        (chat, await app.say(chat, person, "/digest 08:00 btc 4h"))
        for chat, person in ((OWNER, OWNER), (group, OWNER), (stranger, stranger))
    ]
    listed = [(chat, await app.answer(chat, asked, finished="BTC")) for chat, asked in made]
    watched.digests_come_now()
    for chat, answer in listed:
        digest = await app.answer(chat, answer.id, finished="Digest 1")
        assert "Risk" in digest.text
        watched.seen += [answer.text, digest.text]
    await assert_private(watched)
