"""Who may change what a chat has: anybody in private, in a group its administrators alone."""

from handlers.chat.context import RequestContext


async def may_change(context: RequestContext) -> bool:
    """Return whether who asks may change what the chat has: settings, lists, alerts, digests."""
    chat = context.chat
    return (
        chat is None
        or chat.kind == "private"
        or await context.services.notifier.is_admin(chat, context.person)
    )
