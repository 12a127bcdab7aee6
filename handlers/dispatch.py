"""The entry point of every update: which command it is, who may use it, the quota, and exactly one answer."""

import random
import string
from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from functools import partial
from typing import Final

import structlog

from config.c_chat import ChatConfig
from handlers.admin.ports import AccessPort, Administration
from handlers.admin.roles import OwnersAlone, may_use, role_of
from handlers.alerts.port import AlertPort
from handlers.chat.callback_data import CallbackData, parse_callback_data
from handlers.chat.callback_queries import CallbackQueryHandler
from handlers.chat.confirmations import Confirmations
from handlers.chat.context import RequestContext, Services
from handlers.chat.drafts import Drafts
from handlers.chat.placeholder import AnswerDelivery
from handlers.chat.press_answer import PressAnswer
from handlers.chat.quota import Quota
from handlers.chat.recent import Answers, RecentBaskets, RecentStyles, style_of
from handlers.chat.requests import RequestContexts
from handlers.commands.administration import CONFIRMED
from handlers.commands.analysis import names_symbol
from handlers.commands.guest import guest_card, guest_line
from handlers.commands.inline import answer_inline, hint
from handlers.commands.routes import route_of
from handlers.digests.port import DigestPort
from handlers.favourites.lists import ListRows, UnkeptLists
from handlers.grammar import CommandLine, read_command, read_words
from handlers.locale.messages import Messages, load_messages
from handlers.ports import (
    Asker,
    CallbackQuery,
    CardStyles,
    ChatRef,
    GuestQuery,
    IncomingMessage,
    InlineQuery,
    MessageContent,
    Notifier,
    Person,
    StoppedDraft,
    Undeliverable,
)
from handlers.question_log import Question, QuestionLog, note_fault
from handlers.registry import CommandSpec, Registry
from handlers.render.html import Html, code, esc, fill, plain
from handlers.render.sentences import failed, quota_used, quoted, source_fault, too_late, unreadable
from handlers.render.working import stopped_message, working_message
from handlers.services import (
    AccountPort,
    AnalysisRunner,
    BasketRows,
    ChartPort,
    CompositePort,
    HoldingsPort,
    ScanPort,
    SymbolPort,
)
from handlers.settings.kept import ChatChoices
from handlers.settings.look import settle_look
from utils.clock import Clock
from utils.http.errors import SourceError
from utils.waiting import Work

ERROR_ID_LENGTH: Final = 6
ERROR_ID_CHARACTERS: Final = "".join(sorted(set(string.ascii_lowercase + string.digits) - set("0o1li")))
log = structlog.get_logger(__name__)


class Dispatcher:
    """Answers messages, button presses and inline queries; raises only `Undeliverable` and cancellation.

    ``market_now`` is the exchange's time (UTC ms); ``bot_username`` has no ``@``; ``owners`` are their user ids.
    ``styles`` keeps how cards are written and ``baskets`` what their buttons name, in memory alone without them;
    ``holdings`` names what the owner's account holds; ``composites`` and ``scans`` answer the commands of the registry
    that are about composite scores; ``access`` knows who may use which (owners alone, without it), ``administration``
    answers the commands of administrators, ``digests`` and ``alerts`` keep both. ``failures`` counts internal errors;
    each is logged with its traceback and the id that the answer shows. ``over_quota`` counts what was not answered
    because somebody asked too much.
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
        questions: QuestionLog | None = None,
        styles: CardStyles | None = None,
        baskets: BasketRows | None = None,
        holdings: HoldingsPort | None = None,
        composites: CompositePort | None = None,
        scans: ScanPort | None = None,
        choices: ChatChoices | None = None,
        lists: ListRows | None = None,
        access: AccessPort | None = None,
        administration: Administration | None = None,
        digests: DigestPort | None = None,
        alerts: AlertPort | None = None,
    ) -> None:
        self._services = Services(
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
            styles=RecentStyles(styles),
            baskets=RecentBaskets(baskets),
            holdings=holdings,
            composites=composites,
            scans=scans,
            digests=digests,
            choices=choices or ChatChoices(clock),
            lists=lists or UnkeptLists(),
            access=access or OwnersAlone(owners),
            administration=administration,
            alerts=alerts,
        )
        self._contexts = RequestContexts(self._services)
        self._questions = questions or QuestionLog(clock)
        self._quota = Quota(clock)
        self._answers = Answers()
        self._drafts = Drafts()
        self._confirmations = Confirmations(self._services, self._contexts)
        self._callback_queries = CallbackQueryHandler(self._services, self._contexts.make, self._take_quota)
        self.failures = 0
        self.over_quota = 0

    async def close(self) -> None:
        """Stop the live cards."""
        await self._callback_queries.close()

    async def on_message(self, message: IncomingMessage) -> None:
        """Answer a message if it is meant for this bot, and its person or chat is not banned."""
        if self._services.access.is_banned(message.person.id, message.chat.chat_id):
            return
        try:
            await self._handle_message(message)
        except Undeliverable:
            raise
        except Exception:
            self._log_failure(
                "message was not answered", person=message.person.id, chat_id=message.chat.chat_id
            )

    async def find_placeholder(
        self, message: IncomingMessage, after_id: int, others: frozenset[int]
    ) -> int | None:
        """Return the id of what a process before this one sent for a message, ``None``: nothing arrived.

        ``others`` are ids of messages in the chat that are known to be something else.
        """
        tr = await self._contexts.translator(message.person, message.chat)
        delivery = self._delivery(message)
        return await self._services.notifier.find(
            delivery.chat, working_message(Work(), tr), after_id, reply_to=delivery.reply_to, others=others
        )

    async def on_late_messages(self, messages: Sequence[IncomingMessage]) -> bool:
        """Say once in a chat that its commands came while the bot was away; return whether there are any."""
        access = self._services.access
        commands = [
            message
            for message in messages
            if self._command_of(message) is not None
            and not access.is_banned(message.person.id, message.chat.chat_id)
        ]
        if commands:
            await self._reply(commands[-1], lambda context: esc(too_late(len(commands), context.tr)))
        return bool(commands)

    async def on_given_up(self, message: IncomingMessage) -> None:
        """Say that a message cannot be answered, where a placeholder stands in its place."""
        log.error("message given up", person=message.person.id, chat_id=message.chat.chat_id)
        tr = await self._contexts.translator(message.person, message.chat)
        text = esc(tr.gettext("I cannot answer this. Please send it again."))
        await self._delivery(message).deliver(
            _made(MessageContent(text, plain(text))),
            partial(working_message, tr=tr),
            show_typing=False,
        )

    async def on_unreadable(self, kind: str) -> None:
        """Tell every owner that updates of this kind cannot be read; who does not take it is left out."""
        for owner in self._services.owners():
            chat = ChatRef(owner, "private")
            text = unreadable(kind, await self._contexts.translator(Person(owner, "", None), chat))
            try:
                await self._services.notifier.send(chat, MessageContent(text, plain(text)))
            except Undeliverable as error:
                log.info("owner not told of an unreadable update", owner=owner, why=error.why)

    async def on_callback_query(self, query: CallbackQuery) -> None:
        """Answer a button press."""
        answer = PressAnswer(self._services.notifier, query)
        try:
            with self._questions.asked(f"button {query.data}", person=query.person.id) as question:
                await self._answer_press(query, answer, question)
        except Undeliverable:
            await answer.give()
            raise

    async def _answer_press(self, query: CallbackQuery, answer: PressAnswer, question: Question) -> None:
        try:
            await self._handle_press(query, answer)
        except Undeliverable:
            raise
        except Exception:
            question.failed = True
            error_id = self._log_failure(
                "callback query was not handled", person=query.person.id, data=query.data
            )
            await self._show_failure(query, answer, error_id)

    async def on_stopped_draft(self, stopped: StoppedDraft) -> None:
        """Stop the answer that a preview stands for."""
        self._drafts.stop(stopped.chat.chat_id, stopped.draft_id)

    async def on_guest_query(self, query: GuestQuery) -> None:
        """Answer a message of a chat that the bot is not in; nothing if it asks for nothing or asks too much."""
        try:
            await self._answer_guest(query)
        except Exception:
            self._log_failure("guest query was not answered", person=query.person.id)

    async def _answer_guest(self, query: GuestQuery) -> None:
        registry = self._services.registry
        line = guest_line(query.text, self._services.bot_username(), registry)
        spec = None if line is None else registry.by_name.get(line.name)
        banned = self._services.access.is_banned(query.person.id, None)
        if line is None or spec is None or spec.role != "anyone" or banned:
            return
        context = await self._contexts.make(query.person, None, spec, line.words)
        if not self._take_quota(query.person, None, spec.quota):
            card = await guest_card(context, self._run_command)
            await self._services.notifier.answer_guest(query.query_id, card)

    async def _handle_press(self, query: CallbackQuery, answer: PressAnswer) -> None:
        chat_id = query.message.chat.chat_id if query.message else None
        data = parse_callback_data(query.data)
        if self._services.access.is_banned(query.person.id, chat_id):
            await answer.give()
        elif isinstance(data, CallbackData) and data.command in CONFIRMED:
            await self._confirmations.handle(query, data, answer)
        else:
            await self._callback_queries.handle(query, answer)

    async def on_inline_query(self, query: InlineQuery) -> None:
        """Answer an inline query."""
        with self._questions.asked(f"inline {query.text}", person=query.person.id) as question:
            try:
                await self._answer_inline(query)
            except Exception:
                question.failed = True
                self._log_failure("inline query was not answered", person=query.person.id)

    async def _answer_inline(self, query: InlineQuery) -> None:
        spec, notifier = self._services.registry.analyses[0], self._services.notifier
        context = await self._contexts.make(query.person, None, spec)
        if self._services.access.is_banned(query.person.id, None):
            await notifier.answer_inline(query.query_id, ())
        elif wait_s := self._take_quota(query.person, None, spec.quota):
            await notifier.answer_inline(
                query.query_id, (hint(context, esc(quota_used(wait_s, context.tr))),)
            )
        else:
            await notifier.answer_inline(query.query_id, await answer_inline(context, query.text))

    def _command_of(self, message: IncomingMessage) -> CommandLine | None:
        """The command of a message, ``None`` if it is none or another bot's."""
        line = read_command(message.text)
        if line is None or line.addressed is None:
            return line
        return line if line.addressed.lower() == self._services.bot_username().lower() else None

    async def _handle_message(self, message: IncomingMessage) -> None:
        private = message.chat.kind == "private"
        line = self._command_of(message)
        if line is None:
            if private and read_command(message.text) is None:
                await self._handle_words(message)
            return
        addressed = line.addressed is not None
        spec = self._services.registry.by_name.get(line.name)
        if spec is not None and may_use(self._services.access, message.person.id, spec):
            await self._handle_command(message, line, spec)
        elif private or addressed:
            await self._reply(message, lambda context: self._unknown_command(context, line.name))

    async def _handle_words(self, message: IncomingMessage) -> None:
        """Answer a text that is no command: all scores of a symbol that it names, else a hint."""
        spec, words = self._services.registry.bare, read_words(message.text)
        if spec is not None and await names_symbol(
            await self._contexts.make(message.person, message.chat, spec, words)
        ):
            await self._handle_command(message, CommandLine(spec.name, None, words), spec)
        elif not message.edited:
            await self._reply(message, self._hint)

    async def _handle_command(self, message: IncomingMessage, line: CommandLine, spec: CommandSpec) -> None:
        context = await self._contexts.make(message.person, message.chat, spec, line.words)
        context = replace(context, message=message)
        if spec.private and message.chat.kind != "private":
            await self._reply(message, lambda _: esc(context.tr.gettext("Ask me that in our private chat.")))
        elif wait_s := self._take_quota(message.person, message.chat, spec.quota):
            await self._reply_over_quota(message, wait_s)
        else:
            slow = spec.topic is not None
            placeholder = partial(working_message, tr=context.tr)
            with self._drafts.opened(message, stopped_message(context.tr)) as draft:
                delivery = replace(self._delivery(message), draft=draft)
                ref = await delivery.deliver(self._run_command(context), placeholder, show_typing=slow)
            self._answers.note(message, ref)
            if slow:
                await self._services.styles.keep(ref, style_of(context.tr, context.config))
                await settle_look(context, ref)

    async def _reply_over_quota(self, message: IncomingMessage, wait_s: float) -> None:
        """Tell the person to wait, once until the wait is over: a flood is not answered with a flood."""
        if self._quota.should_notify(message.person.id, message.chat.chat_id, wait_s):
            beside = replace(message, edited=False)  # an earlier answer is worth more than this line
            await self._reply(beside, lambda context: esc(quota_used(wait_s, context.tr)))

    async def _run_command(self, context: RequestContext) -> MessageContent:
        """The outermost handler of a command: any error becomes one line with the id that the log has."""
        what = " ".join((f"/{context.spec.name}", *context.words))
        with self._questions.asked(what, person=context.person.id) as question:
            try:
                content = await route_of(context.spec)(context)
            except SourceError as error:
                note_fault(error)
                line = source_fault(error, context.tr, zone=context.config.time_zone)
                return MessageContent(line, plain(line), for_asker=True)
            except Exception:
                question.failed = True
                error_id = self._log_failure(
                    "command failed", command=context.spec.name, person=context.person.id, words=context.words
                )
                text = failed(error_id, context.tr)
                return MessageContent(text, plain(text), for_asker=True)
            return replace(content, for_asker=True) if context.spec.for_asker else content

    async def _reply(self, message: IncomingMessage, text_of: Callable[[RequestContext], Html]) -> None:
        spec = self._services.registry.analyses[0]
        text = text_of(await self._contexts.make(message.person, message.chat, spec))
        delivery, content = self._delivery(message), MessageContent(text, plain(text), for_asker=True)
        if delivery.replaces is None:
            ref = await delivery.send(content)
        else:
            ref = await self._services.notifier.edit(delivery.replaces, content)
        self._answers.note(message, ref)

    def _hint(self, context: RequestContext) -> Html:
        example = code(f"/{context.spec.name} BTC 4h")
        return fill(
            context.tr.gettext("Send me a command such as {example}. {help} lists all."),
            example=example,
            help=esc("/help"),
        )

    def _unknown_command(self, context: RequestContext, name: str) -> Html:
        role = role_of(self._services.access, context.person.id)
        near = self._services.registry.nearest(name, role)
        if near is None:
            text = context.tr.gettext("There is no command {word}. {help} lists all.")
            return fill(text, word=quoted(f"/{name}"), help=esc("/help"))
        text = context.tr.gettext("There is no command {word}. Did you mean {near}? {help} lists all.")
        return fill(text, word=quoted(f"/{name}"), near=esc(f"/{near.name}"), help=esc("/help"))

    def _take_quota(self, person: Person, chat: ChatRef | None, units: int) -> float:
        """Return for how many seconds somebody has to wait, 0 if not at all."""
        config, wait_s = self._services.chat_config(), 0.0
        if chat is not None and chat.kind != "private":
            limit = config.group_commands_per_minute
            wait_s = self._quota.take(person.id, units, limit, group_id=chat.chat_id)
        wait_s = wait_s or self._quota.take(person.id, units, config.commands_per_minute)
        self.over_quota += wait_s > 0
        return wait_s

    def _delivery(self, message: IncomingMessage) -> AnswerDelivery:
        private = message.chat.kind == "private"
        reply_to = None if private else message.message_id
        asker = None if private or message.person.id < 0 else Asker(message.person.id, hidden=message.hidden)
        return AnswerDelivery(
            self._services.notifier,
            self._services.clock,
            message.chat,
            reply_to,
            message.record,
            self._answers.replaced_by(message),
            asker,
        )

    def _log_failure(self, event: str, **facts: object) -> str:
        """Count and log the current exception; return the id that the answer shows."""
        self.failures += 1
        error_id = "".join(self._services.rng.choices(ERROR_ID_CHARACTERS, k=ERROR_ID_LENGTH))
        log.exception(event, error_id=error_id, **facts)
        return error_id

    async def _show_failure(self, query: CallbackQuery, answer: PressAnswer, error_id: str) -> None:
        chat = query.message.chat if query.message else None
        line = failed(error_id, await self._contexts.translator(query.person, chat))
        try:
            await answer.show(MessageContent(line, plain(line)))
        except Exception:
            self._log_failure("failure was not shown", first_error_id=error_id)


async def _made(content: MessageContent) -> MessageContent:
    return content
