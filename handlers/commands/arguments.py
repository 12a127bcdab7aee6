"""The words of a question as the grammar reads them in its chat."""

from zoneinfo import ZoneInfo

from handlers.chat.context import RequestContext
from handlers.grammar import Arguments, InvalidArgument, parse_arguments


def read_arguments(
    context: RequestContext, words: tuple[str, ...], *, most_symbols: int = 1
) -> Arguments | InvalidArgument:
    """Sort words into symbols, interval and a moment of the chat's zone, or name the first invalid one."""
    return parse_arguments(
        words,
        command=context.spec.name,
        now_ms=context.now_ms,
        zone=ZoneInfo(context.config.time_zone),
        max_symbols=most_symbols,
    )
