"""``/status``, ``/groups`` and ``/audit``: how the process is, where the bot is, and who did what."""

from collections.abc import Iterable
from typing import Final

from handlers.admin.answers import administration, answer, listed, said
from handlers.admin.ports import AuditLine, StatusReport
from handlers.chat.context import RequestContext
from handlers.locale.messages import N_, Translator
from handlers.ports import MessageContent
from handlers.registry import CommandSpec
from handlers.render.html import Html, code, esc, fill, join
from handlers.render.words import DASH, moment_tag, number, share_words, span

STATUS_SPEC = CommandSpec(
    name="status",
    aliases=(),
    role="admin",
    quota=1,
    help_key="status",
    title=N_("Status"),
    summary=N_("how the bot is"),
    private=True,
)
GROUPS_SPEC = CommandSpec(
    name="groups",
    aliases=(),
    role="admin",
    quota=1,
    help_key="groups",
    title=N_("Groups"),
    summary=N_("the groups that the bot is in"),
    private=True,
)
AUDIT_SPEC = CommandSpec(
    name="audit",
    aliases=(),
    role="admin",
    quota=1,
    help_key="audit",
    title=N_("Audit"),
    summary=N_("what admins have done"),
    private=True,
)
MOST_AUDITED: Final = 20
MOST_STREAMS: Final = 8


async def run_status(context: RequestContext) -> MessageContent:
    """Answer with everything that the process says of itself."""
    return answer(status_text(await administration(context).status(), context.tr))


def status_text(report: StatusReport, tr: Translator) -> Html:
    """Return a report in blocks; what there is nothing of is left out."""
    hits, uptime = share_words(report.hit_rate, tr.language), span(round(1000 * report.uptime_s), tr.language)
    head = [
        f"{tr.gettext('version')} {report.version} · {tr.gettext('running for')} {uptime}",
        f"{tr.gettext('configuration')} {report.config}",
        f"{tr.gettext('cache hits')} {hits}",
    ]
    late = sorted(report.streams.items(), key=lambda item: -(item[1] if item[1] is not None else 1e12))
    streams = [f"{name}: {_lag(lag, tr)}" for name, lag in late[:MOST_STREAMS]]
    blocks = [
        (tr.gettext("Bot"), head),
        (tr.gettext("Not ready"), [f"{part}: {why}" for part, why in report.not_ready.items()]),
        (
            tr.gettext("Request weight"),
            [f"{p}: {used} / {most}" for p, (used, most) in report.weights.items()],
        ),
        (f"{tr.gettext('Streams')} ({len(report.streams)})", streams),
        (tr.gettext("Waiting"), [f"{name}: {count}" for name, count in report.queues.items()]),
        (tr.gettext("Jobs"), [f"{name}: {state}" for name, state in report.jobs.items()]),
        (tr.gettext("Last errors"), list(report.errors)),
    ]
    return join("\n\n", [listed(title, map(code, lines)) for title, lines in blocks if lines])


async def run_groups(context: RequestContext) -> MessageContent:
    """Answer with the groups, those heard of last first."""
    groups = await administration(context).chats.groups()
    if not groups:
        return said(context.tr.gettext("No group has written to the bot yet."))
    zone, tr = context.config.time_zone, context.tr
    rows = (
        fill(
            "{title} {id} · {seen}",
            title=esc(one.title),
            id=code(str(one.chat_id)),
            seen=moment_tag(one.seen_at, zone, tr.language),
        )
        for one in groups
    )
    return answer(listed(f"{tr.gettext('Groups')} ({len(groups)})", rows))


async def run_audit(context: RequestContext) -> MessageContent:
    """Answer with what was done, the newest first."""
    lines = await administration(context).chats.audit(MOST_AUDITED)
    if not lines:
        return said(context.tr.gettext("Nothing was done yet."))
    return answer(listed(context.tr.gettext("Audit"), _audit_rows(lines, context)))


def _audit_rows(lines: Iterable[AuditLine], context: RequestContext) -> Iterable[Html]:
    for one in lines:
        when = moment_tag(one.at, context.config.time_zone, context.tr.language)
        who = "SIGHUP" if one.person_id is None else str(one.person_id)
        change = "" if one.before is one.after is None else f": {one.before or '–'} → {one.after or '–'}"
        yield fill(
            "{when} {who} {what}", when=when, who=code(who), what=esc(f"{one.action} {one.subject}{change}")
        )


def _lag(seconds: float | None, tr: Translator) -> str:
    return DASH if seconds is None else f"{number(seconds, 1, tr.language)} {tr.gettext('s')}"
