"""A person in a private chat with the bot."""

import pytest

from handlers.ports import ChatRef
from tests.bot.conftest import People


@pytest.fixture
async def ada(people: People) -> ChatRef:
    return await people.join(first_name="Ada")
