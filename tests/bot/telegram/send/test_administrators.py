"""Who administers a chat, as Telegram tells it."""

from bot.telegram.send.notifier import TelegramNotifier
from handlers.ports import ChatRef, Person
from tests.bot.conftest import InstantClock, People


def person(chat: ChatRef) -> Person:
    """The person of a private chat."""
    return Person(chat.chat_id, "somebody", None)


async def test_administrators(notifier: TelegramNotifier, people: People, ada: ChatRef) -> None:
    bob, eve = await people.join(first_name="Bob"), await people.join(first_name="Eve")
    group = await people.group(
        members=[ada.chat_id, bob.chat_id, eve.chat_id], admins=[ada.chat_id], owner=eve.chat_id
    )
    assert await notifier.is_admin(group, person(ada))
    assert await notifier.is_admin(group, person(eve))
    assert not await notifier.is_admin(group, person(bob))
    assert not await notifier.is_admin(ChatRef(-1, "group"), person(bob))


async def test_everyone_administers_only_their_own_private_chat(
    notifier: TelegramNotifier, people: People, ada: ChatRef
) -> None:
    bob = await people.join(first_name="Bob")
    assert await notifier.is_admin(bob, person(bob))
    assert not await notifier.is_admin(ada, person(bob))
    assert await people.calls("getChatMember") == 0


async def test_administrator_status_is_asked_for_again_after_a_minute(
    notifier: TelegramNotifier, people: People, ada: ChatRef, instant_clock: InstantClock
) -> None:
    group = await people.group(members=[ada.chat_id], admins=[ada.chat_id])
    assert await notifier.is_admin(group, person(ada))
    await people.call("PATCH", f"/chats/{group.chat_id}", {"members": {str(ada.chat_id): "member"}})
    await instant_clock.advance(59_999)
    assert await notifier.is_admin(group, person(ada))
    assert await people.calls("getChatMember") == 1
    await instant_clock.advance(1)
    assert not await notifier.is_admin(group, person(ada))
    assert not await notifier.is_admin(group, person(ada))
    assert await people.calls("getChatMember") == 2


async def test_who_speaks_as_the_group_administers_it(
    notifier: TelegramNotifier, people: People, ada: ChatRef
) -> None:
    group = await people.group(members=[ada.chat_id])
    assert await notifier.is_admin(group, Person(group.chat_id, "Traders", None))
    assert not await notifier.is_admin(group, Person(-200, "News", None))
