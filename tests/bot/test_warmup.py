"""After start-up the present objects are excluded from garbage collection."""

import gc

from bot.warmup import freeze_startup_objects


class Cycle:
    """An object that only the collector can free."""

    def __init__(self) -> None:
        self.itself = self


def test_present_objects_are_excluded_from_collection_and_later_ones_are_not() -> None:
    standing = Cycle()
    try:
        freeze_startup_objects()
        later = Cycle()
        looked_at = {id(one) for one in gc.get_objects()}
        assert id(standing) not in looked_at
        assert id(later) in looked_at
        assert gc.get_freeze_count() > 1000
    finally:
        gc.unfreeze()
