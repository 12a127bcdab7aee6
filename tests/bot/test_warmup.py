"""What start-up leaves for good is no more the garbage collector's business."""

import gc

from bot.warmup import freeze_startup_objects


class Cycle:
    """Something only the collector can let go."""

    def __init__(self) -> None:
        self.itself = self


def test_what_stands_is_looked_at_no_more_and_what_comes_is() -> None:
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
