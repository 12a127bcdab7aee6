"""Who may see the own account: an owner, in the own private chat with the bot, asked anew for every answer."""

from analysis.account.risk import AccountRisk
from analysis.reasons import Reason
from handlers.chat.context import Turn
from handlers.chat.keyboard import CardAsk

Beside = AccountRisk | Reason | None


def may_see(turn: Turn) -> bool:
    """Whether this person, here, may see the account. Nothing that a button's data says takes part in it."""
    person, place = turn.person, turn.place
    alone = place is not None and place.kind == "private" and place.chat_id == person.id
    return alone and person.id in turn.desk.owners()


async def account_beside(turn: Turn, ask: CardAsk, *, past: bool) -> Beside:
    """Return the account for a card that shows one, or why an owner does not see it; ``None`` for everyone else."""
    if not ask.module.account or not may_see(turn):
        return None
    if not turn.desk.account.available:
        return Reason("no_keys")
    if past:
        return Reason("no_history", {"what": "the account"})
    return await turn.desk.account.read(ask.interval)
