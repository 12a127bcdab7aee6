"""When a stream was listened to: spans that grow, are cut to the question and joined where they meet."""

import pytest

from utils.store.listening import EVERY_SYMBOL
from utils.store.store import Store

STREAM = "um.force_orders"


async def test_a_span_grows_with_every_heartbeat_and_never_shrinks(store: Store) -> None:
    for until in (10, 30, 20):
        await store.listening.heard(STREAM, EVERY_SYMBOL, since=0, until=until)
    assert await store.listening.spans(STREAM, EVERY_SYMBOL, 0, 100) == ((0, 30),)


async def test_spans_are_cut_to_the_question_and_joined_where_they_meet(store: Store) -> None:
    for since, until in ((0, 30), (30, 40), (35, 38), (60, 90)):
        await store.listening.heard(STREAM, EVERY_SYMBOL, since=since, until=until)
    assert await store.listening.spans(STREAM, EVERY_SYMBOL, 10, 70) == ((10, 40), (60, 70))
    assert await store.listening.spans(STREAM, EVERY_SYMBOL, 40, 60) == ()
    assert await store.listening.spans(STREAM, "BTCUSDT", 0, 100) == ()


async def test_a_span_that_ends_before_it_begins_is_refused(store: Store) -> None:
    with pytest.raises(ValueError, match="before since"):
        await store.listening.heard(STREAM, EVERY_SYMBOL, since=2, until=1)
