"""Tries what an operator uses: a running bot, a real Prometheus, the rules and every query of the dashboard.

The bot runs in its sandbox and is asked all kinds of things; while all is well no alert may fire. Then faults are
caused one after the other: the alerts of each must fire, and end when it is over. At the end every query must find
something: those of the dashboard, and every metric that a rule names. The rules tell at once here, some of their
thresholds are lower (`THRESHOLDS`); the waits and thresholds themselves are tested by `promtool test rules`.
Prints a line for each and exits with 1 where one is wrong.
"""

import asyncio
import math
import os
import signal
import sys
from collections.abc import Awaitable, Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import aiohttp

from bot.memory_use import children
from scripts.dashboard import expressions
from scripts.prometheus import (
    RULE_TESTS,
    RULES,
    SCRAPE_S,
    MissingError,
    Prometheus,
    promtool,
    scraping,
)
from scripts.promql import selectors
from tests.support.app_under_test import AppUnderTest

CONFIG: Final = "[chat]\ncommands_per_minute = 600\n"
THRESHOLDS: Final = {
    'bot_poll_timestamp_seconds{job="bot"} > 120': 'bot_poll_timestamp_seconds{job="bot"} > 45',
    'bot_pushes_overdue_seconds{job="bot"}) > 300': 'bot_pushes_overdue_seconds{job="bot"}) > 10',
    'kind="flood"}[5m])) > 0.1': 'kind="flood"}[5m])) > 0.02',
}
"""What would take too long: a poll alone may last 25 s."""
TEXTS: Final = (
    "/help",
    "/t btc 4h",
    "/rg eth",
    "/s btc",
    "/f btc",
    "/mi btc",
    "/score btc",
    "/t nosuchcoin",
    "/nosuch",
)
PATHS: Final = (
    "/healthz",
    "/analysis/trend?symbol=BTCUSDT",
    "/composite/trend_strength?symbol=ETHUSDT",
    "/nowhere",
)
FRESH: Final = ("sol", "xrp", "doge", "ada", "link", "ltc", "avax", "dot", "bnb", "eth", "btc")
"""Coins to ask of what is not at hand."""
OF_THE_MACHINE: Final = frozenset({"BotAnswersSlow"})
"""What fires without a fault where the machine is busy."""
FIRES_S: Final = 240.0
ENDS_S: Final = 240.0
LOOK_S: Final = 1.0
ASK_S: Final = 4.0
"""Between two questions, which Telegram takes without asking to wait."""
QUERY: Final = {"$job": "bot", "$__rate_interval": "1m"}
HEAVY: Final = "/api/v3/depth?symbol=BTCUSDT&limit=5000"
HEAVY_COUNT: Final = 18
"""So many requests of weight 250 leave less than a fifth of the minute's budget."""
Do = Callable[["Trial"], Awaitable[None]]


@dataclass(slots=True)
class Trial:
    """The running parts; ``wrong`` lists every complaint, ``asked`` counts the coins that were asked about."""

    app: AppUnderTest
    prometheus: Prometheus
    config: Path
    person: int = 0
    asked: int = 0
    wrong: list[str] = field(default_factory=list)

    def note(self, what: str, *, right: bool, detail: str) -> None:
        """Print a line about what was tried."""
        print(f"{'ok   ' if right else 'WRONG'} {what}: {detail}", flush=True)
        if not right:
            self.wrong.append(what)

    async def ask_fresh(self, count: int = 1) -> None:
        """Ask for what is not at hand, and wait for no answer."""
        for _ in range(count):
            coin, interval = (
                FRESH[self.asked % len(FRESH)],
                ("1d", "4h", "1h", "15m")[self.asked // len(FRESH) % 4],
            )
            self.asked += 1
            await self.app.say(self.person, self.person, f"/t {coin} {interval}")

    async def fault(self, url: str, match: dict[str, str], fault: dict[str, Any], **more: Any) -> None:
        """Order a fault of a sandbox server."""
        await self.app.fault(url, match, fault, **more)

    async def mend(self) -> None:
        """Take all faults back."""
        for url in (self.app.chat_url, self.app.exchange_url):
            await self.app.call("DELETE", url, "/faults")


@dataclass(frozen=True, slots=True)
class Fault:
    """A fault, the alerts that must fire by it, what is done meanwhile, and those that must end soon after it."""

    name: str
    alerts: tuple[str, ...]
    cause: Do
    meanwhile: Do | None = None
    mend: Do | None = None
    ends: tuple[str, ...] = ()


async def _exchange_silent(trial: Trial) -> None:
    await trial.fault(trial.app.exchange_url, {"kind": "rest"}, {"status": {"code": 503}})


async def _exchange_forbids(trial: Trial) -> None:
    await trial.fault(trial.app.exchange_url, {"kind": "rest"}, {"ban": {}}, count=1)


async def _ask_fresh(trial: Trial) -> None:
    await trial.ask_fresh()


async def _much_weight(trial: Trial) -> None:
    async with aiohttp.ClientSession() as session:

        async def ask() -> None:
            async with session.get(trial.app.exchange_url + HEAVY) as answer:
                await answer.read()

        await asyncio.gather(*(ask() for _ in range(HEAVY_COUNT)))
    await trial.ask_fresh()  # the answer says what the address has used


async def _streams_silent(trial: Trial) -> None:
    await trial.app.ask(trial.person, trial.person, "/f btc")
    await trial.fault(trial.app.exchange_url, {"kind": "ws"}, {"silence": {}})


async def _telegram_away(trial: Trial) -> None:
    await trial.fault(trial.app.chat_url, {"kind": "poll"}, {"status": {"code": 502}})


async def _push_refused(trial: Trial) -> None:
    await trial.fault(trial.app.chat_url, {"method": "send*"}, {"retry_after": {"s": 2}})
    await trial.app.say(trial.person, trial.person, "/alert btc price > 0.00000001")


async def _worker_killed(trial: Trial) -> None:
    workers = await asyncio.to_thread(
        lambda: [each for one in children(trial.app.pid) for each in children(one)]
    )
    if not workers:
        raise RuntimeError("there is no worker to kill")
    os.kill(workers[0], signal.SIGKILL)


async def _wrong_configuration(trial: Trial) -> None:
    trial.config.write_text(CONFIG + "no_such_key = 1\n")
    os.kill(trial.app.pid, signal.SIGHUP)


async def _right_configuration(trial: Trial) -> None:
    trial.config.write_text(CONFIG)
    os.kill(trial.app.pid, signal.SIGHUP)


async def _database_gone(trial: Trial) -> None:
    for file in trial.app.folder.glob("bot.db*"):
        file.unlink()


async def _stopped(trial: Trial) -> None:
    await trial.app.stop()


FAULTS: Final = (
    Fault(
        "a wrong configuration",
        ("BotConfigurationRefused",),
        _wrong_configuration,
        mend=_right_configuration,
        ends=("BotConfigurationRefused",),
    ),
    Fault("a worker is killed", ("BotWorkersDie",), _worker_killed, _ask_fresh),
    Fault("streams are silent", ("BotStreamsStale",), _streams_silent, ends=("BotStreamsStale",)),
    Fault("a push is refused", ("BotOutboxOld", "BotTelegramFlood"), _push_refused, ends=("BotOutboxOld",)),
    Fault("much request weight is used", ("BotWeightBudgetHigh",), _much_weight, _ask_fresh),
    Fault(
        "the exchange fails",
        ("BotExchangeSilent", "BotSourcesFail"),
        _exchange_silent,
        _ask_fresh,
        ends=("BotExchangeSilent",),
    ),
    Fault(
        "Telegram is away",
        ("BotNotPolling", "BotNotReady"),
        _telegram_away,
        ends=("BotNotPolling", "BotNotReady"),
    ),
    Fault("the exchange forbids", ("BotExchangeForbids",), _exchange_forbids, _ask_fresh),
    Fault("the database is gone", ("BotDatabaseAway",), _database_gone),
    Fault("the bot is stopped", ("BotNotScraped",), _stopped),
)


async def _try_fault(trial: Trial, fault: Fault) -> None:
    await _until(trial, lambda firing: not firing & set(fault.alerts), ENDS_S, None)
    before = await trial.prometheus.firing()
    early = before & set(fault.alerts)
    await fault.cause(trial)
    fires = await _until(trial, lambda firing: firing >= set(fault.alerts), FIRES_S, fault.meanwhile)
    detail = f"{', '.join(fault.alerts)} after {fires:.0f} s" if fires < math.inf else f"no {fault.alerts}"
    right = not early and fires < math.inf
    trial.note(fault.name, right=right, detail=f"{detail}; before: {sorted(before)}" if early else detail)
    if not trial.app.alive:
        return
    await trial.mend()
    if fault.mend is not None:
        await fault.mend(trial)
    if fault.ends:
        ended = await _until(trial, lambda firing: not firing & set(fault.ends), ENDS_S, fault.meanwhile)
        over = f"over after {ended:.0f} s" if ended < math.inf else f"still {await trial.prometheus.firing()}"
        trial.note(f"{fault.name}, mended", right=ended < math.inf, detail=over)


async def _until(
    trial: Trial, holds: Callable[[set[str]], bool], limit_s: float, meanwhile: Do | None
) -> float:
    """Look at what fires until it is as it must be; return after how many seconds, infinity: not in time."""
    loop = asyncio.get_running_loop()
    began = loop.time()
    while not holds(await trial.prometheus.firing()):
        if loop.time() - began > limit_s:
            return math.inf
        if meanwhile is not None:
            await meanwhile(trial)
            await asyncio.sleep(ASK_S)
        await asyncio.sleep(LOOK_S)
    return loop.time() - began


async def _exercise(trial: Trial) -> None:
    """Ask all kinds of things, in all ways."""
    app, me = trial.app, trial.person
    for text in TEXTS:
        await app.ask(me, me, text)
    card = await app.card(me, me, "/t eth 4h")
    await app.press(me, me, card.id, card.buttons["1h"])
    await app.inline(me, "btc 4h")
    await app.ask(me, me, "/alert eth price > 0.00000001")
    async with aiohttp.ClientSession() as session:
        for path in PATHS:
            async with session.get(app.http_url + path) as answer:
                await answer.read()


async def _try_queries(trial: Trial, queries: Iterable[str]) -> None:
    """Every query must be taken and find something, without the filter that leaves out zeros."""
    for query in queries:
        expr = query.removesuffix(" > 0")
        for name, value in QUERY.items():
            expr = expr.replace(name, value)
        try:
            found = await trial.prometheus.query(expr)
        except ValueError as error:
            trial.note(query, right=False, detail=str(error))
            continue
        finite = [value for _, value in found if math.isfinite(value)]
        shown = f"{len(found)} series, {min(finite):.4g} to {max(finite):.4g}" if finite else "nothing"
        trial.note(query, right=bool(finite), detail=shown)


async def _try_rules(trial: Trial) -> None:
    """Every rule must be evaluated, and every metric that it names have samples."""
    for rule in await trial.prometheus.rules():
        missing = [name for name, _ in selectors(rule["query"]) if not await trial.prometheus.query(name)]
        right = rule["health"] == "ok" and not missing
        trial.note(f"rule {rule['name']}", right=right, detail=f"{rule['health']}, missing {missing}")


async def _try_promtool(wrong: list[str]) -> None:
    for arguments in (("check", "rules", str(RULES)), ("test", "rules", str(RULE_TESTS))):
        status, said = await promtool(*arguments)
        print(f"{'ok   ' if status == 0 else 'WRONG'} promtool {' '.join(arguments[:2])}: {said.strip()}")
        if status:
            wrong.append(f"promtool {arguments[0]}")


async def trial(folder: Path) -> Sequence[str]:
    """Try everything; return the complaints. Raises `MissingError` without Prometheus."""
    wrong: list[str] = []
    await _try_promtool(wrong)
    config = folder / "bot.toml"
    config.write_text(CONFIG)
    async with (
        AppUnderTest(folder, {"BOT_CONFIG": str(config)}) as app,
        scraping(app.http_url, folder, THRESHOLDS) as prometheus,
    ):
        made = Trial(app, prometheus, config, await app.person(), wrong=wrong)
        await _exercise(made)
        await asyncio.sleep(3 * SCRAPE_S)
        await _until(made, lambda firing: firing <= OF_THE_MACHINE, ENDS_S, None)
        firing = await prometheus.firing()
        made.note("all is well", right=firing <= OF_THE_MACHINE, detail=f"firing: {sorted(firing)}")
        for fault in FAULTS[:-1]:
            await _try_fault(made, fault)
        await _try_queries(made, expressions())
        await _try_rules(made)
        await _try_fault(made, FAULTS[-1])
        return made.wrong


def main() -> int:
    """Run from the command line; 1 when anything was wrong."""
    with TemporaryDirectory(prefix="monitoring-") as folder, suppress(KeyboardInterrupt):
        try:
            wrong = asyncio.run(trial(Path(folder)))
        except MissingError as error:
            sys.stderr.write(f"{error}\n")
            return 1
        print(
            f"{len(wrong)} wrong"
            if wrong
            else "everything was found, and every alert fired in its fault alone"
        )
        return 1 if wrong else 0
    return 1


if __name__ == "__main__":
    sys.exit(main())
