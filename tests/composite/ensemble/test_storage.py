"""Model files: what is read is what was written, and nothing else is read."""

import hashlib
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from composite.ensemble.calibration import Isotonic
from composite.ensemble.fitting import Candidate, LogisticCandidate, TreesCandidate
from composite.ensemble.model import TrainedEnsemble
from composite.ensemble.storage import MOST_BYTES, ModelFileError, Wanted, read_model, write_model
from composite.ensemble.training import train
from tests.composite.ensemble.made_up import HOUR, holed, known_truth
from tests.composite.ensemble.test_training import NAMES, plan

INPUTS = frozenset((name, 1) for name in NAMES)
WANTED = Wanted("trend_strength", 3600.0, INPUTS | {("macro.backdrop", -1)})
Change = Callable[[dict[str, Any]], object]


def trained(candidate: Candidate) -> TrainedEnsemble:
    sample = known_truth(3000, 1)
    return train(replace(sample, x=holed(sample.x, 0.1, 2)), plan(candidates=(candidate,)), ["BTCUSDT"])


@pytest.fixture(scope="module")
def logistic() -> TrainedEnsemble:
    return trained(LogisticCandidate(1.0))


@pytest.fixture(scope="module")
def trees() -> TrainedEnsemble:
    return trained(TreesCandidate(20, 2))


@pytest.mark.parametrize("kind", ["logistic", "trees"])
def test_what_is_read_answers_as_what_was_written(
    kind: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    ensemble: TrainedEnsemble = request.getfixturevalue(kind)
    write_model(tmp_path / "one.json", ensemble)
    found = read_model(tmp_path / "one.json", WANTED)
    x = holed(known_truth(500, 3).x, 0.3, 4)
    assert_array_equal(found.predict(x), ensemble.predict(x))
    assert_array_equal(found.probability(x), ensemble.probability(x))
    assert found.record == ensemble.record
    assert found.verdict == ensemble.verdict
    assert (found.score, found.label, found.horizon_s) == ("trend_strength", "net_return", 3600.0)
    write_model(tmp_path / "two.json", found)
    assert (tmp_path / "two.json").read_bytes() == (tmp_path / "one.json").read_bytes()


def test_both_calibrations_are_kept(logistic: TrainedEnsemble, tmp_path: Path) -> None:
    line = Isotonic(np.array([-1.0, 0.5, 2.0]), np.array([0.2, 0.4, 0.9]))
    write_model(tmp_path / "m.json", replace(logistic, calibration=line))
    found = read_model(tmp_path / "m.json").calibration
    assert isinstance(found, Isotonic)
    assert_array_equal(found.knots, line.knots)
    assert_array_equal(found.probability, line.probability)


def refusal(path: Path, wanted: Wanted | None = None) -> str:
    with pytest.raises(ModelFileError) as caught:
        read_model(path, wanted)
    text = str(caught.value)
    assert "\n" not in text
    assert text.startswith(path.name)
    return text


def with_model(path: Path, change: Change, *, signed: bool) -> Path:
    """Change the model part of a file, with or without a digest that fits."""
    content = json.loads(path.read_text())
    change(content["model"])
    if signed:
        kept = json.dumps(content["model"])
        content["sha256"] = hashlib.sha256(kept.encode()).hexdigest()
    path.write_text(json.dumps(content))
    return path


def test_a_changed_file_is_refused(logistic: TrainedEnsemble, tmp_path: Path) -> None:
    path = tmp_path / "m.json"
    write_model(path, logistic)
    text = path.read_bytes()
    assert '"intercept":[' in text.decode()
    for place in range(0, len(text), 97):
        spoiled = bytearray(text)
        spoiled[place] ^= 1
        path.write_bytes(spoiled)
        refusal(path)
    path.write_bytes(text)
    with_model(path, lambda model: model["model"]["intercept"].__setitem__(0, 0.5), signed=False)
    assert "changed after it was written" in refusal(path)


@pytest.mark.parametrize(
    ("kind", "change", "problem"),
    [
        ("logistic", lambda m: m["model"]["intercept"].__setitem__(0, float("nan")), "no model file"),
        ("logistic", lambda m: m["model"]["intercept"].__setitem__(0, None), "null"),
        ("logistic", lambda m: m["model"]["coefficient"].pop(), "combinations"),
        ("logistic", lambda m: m["model"]["coefficient"][0].pop(), "length"),
        ("logistic", lambda m: m["model"].update(known=[], coefficient=[], intercept=[]), "length"),
        ("logistic", lambda m: m["model"].update(type="pickle"), "pickle"),
        ("logistic", lambda m: m.update(run="import os"), "unknown field"),
        ("logistic", lambda m: m.pop("record"), "record"),
        ("logistic", lambda m: m["record"]["comparison"].update(slope="1"), "slope"),
        ("logistic", lambda m: m.update(inputs=["a", "a", "b"]), "one twice"),
        ("logistic", lambda m: m.update(inputs=["a", "b"], polarities=[1, 1]), "3 inputs, not 2"),
        ("logistic", lambda m: m.update(polarities=[1, 1]), "polarities"),
        ("logistic", lambda m: m.update(polarities=[1, 1, 0]), "polarity"),
        ("logistic", lambda m: m.update(horizon_s=0.0), "no time ahead"),
        ("logistic", lambda m: m.update(label="luck"), "luck"),
        ("logistic", lambda m: m.update(calibration={"type": "sigmoid", "slope": -1, "shift": 0}), "falls"),
        ("trees", lambda m: m["model"]["left"].__setitem__(0, 0), "after it"),
        ("trees", lambda m: m["model"]["left"].__setitem__(0, -1), "left"),
        ("trees", lambda m: m["model"]["left"].__setitem__(0, 10**30), "left"),
        ("trees", lambda m: m["model"]["may_miss"].pop(), "2 inputs, not 3"),
        ("trees", lambda m: m["model"]["value"].pop(), "length"),
    ],
)
def test_what_does_not_fit_together_is_refused_though_its_digest_fits(
    kind: str, change: Change, problem: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    path = tmp_path / "m.json"
    write_model(path, request.getfixturevalue(kind))
    assert problem in refusal(with_model(path, change, signed=True))


def with_file(path: Path, **fields: object) -> Path:
    path.write_text(json.dumps(json.loads(path.read_text()) | fields))
    return path


def test_other_versions_and_forms_are_refused(logistic: TrainedEnsemble, tmp_path: Path) -> None:
    path = tmp_path / "m.json"
    write_model(path, logistic)
    assert "version 2, expected 1" in refusal(with_file(path, version=2))
    assert "form" in refusal(with_file(path, form="pickle"))
    for text in (b"", b"\x80\x04]", b"[1", b"\xff", b"null"):
        path.write_bytes(text)
        assert "no model file" in refusal(path)
    path.write_bytes(b" " * (MOST_BYTES + 1))
    assert "larger" in refusal(path)
    assert "cannot be read" in refusal(tmp_path / "absent.json")
    assert "cannot be read" in refusal(tmp_path)


@pytest.mark.parametrize(
    ("wanted", "problem"),
    [
        (replace(WANTED, score="risk_exposure"), "of trend_strength, not of risk_exposure"),
        (replace(WANTED, horizon_s=HOUR / 1000 * 4), "3600 s ahead, not 14400 s"),
        (replace(WANTED, inputs=INPUTS - {("sentiment.tilt", 1)}), "(sentiment.tilt)"),
        (replace(WANTED, inputs=frozenset((name, -1) for name in NAMES)), "turned round (flow.bar_imbalance"),
    ],
)
def test_a_model_of_something_else_is_refused(
    wanted: Wanted, problem: str, logistic: TrainedEnsemble, tmp_path: Path
) -> None:
    write_model(tmp_path / "m.json", logistic)
    assert problem in refusal(tmp_path / "m.json", wanted)


def test_a_model_that_could_not_be_read_is_not_written(logistic: TrainedEnsemble, tmp_path: Path) -> None:
    for broken in (
        replace(logistic, horizon_s=float("nan")),
        replace(logistic, inputs=("one",)),
        replace(logistic, calibration=Isotonic(np.array([1.0, 0.0]), np.array([0.2, 0.4]))),
    ):
        with pytest.raises(ModelFileError, match=r"m\.json"):
            write_model(tmp_path / "m.json", broken)
    assert not (tmp_path / "m.json").exists()
