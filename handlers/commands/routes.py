"""Every command and the function that answers it: the modules' commands by declaration, then the bot's own."""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Final

from analysis.framework.module import AnyModule
from handlers.chat.context import RequestContext
from handlers.commands import analysis, help, start
from handlers.ports import MessageContent
from handlers.registry import CommandSpec, Registry

Route = Callable[[RequestContext], Awaitable[MessageContent]]
"""Answers one command; errors pass through to the dispatcher."""

_OWN: Final[tuple[tuple[CommandSpec, Route], ...]] = ((help.SPEC, help.run), (start.SPEC, start.run))
OWN_ROUTES: Final[Mapping[str, Route]] = {spec.name: route for spec, route in _OWN}
RUN_MODULE: Final[Route] = analysis.run
"""Answers every command that is not among the bot's own."""


def build_registry(modules: Iterable[AnyModule]) -> Registry:
    """Return the registry of the modules' commands and of the bot's own."""
    return Registry((*map(analysis.spec_of, modules), *(spec for spec, _ in _OWN)))
