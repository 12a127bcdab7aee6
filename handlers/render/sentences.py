"""One-line answers: what was not understood, what is not listed, what a source could not do."""

from collections.abc import Sequence

from handlers.baskets import WrongNumber
from handlers.grammar import InvalidArgument
from handlers.locale.messages import N_, Translator
from handlers.render.html import Html, bold, code, esc, fill, join, shorten
from handlers.render.sources import source_words
from handlers.render.words import moment_tag
from handlers.services import SymbolFound, SymbolMissing
from utils.binance_api.bars import ImpossibleBars, NoBars, NoBarsThen, NoneClosedYet
from utils.binance_api.intervals import SHORTEST_MS
from utils.http.errors import Misconfigured, Rejected, Retryable, SourceError, Unavailable

QUOTED_WIDTH = 24  # characters of an offending word that are quoted back
MOST_LEFT_OUT = 3
MOST_MISSING = 5  # words of a basket that name no symbol
SHOWING = N_("Showing {symbol} for {word}.")


def quoted(word: str) -> Html:
    """Return a person's word as it may be shown: one line, shortened, escaped."""
    return code(shorten(word, QUOTED_WIDTH) or "?")


def invalid_argument(fault: InvalidArgument, tr: Translator) -> Html:
    """Return the line that quotes the offending word and shows a correct example."""
    sentence = fill(_fault(fault, tr), word=quoted(fault.word), intervals=esc(" ".join(SHORTEST_MS)))
    return with_example(sentence, code(fault.example), tr)


def with_example(said: Html, example: Html, tr: Translator) -> Html:
    """Return a sentence with an example of what to type."""
    return fill(tr.gettext("{said} Example: {example}"), said=said, example=example)


def _fault(fault: InvalidArgument, tr: Translator) -> str:
    sentences = {
        "word": tr.gettext("I cannot read {word}."),
        "interval": tr.gettext("{word} is not an interval; there are {intervals}."),
        "two_intervals": tr.gettext("{word} is a second interval; one is enough."),
        "two_times": tr.gettext("{word} is a second time; one is enough."),
        "time": tr.gettext("{word} is not a time I can read; @2024-08-05, @2024-08-05T12:00 and @-3d are."),
        "future": tr.gettext("{word} lies in the future."),
        "too_early": tr.gettext("{word} is before the exchange opened in July 2017."),
    }
    return sentences[fault.code]


def symbol_missing(
    missing: SymbolMissing, command: str, tr: Translator, *, arguments: str = "BTC 4h"
) -> Html:
    """Return the line above the suggestions, or with an example where nothing is near."""
    sentence = fill(_missing(missing, tr), word=quoted(missing.word))
    if missing.nearest:
        return fill(tr.gettext("{said} Did you mean:"), said=sentence)
    return with_example(sentence, code(f"/{command} {arguments}"), tr)


def _missing(missing: SymbolMissing, tr: Translator) -> str:
    sentences = {
        "unknown": tr.gettext("I find no {word} on Binance."),
        "unreadable": tr.gettext("Binance lists {word} in a form that I cannot read."),
        "ambiguous": tr.gettext("{word} can mean more than one symbol."),
        "delisted": tr.gettext("{word} is no longer listed on Binance."),
        "pending": tr.gettext("Trading of {word} has not begun on Binance yet."),
        "halted": tr.gettext("Trading of {word} is halted on Binance now."),
    }
    return sentences[missing.why]


def missing_words(missing: Sequence[SymbolMissing], example: Html, tr: Translator) -> Html:
    """Return a line for each word of a basket that names no symbol, with what is similar to it, and an example."""
    lines = []
    for one in missing[:MOST_MISSING]:
        near = ", ".join(found.symbol for found in one.nearest)
        said = fill(_missing(one, tr), word=quoted(one.word))
        lines.append(
            fill(tr.gettext("{said} Similar: {near}."), said=said, near=code(near)) if near else said
        )
    if len(missing) > MOST_MISSING:
        lines.append(esc(tr.gettext("And {count} more.", count=len(missing) - MOST_MISSING)))
    return join("\n", [*lines, fill(tr.gettext("Example: {example}"), example=example)])


def wrong_number(fault: WrongNumber, example: Html, tr: Translator) -> Html:
    """Return the line that says how many symbols a command takes."""
    if fault.too_many:
        return too_many_symbols(fault.count, fault.takes.most, example, tr)
    sentence = tr.gettext("Name at least {fewest} symbols.", fewest=fault.takes.fewest)
    return with_example(esc(sentence), example, tr)


def too_many_symbols(count: int, most: int, example: Html, tr: Translator) -> Html:
    """Return the line that says how many symbols are taken at once."""
    sentence = tr.gettext("{count} symbols are too many; I take {most} at once.", count=count, most=most)
    return with_example(esc(sentence), example, tr)


def showing(symbol: SymbolFound, tr: Translator) -> Html:
    """Return which symbol a word was taken for."""
    return fill(tr.gettext(SHOWING), symbol=bold(symbol.symbol), word=quoted(symbol.guessed_from or ""))


def taken_as(symbol: SymbolFound, left_out: tuple[str, ...], tr: Translator) -> Html:
    """Return what a question was taken for: a symbol that was not typed exactly, symbols left out; or nothing."""
    lines = []
    if symbol.guessed_from is not None:
        lines.append(showing(symbol, tr))
    if left_out:
        said = tr.gettext("One symbol at a time: {words} left out.")
        lines.append(fill(said, words=join(", ", [quoted(word) for word in left_out[:MOST_LEFT_OUT]])))
    return join("\n", lines)


def source_fault(error: SourceError, tr: Translator, *, zone: str) -> Html:
    """Return what a reader can do about a source that did not answer; the log has the detail."""
    is_exchange = error.source.startswith("binance")
    source = esc(tr.gettext("The exchange") if is_exchange else source_words(error.source, tr))
    if (bars := _bars_fault(error, source, tr, zone)) is not None:
        return bars
    if isinstance(error, Rejected) and error.parameter == "symbol":
        return fill(tr.gettext("{source} does not list that symbol now."), source=source)
    if isinstance(error, Rejected):
        reason = "" if error.code is None else f" ({error.code})"
        sentence = tr.gettext("{source} refuses this request{reason}: check the symbol and the interval.")
        return fill(sentence, source=source, reason=esc(reason))
    if isinstance(error, Unavailable) and error.until_ms is not None:
        until = moment_tag(error.until_ms, zone, tr.language)
        return fill(tr.gettext("{source} lets nobody ask until {until}."), source=source, until=until)
    if isinstance(error, Retryable) and error.retry_after_s is not None:
        seconds = max(1, round(error.retry_after_s))
        sentence = tr.ngettext(
            "{source} is busy; try again in {count} second.",
            "{source} is busy; try again in {count} seconds.",
            seconds,
            source="{source}",
        )
        return fill(sentence, source=source)
    if isinstance(error, Misconfigured):
        sentence = tr.gettext("{source} cannot be asked until the bot's owner mends its settings.")
        return fill(sentence, source=source)
    return fill(tr.gettext("{source} does not answer now; try again in a minute."), source=source)


def _bars_fault(error: SourceError, source: Html, tr: Translator, zone: str) -> Html | None:
    """Return what is wrong with the bars of a coin, ``None`` where it is something else."""
    if not isinstance(error, ImpossibleBars | NoBars | NoneClosedYet | NoBarsThen):
        return None
    facts = {"source": source, "symbol": code(error.symbol), "interval": esc(error.interval)}
    if isinstance(error, ImpossibleBars):
        sentence = tr.gettext("{source} sent {interval} bars of {symbol} that cannot be true; I use none.")
    elif isinstance(error, NoBars):
        sentence = tr.gettext("{source} lists {symbol} but has sent no {interval} bars of it so far.")
    elif isinstance(error, NoBarsThen):
        sentence = tr.gettext("No {interval} bar of {symbol} had closed by then.")
    elif error.until_ms is None:
        sentence = tr.gettext("No {interval} bar of {symbol} has closed yet.")
    else:
        sentence = tr.gettext("No {interval} bar of {symbol} has closed yet; the first one closes {until}.")
        facts["until"] = moment_tag(error.until_ms, zone, tr.language)
    return fill(sentence, **facts)


def quota_used(wait_s: float, tr: Translator) -> str:
    """Return the line for someone who asked too much in a minute."""
    seconds = max(1, int(wait_s + 0.999))
    return tr.ngettext(
        "That was a lot at once; I answer you again in {count} second.",
        "That was a lot at once; I answer you again in {count} seconds.",
        seconds,
    )


def too_late(count: int, tr: Translator) -> str:
    """Return the line for commands of a chat that waited long for the bot to start."""
    return tr.ngettext(
        "I was away; {count} command from then is too old to answer. Please send it again.",
        "I was away; {count} commands from then are too old to answer. Please send them again.",
        count,
    )


def failed(error_id: str, tr: Translator) -> Html:
    """Return the line for a failure that is ours; the log has the same id."""
    return fill(
        tr.gettext("That failed, and it is my fault. The log knows it as {error_id}."),
        error_id=code(error_id),
    )


def unreadable(kind: str, tr: Translator) -> Html:
    """Return the line for owners about a kind of updates that cannot be read."""
    return fill(
        tr.gettext(
            "Telegram sends updates of the kind {kind} that I cannot read. They are counted and kept for three days; "
            "a newer version of this program may know them."
        ),
        kind=quoted(kind),
    )
