"""The anomaly chart: marks and strips follow the rarity of each group."""

import numpy as np

from analysis.anomaly.channels import GROUPS
from handlers.render.theme import DARK
from tests.modules.samples import redet
from tests.render.samples import inked, pixels, texts


def test_only_rare_bars_are_marked_and_by_what_drove_them() -> None:
    quiet = (
        redet.series() | {"score": np.full(300, 0.49)} | {f"group_{group}": np.zeros(300) for group in GROUPS}
    )
    one = quiet | {"score": np.where(np.arange(300) == 290, 0.5, 0.1), "driver": np.full(300, 3.0)}
    volume, price = (DARK.group_inks[GROUPS.index(group)] for group in ("volume", "price"))
    before, after = pixels(redet.sample(quiet)), pixels(redet.sample(one))
    assert inked(after, volume) - inked(before, volume) > 80
    assert inked(after, price) == inked(before, price)
    for series, count in ((quiet, "0"), (one, "1")):
        shown = texts(redet.sample(series))
        assert shown[shown.index("rare bars, by group") + 1] == count


def test_the_heat_of_a_group_follows_its_rarity() -> None:
    series = redet.series() | {f"group_{group}": np.zeros(300) for group in GROUPS}
    loud = series | {"group_volume": np.full(300, 4.0), "score": np.zeros(300)}
    ink = DARK.group_inks[GROUPS.index("volume")]
    assert inked(pixels(redet.sample(series | {"score": np.zeros(300)})), ink) < 500  # beside its name
    assert inked(pixels(redet.sample(loud)), ink) > 880 * 25
