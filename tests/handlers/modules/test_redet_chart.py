"""The anomaly chart: marks and strips follow the tail probability of each group."""

import numpy as np
import pytest

from analysis.anomaly.channels import CHANNELS, GROUPS
from handlers.render.theme import DARK
from tests.modules.samples import redet
from tests.render.samples import drawn, inked, pixels, texts

QUIET = redet.series() | {"score": np.full(300, 0.49)} | {f"group_{group}": np.zeros(300) for group in GROUPS}
BAR = 290


def test_only_rare_bars_are_marked_and_counted() -> None:
    one = QUIET | {"score": np.where(np.arange(300) == BAR, 0.5, 0.1), "driver": np.full(300, 3.0)}
    before, after = pixels(redet.sample(QUIET)), pixels(redet.sample(one))
    assert inked(after, DARK.main) - inked(before, DARK.main) > 200
    for series, count in ((QUIET, "0"), (one, "1")):
        shown = texts(redet.sample(series))
        assert shown[shown.index("rare bars") + 1] == count


@pytest.mark.parametrize("group", range(len(GROUPS)))
def test_the_strip_of_the_dominant_group_is_marked_at_a_rare_bar(group: int) -> None:
    channel = next(number for number, one in enumerate(CHANNELS) if one.group == GROUPS[group])
    score = np.where(np.arange(300) == BAR, 0.5, 0.1)
    sample = redet.sample(QUIET | {"score": score, "driver": np.full(300, float(channel))})
    left, top, right, bottom = (int(edge) for edge in drawn(sample).plots[2])
    strips = pixels(sample)[top:bottom, left:right]
    marked = np.flatnonzero((strips == np.array(DARK.main)).all(axis=2).any(axis=1))
    assert 8 <= marked.size <= 12
    assert set(marked // ((bottom - top) // len(GROUPS))) == {group}


def test_the_heat_of_a_group_follows_its_tail_probability() -> None:
    calm = QUIET | {"score": np.zeros(300)}
    loud = calm | {"group_volume": np.full(300, 4.0)}
    more = inked(pixels(redet.sample(loud)), DARK.alert) - inked(pixels(redet.sample(calm)), DARK.alert)
    assert more > 880 * 25
