"""Every command and the function that answers it: the modules' commands by declaration, then the bot's own."""

from collections.abc import Awaitable, Callable, Iterable
from typing import Final

from analysis.framework.module import AnyModule
from handlers.chat.context import RequestContext
from handlers.commands import analysis, help, start
from handlers.ports import MessageContent
from handlers.registry import CommandSpec, Registry

Route = Callable[[RequestContext], Awaitable[MessageContent]]
"""Answers one command; errors pass through to the dispatcher."""

_OWN: Final[tuple[tuple[CommandSpec, Route], ...]] = ((help.SPEC, help.run), (start.SPEC, start.run))
_ROUTES: Final[dict[str, Route]] = {spec.name: route for spec, route in _OWN}


def build_registry(modules: Iterable[AnyModule]) -> Registry:
    """Return the registry of the modules' commands and of the bot's own."""
    return Registry((*map(analysis.spec_of, modules), *(spec for spec, _ in _OWN)))


def route_of(spec: CommandSpec) -> Route:
    """Return the function that answers a command."""
    return analysis.run if spec.module is not None else _ROUTES[spec.name]
