"""Pressed buttons: what each asks for, who may, and the edit of the card it hangs on."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import Final

from handlers.chat.callback_data import Callback, Outdated, read_callback
from handlers.chat.cards import make_card, make_card_or_say
from handlers.chat.context import Desk, Turn
from handlers.chat.keyboard import CardAsk, View, read_subject, was_asked
from handlers.chat.placeholder import PATIENCE_S, done_within
from handlers.chat.press_deduplicator import Flights
from handlers.ports import MessageRef, Outgoing, Person, Place, Press
from handlers.registry import CommandSpec
from handlers.render.html import plain
from handlers.render.sentences import quota_used, source_fault
from utils.binance_api.intervals import SHORTEST_MS
from utils.http.errors import SourceError

VIEWS: Final[dict[str, View]] = {"c": "chart", "s": "chart", "x": "text", "w": "why"}

TurnMaker = Callable[[Person, Place | None, CommandSpec], Turn]
TakeQuota = Callable[[Person, int], float]


class Presses:
    """Answers button presses; ``turn`` makes a turn for a person, ``take`` charges their quota."""

    def __init__(self, desk: Desk, turn: TurnMaker, take: TakeQuota) -> None:
        self._desk = desk
        self._turn = turn
        self._take = take
        self._flights = Flights(desk.clock)

    async def answer(self, press: Press) -> None:
        """Do what a button asks, once; every press is answered by a toast, mostly a silent one."""
        data = read_callback(press.data)
        command = data.command if data is not None else None
        spec = self._desk.registry.find(command) if command else None
        turn = self._turn(press.person, press.message.place if press.message else None, self._default(spec))
        tr = turn.tr
        if press.message is None:
            await self._toast(press, tr.gettext("This message is too old to change; send the command again."))
        elif isinstance(data, Outdated):
            await self._renew(press, press.message, data, turn)
        elif data is None or spec is None or (ask := _ask(data, spec, press.message, turn)) is None:
            await self._toast(press, tr.gettext("I no longer know this button; send the command again."))
        elif not await self._may(press, data):
            await self._toast(press, tr.gettext("Only the one who asked, or an admin, may press this."))
        elif wait_s := self._take(press.person, spec.quota):
            await self._toast(press, quota_used(wait_s, tr))
        else:
            await self._once(press, press.message, turn, ask)

    def _default(self, spec: CommandSpec | None) -> CommandSpec:
        return spec if spec is not None and spec.module is not None else self._desk.registry.analyses[0]

    async def _may(self, press: Press, data: Callback) -> bool:
        """A button with an owner is theirs and the admins'; who they are is asked, never read from the data."""
        if data.owner is None or data.owner == press.person.id or press.message is None:
            return True
        return await self._desk.notifier.is_admin(press.message.place, press.person)

    async def _once(self, press: Press, message: MessageRef, turn: Turn, ask: CardAsk) -> None:
        flight = self._flights.claim(message, press.data)
        if flight is None:
            await self._toast(press)
            return
        async with flight:
            if flight.moot:
                await self._toast(press)
                return
            answered = await self._change(press, message, turn, ask)
            if answered is not None and answered.message_id != message.message_id:
                flight.replaced()

    async def _change(self, press: Press, message: MessageRef, turn: Turn, ask: CardAsk) -> MessageRef | None:
        """Make the card and edit it in; a source's fault is toasted and leaves the old card as it is."""
        making = asyncio.create_task(make_card(turn, ask))
        toasted = False
        try:
            if not await done_within(making, PATIENCE_S, self._desk.clock):
                toasted = True
                await self._toast(press, turn.tr.gettext("Working on it …"))
            card = await making
        except SourceError as error:
            line = source_fault(error, turn.tr, zone=turn.config.time_zone)
            await self._fault(press, message, Outgoing(line, plain(line)), toasted=toasted)
            return None
        finally:
            making.cancel()
        edited = await self._desk.notifier.edit(message, card)
        if not toasted:
            await self._toast(press)
        return edited

    async def _fault(self, press: Press, message: MessageRef, line: Outgoing, *, toasted: bool) -> None:
        if toasted:
            await self._desk.notifier.send(message.place, line, reply_to=message.message_id)
        else:
            await self._desk.notifier.toast(press.callback_id, line.plain, alert=True)

    async def _renew(self, press: Press, message: MessageRef, old: Outdated, turn: Turn) -> None:
        """A card of another version: say so and send a fresh one of what could still be read from it."""
        if wait_s := self._take(press.person, turn.spec.quota):
            await self._toast(press, quota_used(wait_s, turn.tr))
            return
        await self._toast(press, turn.tr.gettext("This card is old; here is a fresh one."))
        flight = self._flights.claim(message, press.data)
        if flight is None:
            return
        async with flight:
            subject = old.subject or turn.config.default_symbol
            ask = _live(turn, subject, old.interval or turn.config.default_interval)
            card = await make_card_or_say(turn, ask)
            await self._desk.notifier.send(message.place, card, reply_to=message.message_id)

    async def _toast(self, press: Press, text: str = "") -> None:
        await self._desk.notifier.toast(press.callback_id, text)


def _live(turn: Turn, subject: str, interval: str) -> CardAsk:
    module = turn.spec.module
    if module is None:
        raise LookupError(f"/{turn.spec.name} runs no module: register it with one")
    symbol, market = read_subject(subject)
    known = interval if interval in SHORTEST_MS else turn.config.default_interval
    return CardAsk(turn.spec.name, module, symbol, market, known)


def _ask(data: Callback, spec: CommandSpec, message: MessageRef, turn: Turn) -> CardAsk | None:
    """Return the card a button asks for, ``None`` when its data names none."""
    interval = data.interval
    if spec.module is None or data.subject is None or interval is None or interval not in SHORTEST_MS:
        return None
    symbol, market = read_subject(data.subject)
    at_ms = None if data.at is None else data.at * 1000
    if at_ms is not None and at_ms > turn.now_ms:
        at_ms = None  # a live card's moment may be a second ahead: now is the same bar
    asked = at_ms is not None and was_asked(data.at or 0)
    view = VIEWS.get(data.action, "chart" if message.has_picture else "text")
    ask = CardAsk(spec.name, spec.module, symbol, market, interval, at_ms, asked, view)
    return replace(ask, with_picture=message.has_picture)
