"""The registry of trials and comparisons of versions of a score."""

from pathlib import Path

import numpy as np
import pytest

from composite.evidence.sensitivity import sensitivity
from composite.evidence.trials import Trial, TrialRegistry


def trial(variant: str, score: str = "trend_strength") -> Trial:
    return Trial(score, variant, "weighted", 20, "4h", ("BTCUSDT",), "2020-01-01", "2023-12-31", "abc")


def test_each_trial_counts_once_for_ever(tmp_path: Path) -> None:
    path = tmp_path / "evidence" / "trials.jsonl"
    registry = TrialRegistry(path)
    assert registry.enter([trial("A"), trial("A,B"), trial("A")]) == 2
    written = path.read_bytes()
    again = TrialRegistry(path)
    assert again.enter([trial("A,B"), trial("A", "risk_exposure")]) == 1
    assert path.read_bytes().startswith(written)
    assert again.enter([trial("A,B")]) == 0
    assert (again.count(), again.count("trend_strength"), TrialRegistry(path).count()) == (3, 2, 3)


def test_sensitivity_by_hand() -> None:
    rng = np.random.default_rng(2)
    base = rng.random((200, 2))
    same = sensitivity("none", base, 2 * base - 0.5, (0.5,))
    assert same.correlation == pytest.approx(1.0)
    assert same.relabelled == pytest.approx(np.mean((base >= 0.5) != (2 * base - 0.5 >= 0.5)))
    turned = sensitivity("turned", base, 1 - base, (0.5,))
    assert turned.correlation == pytest.approx(-1.0)
    assert turned.relabelled == 1.0
    hidden = base.copy()
    hidden[:50] = np.nan
    assert sensitivity("gap", base, hidden, (0.5,)).count == 300
    nothing = sensitivity("lost", base, np.full(base.shape, np.nan), (0.5,))
    assert np.isnan([nothing.correlation, nothing.relabelled]).all()
