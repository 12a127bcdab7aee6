"""The one way to Telegram: it splits, edits, repeats, and turns every refusal into something that can be done."""

import asyncio
import weakref
from collections import OrderedDict
from dataclasses import replace
from typing import Literal, TypeVar

import structlog
from telegram import InlineQueryResultArticle, InputTextMessageContent
from telegram.constants import ChatMemberStatus, ParseMode
from telegram.error import ChatMigrated, TelegramError
from telegram.ext import ExtBot

from bot.telegram.send import outgoing as wiring
from bot.telegram.send.api_errors import Refusal, persist, refusal_of
from bot.telegram.send.outgoing import Wire, wires
from bot.telegram.send.recovery import KnownMessages, find_lost
from handlers.ports import InlineCard, MessageRef, Outgoing, Person, Place, Undeliverable
from handlers.render.split import CAPTION_LIMIT, split
from utils.clock import Clock

ADMIN_KNOWN_FOR_S = 60.0
INLINE_CACHE_S = 15
ADJUSTMENTS = 5
KEPT = 4096
V = TypeVar("V")
log = structlog.get_logger(__name__)


class TelegramNotifier:
    """Fills `handlers.ports.Notifier` over a bot whose rate limiter keeps Telegram's limits.

    Raises `Undeliverable` and nothing else of Telegram's.
    """

    def __init__(self, bot: ExtBot[int], clock: Clock) -> None:
        self._bot = bot
        self._clock = clock
        self._known = KnownMessages()
        self._turns: weakref.WeakValueDictionary[int, asyncio.Lock] = weakref.WeakValueDictionary()
        self._moved: dict[int, int] = {}
        self._gone: set[int] = set()
        self._replies: OrderedDict[tuple[int, int], int] = OrderedDict()
        self._admins: OrderedDict[tuple[int, int], tuple[float, bool]] = OrderedDict()

    def heard(self, place: Place, message_id: int) -> None:
        """Note that a person's message came; a message whose answer is lost is looked for after it."""
        self._known.heard(place.chat_id, message_id)

    async def acting(self, place: Place, action: Literal["typing", "upload_photo"]) -> None:
        """Show that work is under way; a decoration, so a refusal is only logged."""
        try:
            await self._bot.send_chat_action(
                self._chat_id(place), action, message_thread_id=place.thread_id, rate_limit_args=0
            )
        except TelegramError as error:
            log.debug("chat action refused", chat_id=place.chat_id, error=str(error))

    async def send(self, place: Place, message: Outgoing, *, reply_to: int | None = None) -> MessageRef:
        """Send one message, split where it is over Telegram's limit; return the last part."""
        place = replace(place, chat_id=self._chat_id(place))
        parts = _parts(message)
        ref = None
        for wire in wires(place, message, parts, reply_to):
            ref = await self._send(wire)
        if ref is None:
            raise Undeliverable(place.chat_id, "an empty message cannot be sent", gone=False)
        return ref

    async def edit(self, ref: MessageRef, message: Outgoing) -> MessageRef:
        """Replace a message's content; send anew where Telegram cannot edit into that shape."""
        reply_to = self._replies.get((ref.place.chat_id, ref.message_id))
        if ref.has_picture and message.picture is None and not message.keep_picture:
            fresh = await self.send(ref.place, message, reply_to=reply_to)
            await self._delete(ref)
            return fresh
        if ref.place.chat_id in self._moved:  # message ids start anew in the supergroup
            return await self.send(ref.place, message)
        place = ref.place
        parts = (message.text,) if ref.has_picture else _parts(message)
        first, *rest = wires(place, message, parts, None)
        edited = await self._edit(ref, replace(first, reply_to=reply_to))
        for wire in rest:
            edited = await self._send(wire)
        return edited

    async def toast(self, callback_id: str, text: str = "", *, alert: bool = False) -> None:
        """Answer a pressed button; one that is too old to be answered is only logged."""
        try:
            await persist(
                lambda: self._bot.answer_callback_query(callback_id, text or None, show_alert=alert),
                self._clock,
                idempotent=True,
            )
        except TelegramError as error:
            log.info("button press not answered", error=str(error))

    async def answer_inline(self, query_id: str, cards: tuple[InlineCard, ...]) -> None:
        """Answer an inline query; one that is too old to be answered is only logged."""
        results = [
            InlineQueryResultArticle(
                card.id,
                card.title,
                InputTextMessageContent(card.text, parse_mode=ParseMode.HTML),
                description=card.description,
            )
            for card in cards
        ]
        try:
            await self._bot.answer_inline_query(
                query_id, results, cache_time=INLINE_CACHE_S, is_personal=True
            )
        except TelegramError as error:
            log.info("inline query not answered", error=str(error))

    async def is_admin(self, place: Place, person: Person) -> bool:
        """Whether this person administers this chat; known for a minute, no when Telegram does not say."""
        if place.kind == "private":
            return place.chat_id == person.id
        key, now = (self._chat_id(place), person.id), self._clock.monotonic()
        known = self._admins.get(key)
        if known is not None and known[0] > now:
            return known[1]
        try:
            member = await self._bot.get_chat_member(*key)
        except TelegramError as error:
            log.info("administrators not known", chat_id=key[0], error=str(error))
            return False
        is_admin = member.status in {ChatMemberStatus.ADMINISTRATOR, ChatMemberStatus.OWNER}
        _remember(self._admins, key, (now + ADMIN_KNOWN_FOR_S, is_admin))
        return is_admin

    def _chat_id(self, place: Place) -> int:
        return self._moved.get(place.chat_id, place.chat_id)

    async def _send(self, wire: Wire) -> MessageRef:
        turn = self._turns.setdefault(wire.place.chat_id, asyncio.Lock())
        async with turn:  # one at a time per chat: a lost message is looked for where no other can appear
            for _ in range(ADJUSTMENTS):
                try:
                    return await self._send_once(wire)
                except TelegramError as error:
                    if refusal_of(error) is Refusal.TOO_LONG and wire.picture is not None:
                        break
                    wire = self._adjusted(wire, error)
            else:
                raise Undeliverable(wire.place.chat_id, "every way of sending was refused", gone=False)
        return await self._send_caption_apart(wire)

    async def _send_once(self, wire: Wire) -> MessageRef:
        chat_id = wire.place.chat_id
        floor = max(self._known.newest(chat_id), wire.reply_to or 0)
        try:
            sent = await persist(lambda: wiring.send(self._bot, wire), self._clock, idempotent=False)
            message_id = sent.message_id
        except TelegramError as error:
            if refusal_of(error) is not Refusal.LOST:
                raise
            log.warning(
                "an answer of telegram was lost, looking whether the message arrived", chat_id=chat_id
            )
            found = await find_lost(self._bot, wire, floor, self._known, self._clock)
            if found is None:
                sent = await persist(lambda: wiring.send(self._bot, wire), self._clock, idempotent=False)
            message_id = sent.message_id if found is None else found
        return self._noted(wire, message_id)

    async def _send_caption_apart(self, wire: Wire) -> MessageRef:
        log.warning("caption too long for a picture, text sent apart", limit=CAPTION_LIMIT)
        await self._send(replace(wire, text="", plain="", keyboard=()))
        return await self._send(replace(wire, picture=None, reply_to=None))

    async def _edit(self, ref: MessageRef, wire: Wire) -> MessageRef:
        for _ in range(ADJUSTMENTS):
            current = wire
            try:
                await persist(
                    lambda: wiring.edit(self._bot, current, ref),  # noqa: B023 - awaited in this turn
                    self._clock,
                    idempotent=True,
                )
                return MessageRef(wire.place, ref.message_id, wire.picture is not None or ref.has_picture)
            except TelegramError as error:
                refusal = refusal_of(error)
                if refusal is Refusal.UNCHANGED:
                    return ref
                if refusal is Refusal.NO_MESSAGE or isinstance(error, ChatMigrated):
                    return await self._send(wire)
                wire = self._adjusted(wire, error)
        raise Undeliverable(wire.place.chat_id, "every way of editing was refused", gone=False)

    def _adjusted(self, wire: Wire, error: TelegramError) -> Wire:
        if isinstance(error, ChatMigrated):
            log.info("group became a supergroup", old=wire.place.chat_id, new=error.new_chat_id)
            self._moved[wire.place.chat_id] = error.new_chat_id
            return wire.moved(error.new_chat_id)
        refusal = refusal_of(error)
        if refusal is Refusal.UNPARSED and wire.marked_up:
            log.error("telegram cannot parse our text, sending it plain", error=str(error))
            return replace(wire, marked_up=False)
        if refusal is Refusal.NO_TOPIC and wire.place.thread_id is not None:
            return replace(wire, place=replace(wire.place, thread_id=None))
        raise self._undeliverable(wire.place.chat_id, error, gone=refusal is Refusal.GONE) from error

    def _undeliverable(self, chat_id: int, error: TelegramError, *, gone: bool) -> Undeliverable:
        if gone and chat_id not in self._gone:
            self._gone.add(chat_id)
            log.info("chat does not take messages of the bot any more", chat_id=chat_id, error=str(error))
        return Undeliverable(chat_id, str(error), gone=gone)

    def _noted(self, wire: Wire, message_id: int) -> MessageRef:
        chat_id = wire.place.chat_id
        self._gone.discard(chat_id)
        self._known.sent(chat_id, message_id)
        if wire.reply_to is not None:
            _remember(self._replies, (chat_id, message_id), wire.reply_to)
        return MessageRef(wire.place, message_id, wire.picture is not None)

    async def _delete(self, ref: MessageRef) -> None:
        try:
            await self._bot.delete_message(self._chat_id(ref.place), ref.message_id)
        except TelegramError as error:
            log.info("replaced message not deleted", chat_id=ref.place.chat_id, error=str(error))


def _remember(kept: OrderedDict[tuple[int, int], V], key: tuple[int, int], value: V) -> None:
    kept[key] = value
    kept.move_to_end(key)
    if len(kept) > KEPT:
        kept.popitem(last=False)


def _parts(message: Outgoing) -> tuple[str, ...]:
    return (message.text,) if message.picture is not None else tuple(split(message.text))
