"""What the chat keeps of its newest answers: the messages they stand in, their style, and the results they show."""

from collections.abc import Callable
from typing import Final, Generic, TypeVar

from analysis.framework.question import Basket
from config.c_chat import ChatConfig
from handlers.chat.keyboard import CardRequest, card_seconds
from handlers.locale.messages import Translator
from handlers.ports import CardStyle, CardStyles, IncomingMessage, MessageRef
from handlers.render.scored import Dated
from handlers.services import BasketRows
from utils.caching import LruMap

ANSWERS: Final = 4096
STYLES: Final = 4096
BASKETS: Final = 512
RESULTS: Final = 256
"""Results kept of what has no size of its own."""
RESULT_BYTES: Final = 6_000_000
"""Results of modules kept: about 100 KB each, mostly the series of the chart."""

Key = tuple[str, str, str, Basket | None, str, int]


class Answers:
    """The last answer to each of the newest messages; what is forgotten is answered by a new message."""

    def __init__(self) -> None:
        self._refs: LruMap[tuple[int, int], MessageRef] = LruMap(ANSWERS)

    def note(self, message: IncomingMessage, ref: MessageRef) -> None:
        """Note what answers a message; one without an id is none that can be edited."""
        if message.hidden or ref.asker is not None:
            return
        self._refs.put((message.chat.chat_id, message.message_id), ref)

    def replaced_by(self, message: IncomingMessage) -> MessageRef | None:
        """Return the answer that the answer to this message replaces, ``None`` if the message is new."""
        return self._refs.get((message.chat.chat_id, message.message_id)) if message.edited else None


class RecentStyles:
    """Implements `handlers.ports.CardStyles` in memory for the newest cards, and for all of them in ``kept``."""

    def __init__(self, kept: CardStyles | None = None) -> None:
        self._kept = kept
        self._styles: LruMap[tuple[int, int], CardStyle] = LruMap(STYLES)

    async def keep(self, ref: MessageRef, style: CardStyle) -> None:
        """Keep how the card of a message is written, unless it has no id of its own."""
        if not ref.message_id:
            return
        key = ref.chat.chat_id, ref.message_id
        if self._styles.get(key) != style:
            self._styles.put(key, style)
            if self._kept is not None:
                await self._kept.keep(ref, style)

    async def find(self, ref: MessageRef) -> CardStyle | None:
        """Return how the card of a message is written, ``None`` if that is not known."""
        if not ref.message_id:
            return None
        key = ref.chat.chat_id, ref.message_id
        style = self._styles.get(key)
        if style is None and self._kept is not None:
            style = await self._kept.find(ref)
            if style is not None:
                self._styles.put(key, style)
        return style


def style_of(tr: Translator, config: ChatConfig) -> CardStyle:
    """Return how a card is written for who is answered so."""
    return CardStyle(tr.language, config.time_zone, config.theme)


class RecentBaskets:
    """Implements `handlers.services.BasketRows` in memory for the newest baskets, and for all of them in ``kept``."""

    def __init__(self, kept: BasketRows | None = None) -> None:
        self._kept = kept
        self._baskets: LruMap[str, Basket] = LruMap(BASKETS)

    async def keep(self, key: str, basket: Basket) -> None:
        """Keep the basket of a key."""
        if self._baskets.get(key) is None:
            self._baskets.put(key, basket)
            if self._kept is not None:
                await self._kept.keep(key, basket)

    async def find(self, key: str) -> Basket | None:
        """Return the basket of a key, ``None`` if it is not known."""
        basket = self._baskets.get(key)
        if basket is None and self._kept is not None:
            basket = await self._kept.find(key)
            if basket is not None:
                self._baskets.put(key, basket)
        return basket


AnswerT = TypeVar("AnswerT", bound=Dated)


EXPLAINING: Final = frozenset({"why", "evidence"})
"""Views that explain a number shown before."""


class ResultCache(Generic[AnswerT]):
    """Live results by the time that their buttons carry, so that these explain the numbers that the card shows.

    ``capacity`` bounds their number or, with ``weigh``, the sum of their weights. An evicted result is computed again
    as of that time. ``keeps_past`` is for results that may be another when they are computed again, since what they are
    made of may have been late: those of a past time are kept too, for what explains them.
    """

    def __init__(
        self,
        capacity: int = RESULTS,
        *,
        weigh: Callable[[AnswerT], int] = lambda _: 1,
        keeps_past: bool = False,
    ) -> None:
        self._results: LruMap[Key, AnswerT] = LruMap(capacity, weigh=weigh)
        self._keeps_past = keeps_past

    def put(self, card: CardRequest, answer: AnswerT) -> None:
        """Keep a live result; that of a past time can be computed again, and is kept only where it may be another."""
        if card.at_ms is None:
            self._results.put(_key(card, card_seconds(answer, asked_past=False)), answer)
        elif self._keeps_past:
            self._results.put(_key(card, card.at_ms // 1000), answer)

    def put_at(self, card: CardRequest, answer: AnswerT, shown: Dated) -> None:
        """Keep a live result for the buttons of another card, which carry the time of what that card has ``shown``."""
        if card.at_ms is None:
            self._results.put(_key(card, card_seconds(shown, asked_past=False)), answer)

    def get(self, card: CardRequest) -> AnswerT | None:
        """Return the result that the requested card showed when it was live, or explains."""
        if card.at_ms is None or (card.asked_past and not (self._keeps_past and card.view in EXPLAINING)):
            return None
        return self._results.get(_key(card, card.at_ms // 1000))


def _key(card: CardRequest, seconds: int) -> Key:
    subject = card.subject if card.scan is not None else card.symbol
    return card.topic.id, subject, card.market, card.basket, card.interval, seconds
