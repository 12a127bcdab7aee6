"""Who may see the exchange account: an owner in a private chat with the bot. Checked for every answer."""

from analysis.account.result import AccountRisk
from analysis.framework.reasons import Reason
from handlers.chat.context import RequestContext
from handlers.chat.keyboard import CardRequest
from utils.waiting import step

AccountForCard = AccountRisk | Reason | None


def may_see_account(context: RequestContext) -> bool:
    """Return whether this person may see the account in this chat. Callback data plays no part in the decision."""
    person, chat = context.person, context.chat
    is_own_chat = chat is not None and chat.kind == "private" and chat.chat_id == person.id
    return is_own_chat and person.id in context.services.owners()


async def account_for_card(context: RequestContext, card: CardRequest, *, past: bool) -> AccountForCard:
    """Return the account for a card that shows one, or why an owner does not see it; ``None`` for everyone else."""
    if not may_see_account(context):
        return None
    if not context.services.account.available:
        return Reason("no_keys")
    if past:
        return Reason("no_history", {"what": "the account"})
    with step("account"):
        return await context.services.account.read(card.interval)
