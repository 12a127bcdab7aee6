"""``/start``: who this is and the one thing to type first."""

from handlers.chat.context import RequestContext
from handlers.locale.messages import N_
from handlers.ports import MessageContent
from handlers.registry import CommandSpec
from handlers.render.html import bold, code, esc, fill, join, plain

SPEC = CommandSpec(
    name="start",
    aliases=(),
    role="anyone",
    quota=1,
    help_key="start",
    title=N_("Start"),
    summary=N_("a short welcome"),
    for_asker=True,
)


async def run(context: RequestContext) -> MessageContent:
    """Answer with a short welcome and an example of all scores and of every analysis there is."""
    tr, every = context.tr, context.services.registry.bare
    examples = [
        fill(
            "{command} – {question}",
            command=code(spec.example),
            question=esc(tr.gettext(spec.summary)),
        )
        for spec in (*([] if every is None else [every]), *context.services.registry.analyses)
    ]
    text = join(
        "\n\n",
        [
            bold(tr.gettext("Welcome! I read Binance markets and show my reasons.")),
            esc(tr.gettext("Type a command, a coin and an interval:")),
            join("\n", examples),
            fill(
                tr.gettext(
                    "Add {past} for a past moment. {help} explains every number. None of this is advice."
                ),
                past=code("@2024-08-05"),
                help=esc("/help"),
            ),
        ],
    )
    return MessageContent(text, plain(text))
