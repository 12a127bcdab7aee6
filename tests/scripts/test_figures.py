"""The figures of modules: every module has some, and how long a series lasts."""

from pathlib import Path

import numpy as np
import pytest

from analysis.registry import MODULES
from scripts.figures import __main__ as figures
from scripts.figures import plain


def test_every_module_has_figures_of_its_own_or_the_plain_ones(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(figures, "rows", lambda name, _data: [f"figures of {name}"])
    assert figures.main(["--data", str(tmp_path)]) == 0
    said = capsys.readouterr().out.splitlines()
    assert said == [f"figures of {name}" for name in (*(module.id for module in MODULES), *figures.OTHERS)]


def test_an_unknown_name_is_told_which_there_are(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        figures.main(["weather", "--data", str(tmp_path)])
    assert f"no figures of weather; there are {MODULES[0].id}" in capsys.readouterr().err


def test_the_half_life_of_an_autoregression_is_the_lag_where_it_falls_to_one_half() -> None:
    shocks, values = np.random.default_rng(3).standard_normal(200_000), np.zeros(200_000)
    for row in range(1, len(values)):
        values[row] = 0.9 * values[row - 1] + shocks[row]
    assert plain.half_life(values) == 7  # 0.9 ** 6 = 0.53, 0.9 ** 7 = 0.48
    assert plain.half_life(np.arange(10.0)) == 2
    assert plain.half_life(np.array([1.0])) is None
