"""Every command and the function that answers it: the modules' commands by declaration, then the bot's own."""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Final

from analysis.framework.module import AnyModule
from handlers.chat.context import RequestContext
from handlers.commands import alert, analysis, digest, favourites, help, scan, settings, start
from handlers.commands.administration import ADMIN_ROUTES
from handlers.composites.topic import CompositeTopic
from handlers.ports import MessageContent
from handlers.registry import CommandSpec, Registry

Route = Callable[[RequestContext], Awaitable[MessageContent]]
"""Answers one command; errors pass through to the dispatcher."""

_OWN: Final[tuple[tuple[CommandSpec, Route], ...]] = (
    (alert.SPEC, alert.run),
    (alert.LIST_SPEC, alert.run_list),
    (favourites.SPEC, favourites.run),
    (settings.SPEC, settings.run),
    (settings.LANGUAGE_SPEC, settings.run_language),
    (digest.SPEC, digest.run),
    (help.SPEC, help.run),
    (start.SPEC, start.run),
    *ADMIN_ROUTES,
)
OWN_ROUTES: Final[Mapping[str, Route]] = {spec.name: route for spec, route in _OWN}


def route_of(spec: CommandSpec) -> Route:
    """Return what answers a command: its own function, the scan, or the card of its topic."""
    if spec.composite is not None and spec.composite.kind == "scan":
        return scan.run
    return OWN_ROUTES.get(spec.name, analysis.run)


def build_registry(modules: Iterable[AnyModule], composites: Iterable[CompositeTopic] = ()) -> Registry:
    """Return the registry of the composite scores' commands, of the modules' and of the bot's own."""
    scores = map(analysis.spec_of_composite, composites)
    return Registry((*scores, *map(analysis.spec_of, modules), *(spec for spec, _ in _OWN)))
