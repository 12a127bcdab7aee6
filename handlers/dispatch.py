"""Every update's way in: whose command it is, who may give it, how much, and exactly one answer."""

import random
import string
from collections.abc import Callable, Collection
from typing import Final

import structlog

from config.c_chat import ChatConfig
from handlers.chat.callback_queries import Presses
from handlers.chat.context import Desk, Turn
from handlers.chat.placeholder import Delivery
from handlers.chat.quota import Quota
from handlers.commands.inline import answer_inline
from handlers.commands.routes import route_of
from handlers.grammar import CommandLine, read_command
from handlers.locale.messages import Messages, load_messages
from handlers.ports import (
    AccountPort,
    AnalysisRunner,
    ChartPort,
    Incoming,
    InlineAsk,
    Notifier,
    Outgoing,
    Person,
    Place,
    Press,
    SymbolPort,
    Undeliverable,
)
from handlers.registry import CommandSpec, Registry
from handlers.render.html import Html, code, esc, fill, plain
from handlers.render.sentences import failed, quota_used, quoted
from utils.clock import Clock

ERROR_ID_LENGTH: Final = 6
ERROR_ID_SIGNS: Final = "".join(sorted(set(string.ascii_lowercase + string.digits) - set("0o1li")))
log = structlog.get_logger(__name__)


class Dispatcher:
    """Answers messages, presses and inline queries; raises nothing but cancellation and `Undeliverable`.

    ``market_now`` is the exchange's time (UTC ms); ``bot_username`` without ``@``; ``owners`` the owners' ids.
    ``failures`` counts answers that ended in an error of ours; each is logged with its traceback and id.
    """

    def __init__(
        self,
        registry: Registry,
        runner: AnalysisRunner,
        charts: ChartPort,
        symbols: SymbolPort,
        notifier: Notifier,
        *,
        account: AccountPort,
        clock: Clock,
        market_now: Callable[[], int],
        chat_config: Callable[[], ChatConfig],
        bot_username: Callable[[], str],
        owners: Callable[[], Collection[int]],
        rng: random.Random,
        messages: Messages | None = None,
    ) -> None:
        self._desk = Desk(
            registry=registry,
            runner=runner,
            account=account,
            charts=charts,
            symbols=symbols,
            notifier=notifier,
            clock=clock,
            market_now=market_now,
            chat_config=chat_config,
            bot_username=bot_username,
            owners=owners,
            messages=messages or load_messages(),
            rng=rng,
        )
        self._quota = Quota(clock)
        self._presses = Presses(self._desk, self._turn, self._take)
        self.failures = 0

    async def on_message(self, incoming: Incoming) -> None:
        """Answer a message if it is for this bot."""
        try:
            await self._message(incoming)
        except Undeliverable:
            raise
        except Exception:
            self._note("message was not answered", person=incoming.person.id, chat_id=incoming.place.chat_id)

    async def on_press(self, press: Press) -> None:
        """Answer a pressed button."""
        try:
            await self._presses.answer(press)
        except Undeliverable:
            raise
        except Exception:
            error_id = self._note("press was not answered", person=press.person.id, data=press.data)
            await self._toast_failure(press, error_id)

    async def on_inline(self, ask: InlineAsk) -> None:
        """Answer an inline query."""
        try:
            spec = self._desk.registry.analyses[0]
            turn = self._turn(ask.person, None, spec)
            cards = () if self._take(ask.person, spec.quota) else await answer_inline(turn, ask.text)
            await self._desk.notifier.answer_inline(ask.query_id, cards)
        except Exception:
            self._note("inline query was not answered", person=ask.person.id)

    async def _message(self, incoming: Incoming) -> None:
        private = incoming.place.kind == "private"
        line = read_command(incoming.text)
        if line is None:
            if private:
                await self._say(incoming, self._hint)
            return
        addressed = line.addressed is not None
        if addressed and (line.addressed or "").lower() != self._desk.bot_username().lower():
            return
        spec = self._desk.registry.find(line.name)
        if spec is not None:
            await self._command(incoming, line, spec)
        elif private or addressed:
            await self._say(incoming, lambda turn: self._unknown(turn, line.name))

    async def _command(self, incoming: Incoming, line: CommandLine, spec: CommandSpec) -> None:
        turn = self._turn(incoming.person, incoming.place, spec, line.words)
        if spec.role == "owner" and incoming.person.id not in self._desk.owners():
            await self._say(incoming, lambda _: esc(turn.tr.gettext("Only the bot's owner may do that.")))
        elif wait_s := self._take(incoming.person, spec.quota):
            await self._refuse(incoming, wait_s)
        else:
            working = turn.tr.gettext("Working on it …")
            placeholder = Outgoing(esc(working), working)
            slow = spec.module is not None
            await self._delivery(incoming).answer(self._safely(turn), placeholder, acting=slow)

    async def _refuse(self, incoming: Incoming, wait_s: float) -> None:
        """Tell the person to wait; in a group only once, or the refusals would be the jam."""
        first = self._quota.first_refusal(incoming.person.id, incoming.place.chat_id, wait_s)
        if first or incoming.place.kind == "private":
            await self._say(incoming, lambda turn: esc(quota_used(wait_s, turn.tr)))

    async def _safely(self, turn: Turn) -> Outgoing:
        """The outermost handler of a command: whatever fails becomes one line with the log's id."""
        try:
            return await route_of(turn.spec)(turn)
        except Exception:
            error_id = self._note(
                "command failed", command=turn.spec.name, person=turn.person.id, words=turn.words
            )
            text = failed(error_id, turn.tr)
            return Outgoing(text, plain(text))

    async def _say(self, incoming: Incoming, words: Callable[[Turn], Html]) -> None:
        text = words(self._turn(incoming.person, incoming.place, self._desk.registry.analyses[0]))
        delivery = self._delivery(incoming)
        await self._desk.notifier.send(
            delivery.place, Outgoing(text, plain(text)), reply_to=delivery.reply_to
        )

    def _hint(self, turn: Turn) -> Html:
        example = code(f"/{turn.spec.name} BTC 4h")
        return fill(
            turn.tr.gettext("Send me a command such as {example}. {help} lists all."),
            example=example,
            help=esc("/help"),
        )

    def _unknown(self, turn: Turn, name: str) -> Html:
        near = self._desk.registry.nearest(name)
        if near is None:
            said = turn.tr.gettext("There is no command {word}. {help} lists all.")
            return fill(said, word=quoted(f"/{name}"), help=esc("/help"))
        said = turn.tr.gettext("There is no command {word}. Did you mean {near}? {help} lists all.")
        return fill(said, word=quoted(f"/{name}"), near=esc(f"/{near.name}"), help=esc("/help"))

    def _turn(
        self, person: Person, place: Place | None, spec: CommandSpec, words: tuple[str, ...] = ()
    ) -> Turn:
        config = self._desk.chat_config()
        tr = self._desk.messages.for_person(person.language, config.language)
        return Turn(self._desk, spec, words, person, place, config, tr, self._desk.market_now())

    def _take(self, person: Person, units: int) -> float:
        return self._quota.take(person.id, units, self._desk.chat_config().commands_per_minute)

    def _delivery(self, incoming: Incoming) -> Delivery:
        alone = incoming.place.kind == "private"
        reply_to = None if alone else incoming.message_id
        return Delivery(self._desk.notifier, self._desk.clock, incoming.place, reply_to)

    def _note(self, event: str, **facts: object) -> str:
        """Count and log the exception under way; return the id that the answer shows."""
        self.failures += 1
        error_id = "".join(self._desk.rng.choices(ERROR_ID_SIGNS, k=ERROR_ID_LENGTH))
        log.exception(event, error_id=error_id, **facts)
        return error_id

    async def _toast_failure(self, press: Press, error_id: str) -> None:
        tr = self._desk.messages.for_person(press.person.language, self._desk.chat_config().language)
        try:
            await self._desk.notifier.toast(press.callback_id, plain(failed(error_id, tr)), alert=True)
        except Exception:
            self._note("failure could not be told", first_error_id=error_id)
