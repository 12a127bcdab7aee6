"""The commands of administrators: what answers each, and what those that ask first do when they are confirmed."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Final

from handlers.admin.confirming import Perform
from handlers.chat.context import RequestContext
from handlers.commands import admins, broadcast, config, overview, reload, restrictions
from handlers.ports import MessageContent
from handlers.registry import CommandSpec

ADMIN_ROUTES: Final[tuple[tuple[CommandSpec, Callable[[RequestContext], Awaitable[MessageContent]]], ...]] = (
    (overview.STATUS_SPEC, overview.run_status),
    (config.SPEC, config.run),
    (reload.SPEC, reload.run),
    (overview.GROUPS_SPEC, overview.run_groups),
    (broadcast.SPEC, broadcast.run),
    (restrictions.MUTE_SPEC, restrictions.run_mute),
    (restrictions.BAN_SPEC, restrictions.run_ban),
    (admins.SPEC, admins.run),
    (overview.AUDIT_SPEC, overview.run_audit),
)
CONFIRMED: Final[Mapping[str, Perform]] = {
    admins.SPEC.name: admins.perform,
    restrictions.BAN_SPEC.name: restrictions.perform_ban,
    restrictions.MUTE_SPEC.name: restrictions.perform_mute,
    broadcast.SPEC.name: broadcast.perform,
}
