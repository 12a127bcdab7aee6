"""``/reload``: read the whole configuration anew, all or nothing, and say what is different."""

from collections.abc import Sequence

from config.changes import ConfigChange
from handlers.admin.answers import administration, answer, doer_of, listed
from handlers.admin.ports import ConfigOutcome
from handlers.chat.context import RequestContext
from handlers.locale.messages import N_, Translator
from handlers.ports import MessageContent
from handlers.registry import CommandSpec
from handlers.render.html import Html, bold, code, esc, fill, join

SPEC = CommandSpec(
    name="reload",
    aliases=(),
    role="admin",
    quota=1,
    help_key="reload",
    title=N_("Reload"),
    summary=N_("read the configuration anew"),
    private=True,
)


async def run(context: RequestContext) -> MessageContent:
    """Answer with the difference, or with everything that is wrong; nothing has changed then."""
    outcome = await administration(context).configuration.reload(doer_of(context))
    return answer(outcome_text(outcome, context.tr))


def outcome_text(outcome: ConfigOutcome, tr: Translator) -> Html:
    """Return what came of an exchange of the configuration."""
    undone = []
    if outcome.undone is not None:
        undone.append(fill(tr.gettext("Taken back: {key}."), key=code(outcome.undone)))
    if outcome.problems:
        refused = [
            bold(tr.gettext("Refused; the configuration stays as it was")),
            *map(code, outcome.problems),
        ]
        return join("\n", [*undone, *refused])
    return join("\n", [*undone, changes_text(outcome.changes, tr)])


def changes_text(changes: Sequence[ConfigChange], tr: Translator) -> Html:
    """Return one line for each key that is different: old → new."""
    if not changes:
        return esc(tr.gettext("In force; nothing is different."))
    title = tr.ngettext(
        "In force; one key is different", "In force; {count} keys are different", len(changes)
    )
    return listed(title, (code(f"{one.key}: {one.before} → {one.after}") for one in changes))
