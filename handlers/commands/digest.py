"""``/digest 08:00 btc eth 4h weekdays`` makes a digest, ``/digest`` lists all, ``/digest off 2`` ends one."""

from typing import Final

from handlers.baskets import read_symbols
from handlers.chat.baskets import symbols_of
from handlers.chat.context import RequestContext
from handlers.chat.rights import may_change
from handlers.commands.arguments import read_arguments
from handlers.digests.port import DigestPort
from handlers.digests.wanted import EXAMPLE, WantedDigest, read_wanted
from handlers.digests.words import digest_line
from handlers.grammar import Arguments, InvalidArgument
from handlers.locale.messages import N_, Translator
from handlers.ports import ChatRef, MessageContent
from handlers.question_log import note_fault
from handlers.registry import CommandSpec
from handlers.render.html import Html, bold, code, esc, fill, glue, join, plain
from handlers.render.sentences import invalid_argument, quoted, source_fault, symbol_missing, too_many_symbols
from utils.http.errors import SourceError, Unavailable
from utils.store.digests import DigestDefinition
from utils.store.urls import SOURCE

SPEC: Final = CommandSpec(
    name="digest",
    aliases=("digests",),
    role="anyone",
    quota=1,
    help_key="digest",
    title=N_("Digest"),
    summary=N_("sends scores of your coins every day"),
)
MOST_PER_CHAT: Final = 5
MOST_COINS: Final = 8
_OFF: Final = ("off", "kapat")


async def run(context: RequestContext) -> MessageContent:
    """Answer ``/digest``: list, make or end a digest, or say in one line what is wrong."""
    first = context.words[0].casefold() if context.words else ""
    try:
        if not first:
            return _content(await _list(context))
        if not await may_change(context):
            return _content(esc(context.tr.gettext("In a group only its admins may make or end digests.")))
        if first in _OFF:
            return _content(await _off(context, *context.words[1:2]))
        return _content(await _make(context, read_wanted(context.words)))
    except SourceError as error:
        note_fault(error)
        return _content(_trouble(error, context))


async def _list(context: RequestContext) -> Html:
    found = await _digests(context).of_chat(_chat(context).chat_id)
    if not found:
        nothing = context.tr.gettext("There is no digest in this chat. For example: {example}")
        return fill(nothing, example=code(EXAMPLE))
    zone = context.config.time_zone
    lines = [glue(bold(f"{one.number} "), digest_line(one, context.tr, zone)) for one in found]
    end = fill(context.tr.gettext("{command} ends one."), command=code(f"/digest off {found[0].number}"))
    return join("\n\n", [*lines, end])


async def _off(context: RequestContext, word: str = "") -> Html:
    digits = word.removeprefix("#")
    number = int(digits) if digits.isascii() and digits.isdecimal() and len(digits) < 10 else None
    if number is None or not await _digests(context).remove(_chat(context).chat_id, number):
        line = context.tr.gettext("{word} is the number of no digest here; {list} shows them.")
        return fill(line, word=quoted(word), list=esc("/digests"))
    return esc(context.tr.gettext("Digest {number} has ended.", number=number))


async def _make(context: RequestContext, wanted: WantedDigest) -> Html:
    if wanted.minute is None:
        line = context.tr.gettext("Name a time of day, and coins. For example: {example}")
        return fill(line, example=code(EXAMPLE))
    arguments = _arguments(context, wanted)
    if isinstance(arguments, InvalidArgument):
        return invalid_argument(arguments, context.tr)
    if arguments.left_out:
        count = len(arguments.symbols) + len(arguments.left_out)
        return too_many_symbols(count, MOST_COINS, code(EXAMPLE), context.tr)
    words = arguments.symbols or (context.config.default_symbol,)
    named = await read_symbols(symbols_of(context), words, quote=context.config.quote)
    if named.missing:
        return symbol_missing(named.missing[0], context.spec.name, context.tr)
    if len(named.found) > MOST_COINS:
        return too_many_symbols(len(named.found), MOST_COINS, code(EXAMPLE), context.tr)
    definition = DigestDefinition(
        to=_digests(context).destination(_chat(context)),
        person_id=context.person.id,
        symbols=tuple(dict.fromkeys((coin.symbol, coin.market) for coin in named.found)),
        interval=arguments.interval or context.config.default_interval,
        minute=wanted.minute,
        days=wanted.days,
        language=context.tr.language,
    )
    return await _keep(context, definition)


def _arguments(context: RequestContext, wanted: WantedDigest) -> Arguments | InvalidArgument:
    """Read coins and interval; a digest has no past moment."""
    found = read_arguments(context, wanted.rest, most_symbols=MOST_COINS)
    if isinstance(found, InvalidArgument):
        return InvalidArgument(found.code, found.word, EXAMPLE, found.mended)
    if found.at_ms is not None:
        word = next((word for word in wanted.rest if word.startswith("@")), wanted.rest[-1])
        return InvalidArgument("word", word, EXAMPLE, found)
    return found


async def _keep(context: RequestContext, definition: DigestDefinition) -> Html:
    tr, zone = context.tr, context.config.time_zone
    made = await _digests(context).add(definition, zone, most=MOST_PER_CHAT)
    if made is None:
        full = tr.gettext("This chat has {count} digests and may have no more.", count=MOST_PER_CHAT)
        return esc(full)
    head = tr.gettext("Digest {number} is set", number=made.number)
    clock = fill(tr.gettext("by the clocks of {zone}"), zone=code(zone))
    return join("\n", [bold(head), digest_line(made, tr, zone), clock])


def digest_help(spec: CommandSpec, tr: Translator) -> Html:
    """Return the page of the command."""
    names = " ".join(f"/{name}" for name in spec.names)
    facts = (
        tr.gettext("Days: weekdays, weekends, or every day where nothing is said."),
        tr.gettext("The time is that of the chat's zone, in summer and in winter."),
        tr.gettext(
            "A time that the clocks skip comes right after the gap, one that comes twice counts once."
        ),
        tr.gettext(
            "What is late by two hours or less is still sent; of what is later only that it was missed."
        ),
        tr.gettext("In a group only its admins may make or end digests."),
    )
    return join(
        "\n\n",
        [
            join(
                "\n", [glue(bold(tr.gettext(spec.title)), esc(f" – {names}")), esc(tr.gettext(spec.summary))]
            ),
            join("\n", [code(EXAMPLE), code("/digest off 2")]),
            join("\n", [esc(f"– {fact}") for fact in facts]),
        ],
    )


def _digests(context: RequestContext) -> DigestPort:
    if context.services.digests is None:
        raise Unavailable(SOURCE, "nothing keeps digests")
    return context.services.digests


def _chat(context: RequestContext) -> ChatRef:
    if context.chat is None:
        raise LookupError(f"/{context.spec.name} was asked in no chat")
    return context.chat


def _trouble(error: SourceError, context: RequestContext) -> Html:
    if error.source == SOURCE:
        return esc(context.tr.gettext("I cannot reach my notes of digests now; try again in a minute."))
    return source_fault(error, context.tr, zone=context.config.time_zone)


def _content(text: Html) -> MessageContent:
    return MessageContent(text, plain(text))
