"""``/reload`` and ``/config``: all or nothing, with the difference; overrides survive and can be taken back."""

import asyncio
from pathlib import Path

import pytest

from bot.administration.files import OVERRIDE
from config.c_chat import ChatConfig
from config.loader import Snapshot
from handlers.admin.ports import SIGNAL, Doer
from tests.bot.administration.house import KEY, OWNER, House, house
from tests.support.limits import PATIENCE_S
from utils.http.errors import Unavailable
from utils.store.audit import AuditEntry

DOER = Doer(OWNER.id, OWNER.id)
PASSWORD = "HUNTER2USDT"  # no setting takes any text, so that only one that looks like a symbol can get there
ENTRY = AuditEntry(5, OWNER.id, OWNER.id, "config", "x")


def period(snapshot: Snapshot) -> object:
    return snapshot.sections["trend"].model_dump()["rsi_period"]


def chat(made: House) -> ChatConfig:
    return made.holder.newest.section("chat", ChatConfig)


async def test_a_reload_answers_with_the_difference_and_is_audited(tmp_path: Path) -> None:
    async with house(tmp_path, "[trend]\nrsi_period = 20\n") as made:
        assert await made.said("/reload") == "In force; nothing is different."
        made.file.write_text('[trend]\nrsi_period = 21\n[chat]\ntheme = "light"\n')
        answer = await made.said("/reload")
        assert answer.splitlines() == [
            "In force; 2 keys are different",
            'chat.theme: "dark" → "light"',
            "trend.rsi_period: 20 → 21",
        ]
        assert (period(made.holder.newest), chat(made).theme) == (21, "light")
        assert await made.audited() == [
            (1, "reload", "0 keys", None, None),
            (1, "reload", "chat.theme", '"dark"', '"light"'),
            (1, "reload", "trend.rsi_period", "20", "21"),
        ]


async def test_a_secret_among_the_changes_of_a_reload_is_not_told(tmp_path: Path) -> None:
    async with house(tmp_path, secret=PASSWORD) as made:
        for symbol, said in ((PASSWORD, '"BTCUSDT" → "***"'), ("BTCUSDT", '"***" → "BTCUSDT"')):
            made.file.write_text(f'[chat]\ndefault_symbol = "{symbol}"\n')
            assert f"chat.default_symbol: {said}" in await made.said("/reload")
        await made.said(f'/config chat.default_symbol="{PASSWORD}"')
        assert len(await made.audited()) == 3
        assert not any(PASSWORD in str(entry) for entry in await made.audited())


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[trend]\nrsi_period = 1", "trend.rsi_period = 1: expected greater than or equal to"),
        ("[trend]\nrsi_perod = 14", "trend.rsi_perod = 14: unknown key"),
        ("[trend", "expected valid TOML"),
        ("[[[[", "expected valid TOML"),
        (f"[telegram]\ntoken = '{KEY}'", "telegram = {'token': '***'}: unknown section"),
        ("[trend]\nrsi_period = " + "[" * 5_000, "expected valid TOML"),
    ],
)
async def test_an_invalid_file_changes_nothing_and_every_problem_is_named(
    tmp_path: Path, text: str, said: str
) -> None:
    async with house(tmp_path, '[chat]\ntheme = "light"\n') as made:
        before = made.holder.newest
        made.file.write_text(text)
        answer = await made.said("/reload")
        assert answer.startswith("Refused; the configuration stays as it was\n")
        assert "bot.toml" in answer
        assert said in answer
        assert KEY not in answer
        assert made.holder.newest is before
        assert await made.audited() == []
        assert made.configuration.reloads == {"accepted": 0, "refused": 1}
        assert made.configuration.last_refused
        made.file.write_text("")
        await made.said("/reload")
        assert made.configuration.reloads == {"accepted": 1, "refused": 1}
        assert not made.configuration.last_refused


async def test_an_override_lies_over_the_file_until_it_is_taken_back(tmp_path: Path) -> None:
    async with house(tmp_path, "[trend]\nrsi_period = 20\n") as made:
        assert (await made.said("/config trend.rsi_period=21")).endswith("trend.rsi_period: 20 → 21")
        assert (await made.said("/config trend.rsi_period = 25")).endswith("trend.rsi_period: 21 → 25")
        made.file.write_text("[trend]\nrsi_period = 30\n")
        assert await made.said("/reload") == "In force; nothing is different."
        assert (await made.said("/config undo")).splitlines()[::2] == [
            "Taken back: trend.rsi_period.",
            "trend.rsi_period: 25 → 21",
        ]
        assert (await made.said("/config undo")).endswith("trend.rsi_period: 21 → 30")
        assert await made.said("/config undo") == "There is no override."
        assert made.file.read_text() == "[trend]\nrsi_period = 30\n"
        assert [entry[1:] for entry in await made.audited() if entry[1] != "reload"] == [
            ("config", "trend.rsi_period", "20", "21"),
            ("config", "trend.rsi_period", "21", "25"),
            ("config undo", "trend.rsi_period", "25", "21"),
            ("config undo", "trend.rsi_period", "21", "30"),
        ]


async def test_an_override_survives_a_restart_and_reaches_other_processes(tmp_path: Path) -> None:
    async with house(tmp_path) as made:
        await made.said('/config chat.default_symbol="ETHUSDT"')
    async with house(tmp_path) as made:
        assert chat(made).default_symbol == "BTCUSDT"
        await made.configuration.take_overrides()
        assert chat(made).default_symbol == "ETHUSDT"
        await made.opened.overrides.push("chat.quote", "USDC", ENTRY)
        await made.configuration.take_overrides()
        assert (chat(made).default_symbol, chat(made).quote) == ("ETHUSDT", "USDC")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("trend.rsi_period=1", "override: trend.rsi_period = 1: expected greater than or equal to"),
        ("trend.rsi_perod=14", "unknown key; known are"),
        ("trend=14", "expected a key such as trend.rsi_period"),
        ("trend.weights=1", "expected one value, not a table"),
        ("trend.rsi_period.x=1", "trend.rsi_period"),
        ("tren.rsi_period=1", "unknown section"),
        ("events.fomc=1", "unknown section"),
        ("trend..rsi=1", "expected a key such as trend.rsi_period"),
        ("trend.rsi_period={a=1}", "expected a valid integer"),
        ("trend.rsi_period=nan", "trend.rsi_period"),
        ("trend.rsi_period=" + "9" * 2_000, "expected at most 1000 characters"),
        ("chat.quote=<b>", "chat.quote = '<b>'"),
    ],
)
async def test_a_refused_override_changes_nothing(tmp_path: Path, words: str, said: str) -> None:
    async with house(tmp_path) as made:
        before = made.holder.newest
        answer = await made.said(f"/config {words}")
        assert answer.startswith("Refused; the configuration stays as it was\n")
        assert said in answer
        assert made.holder.newest is before
        assert (await made.opened.overrides.all(), await made.audited()) == ((), [])


async def test_without_a_database_nothing_is_overridden_and_files_are_still_read(tmp_path: Path) -> None:
    async with house(tmp_path) as made:
        await made.said("/config trend.rsi_period=21")
        made.database.store = None
        with pytest.raises(Unavailable):
            await made.configuration.override("trend.rsi_period", "25", DOER)
        assert "database" in await made.said("/config trend.rsi_period=25")
        made.file.write_text('[chat]\ntheme = "light"\n')
        assert (await made.said("/reload")).endswith('chat.theme: "dark" → "light"')
        assert period(made.holder.newest) == 21


async def test_overrides_that_no_longer_fit_are_left_out_and_can_be_taken_back(tmp_path: Path) -> None:
    async with house(tmp_path) as made:
        for key, value in (("chat.gone", 1), ("trend.rsi_period", 21)):
            await made.opened.overrides.push(key, value, ENTRY)
        await made.configuration.take_overrides()
        assert made.configuration.overrides == {}
        answer = await made.said("/reload")
        assert f"{OVERRIDE}: chat.gone = 1: unknown key" in answer
        assert "Taken back: trend.rsi_period." in await made.said("/config undo")
        assert "Taken back: chat.gone." in await made.said("/config undo")
        assert await made.said("/config undo") == "There is no override."
        assert (await made.said("/reload")).startswith("In force")


async def test_a_signal_reloads(tmp_path: Path) -> None:
    async with house(tmp_path) as made:
        running = asyncio.create_task(made.configuration.reload_when_wanted(SIGNAL))
        made.file.write_text("[trend]\nrsi_period = 21\n")
        made.configuration.want_reload()
        async with asyncio.timeout(PATIENCE_S):
            while not await made.audited():
                continue
        running.cancel()
        assert period(made.holder.newest) == 21
        assert (await made.audited())[0][:3] == (None, "reload", "trend.rsi_period")


async def test_configuration_is_shown_by_section_and_key_and_never_with_secrets(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BINANCE_API_SECRET", KEY)
    async with house(tmp_path) as made:
        await made.said("/config trend.rsi_period=21")
        overview = await made.said("/config")
        assert "trend.rsi_period = 21" in overview
        assert "regime" in overview
        assert "trend.rsi_period = 21 *" in await made.said("/config trend")
        one = await made.said("/config trend rsi_period")
        assert one.splitlines()[0] == "trend.rsi_period = 21"
        assert "It is an override" in one
        assert one == await made.said("/config trend.rsi_period")
        assert "There is no setting" in await made.said("/config secrets")
        every = [await made.said(f"/config {name}") for name in made.holder.newest.sections]
        assert all(len(text) > 10 for text in every)
        assert KEY not in "".join((overview, one, *every))
