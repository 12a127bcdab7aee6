"""The method ensemble in a score: with the model that is kept for it, or refused with the reason and the command."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_allclose

from analysis.arrays import Floats
from analysis.framework.reasons import Reason
from composite.core import compute
from composite.ensemble.kept import kept_model, model_file
from composite.ensemble.model import TrainedEnsemble
from composite.ensemble.record import Comparison, Difference
from composite.ensemble.storage import write_model
from config.c_composite import CompositeSpec
from tests.composite.ensemble.made_up import COMPARED, RECORD, small_model
from tests.composite.panels import CONTEXT, averaged, column, panel, spec_of

DIRECTION, BACKDROP, PULL = "trend.direction", "macro.backdrop", "corr.leader_pull"
HORIZON_S = 259_200.0
SPEC = spec_of(
    "macro_sentiment",
    averaged(BACKDROP, 0.5, "slow"),
    averaged(DIRECTION, 0.3, "trend"),
    averaged(PULL, 0.2, "leaders"),
    method="ensemble",
    min_coverage=0.0,
    min_groups=0,
)
MODEL = small_model(
    (DIRECTION, BACKDROP), np.array([1.5, -0.7]), score="macro_sentiment", horizon_s=HORIZON_S
)


def kept_in(folder: Path, model: TrainedEnsemble = MODEL) -> Path:
    file = model_file(folder, "macro_sentiment", "4h")
    write_model(file, model)
    return file


def refused(spec: CompositeSpec, folder: Path) -> Reason:
    found = kept_model(spec, "4h", HORIZON_S, folder)
    assert isinstance(found, Reason)
    return found


def test_without_a_model_the_command_is_named(tmp_path: Path) -> None:
    assert "run scripts/train_ensemble --score macro_sentiment" in refused(SPEC, tmp_path).text
    assert (
        refused(spec_of("anomaly_alert", averaged(PULL, 1.0, "leaders")), tmp_path).code
        == "ensemble_no_label"
    )


def test_a_model_that_is_better_out_of_sample_is_used(tmp_path: Path) -> None:
    kept_in(tmp_path)
    found = kept_model(SPEC, "4h", HORIZON_S, tmp_path)
    assert isinstance(found, TrainedEnsemble)
    assert found.inputs == MODEL.inputs


@pytest.mark.parametrize(
    ("worse", "code"),
    [
        (replace(COMPARED, independent=199.0), "ensemble_short"),
        (replace(COMPARED, log_loss_gain=Difference(0.02, -0.001, 0.04)), "ensemble_not_better"),
        (replace(COMPARED, brier_gain=Difference(-0.001, -0.002, 0.001)), "ensemble_not_better"),
        (replace(COMPARED, gain_on_base=Difference(0.02, 0.0, 0.04)), "ensemble_no_skill"),
        (replace(COMPARED, mean_spread=-1e-6), "ensemble_hits_only"),
    ],
)
def test_one_that_is_not_is_refused_with_the_reason(worse: Comparison, code: str, tmp_path: Path) -> None:
    kept_in(tmp_path, replace(MODEL, record=replace(RECORD, comparison=worse)))
    found = refused(SPEC, tmp_path)
    assert found.because is not None
    assert found.because.code == code
    assert "scripts/train_ensemble --score macro_sentiment trains it anew: " in found.text


def test_a_broken_or_foreign_file_is_refused_and_a_mended_one_read_anew(tmp_path: Path) -> None:
    file = kept_in(tmp_path)
    assert "other inputs" in refused(SPEC.with_weights({BACKDROP: 0.0}), tmp_path).text
    assert isinstance(kept_model(SPEC, "4h", HORIZON_S, tmp_path), TrainedEnsemble)
    other = kept_model(SPEC, "4h", HORIZON_S * 2, tmp_path)
    assert isinstance(other, Reason)
    assert "s ahead" in other.text
    file.write_bytes(file.read_bytes().replace(b'"rows":5000', b'"rows":5001'))
    assert "changed after it was written" in refused(SPEC, tmp_path).text


def test_contributions_add_up_where_an_input_is_missing() -> None:
    """What is missing stays missing at the neutral input: it contributes nothing, and one half stays neutral."""
    rng = np.random.default_rng(1)

    def some(holes: float) -> Floats:
        values = rng.uniform(-1, 1, 400)
        return np.where(rng.random(400) < holes, np.nan, values)

    whole = panel(column(BACKDROP, some(0.4)), column(DIRECTION, some(0.4)), column(PULL, some(0.0)))
    rows = compute(SPEC, whole, replace(CONTEXT, model=MODEL))
    found = rows.contributions()
    either = np.isfinite(whole.columns[BACKDROP].values) | np.isfinite(whole.columns[DIRECTION].values)
    assert (np.isfinite(rows.raw) == either).all()
    assert 0.1 < np.mean(~either) < 0.2
    total = np.sum(list(found.values()), axis=0)
    assert_allclose(total[either], (rows.raw - rows.neutral)[either], rtol=0, atol=1e-12)
    assert_allclose(rows.neutral[either], 0.5, atol=1e-12)
    for name in (BACKDROP, DIRECTION):
        missing = np.isnan(whole.columns[name].values)
        assert not found[name][missing].any()
        assert found[name][~missing].any()
    assert not found[PULL].any()
