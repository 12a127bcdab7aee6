"""Trained models as JSON files of our own form: numbers only, nothing in them is ever executed.

A file holds the ``sha256`` of its ``model`` part. Whatever does not fit together is refused in one line:
`ModelFileError`.
"""

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Final

import msgspec
import numpy as np

from composite.ensemble.calibration import Isotonic, Sigmoid, why_no_calibration
from composite.ensemble.logistic import PatternLogistic, why_no_logistic
from composite.ensemble.model import Label, TrainedEnsemble
from composite.ensemble.record import TrainingRecord
from composite.ensemble.trees import BoostedTrees, why_no_trees

FORM: Final = "composite-ensemble"
VERSION: Final = 1
MOST_BYTES: Final = 16_000_000


class ModelFileError(ValueError):
    """A model file cannot be used: train the model anew."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a score asks of its model: nothing but its own ``inputs`` (scalar and polarity), over its own horizon.

    A model may read fewer: what has no history cannot be learned from.
    """

    score: str
    horizon_s: float
    inputs: frozenset[tuple[str, int]]


Place = Annotated[int, msgspec.Meta(ge=0, le=10_000_000)]


class _Logistic(msgspec.Struct, tag="logistic", forbid_unknown_fields=True):
    known: list[list[bool]]
    intercept: list[float]
    coefficient: list[list[float]]


class _Trees(msgspec.Struct, tag="trees", forbid_unknown_fields=True):
    baseline: float
    roots: list[Place]
    feature: list[Place]
    threshold: list[float]
    missing_left: list[bool]
    left: list[Place]
    right: list[Place]
    value: list[float]
    may_miss: list[bool]


class _Sigmoid(msgspec.Struct, tag="sigmoid", forbid_unknown_fields=True):
    slope: float
    shift: float


class _Isotonic(msgspec.Struct, tag="isotonic", forbid_unknown_fields=True):
    knots: list[float]
    probability: list[float]


class _Model(msgspec.Struct, forbid_unknown_fields=True):
    score: str
    label: Label
    horizon_s: float
    inputs: tuple[str, ...]
    polarities: tuple[int, ...]
    model: _Logistic | _Trees
    calibration: _Sigmoid | _Isotonic
    record: TrainingRecord


class _File(msgspec.Struct, forbid_unknown_fields=True):
    form: str
    version: int
    sha256: str
    model: msgspec.Raw


def write_model(path: Path, ensemble: TrainedEnsemble) -> None:
    """Write a model; ``ModelFileError`` where it would be refused when it is read."""
    kept = msgspec.json.encode(_stored(ensemble))
    content = msgspec.json.encode(_File(FORM, VERSION, hashlib.sha256(kept).hexdigest(), msgspec.Raw(kept)))
    _parsed(content, path.name)
    path.write_bytes(content + b"\n")


def read_model(path: Path, wanted: Wanted | None = None) -> TrainedEnsemble:
    """Read a model; ``ModelFileError`` says in one line what is wrong with the file, or what else was ``wanted``."""
    try:
        with path.open("rb") as file:
            content = file.read(MOST_BYTES + 1)
    except OSError as error:
        raise ModelFileError(f"{path.name} cannot be read: {error.strerror}") from error
    if len(content) > MOST_BYTES:
        raise ModelFileError(f"{path.name} is larger than {MOST_BYTES} bytes")
    ensemble = _parsed(content, path.name)
    problem = _why_another(ensemble, wanted) if wanted else ""
    if problem:
        raise ModelFileError(f"{path.name} {problem}")
    return ensemble


def _parsed(content: bytes, name: str) -> TrainedEnsemble:
    try:
        ensemble = _loaded(msgspec.json.decode(_kept(content, name), type=_Model))
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise ModelFileError(f"{name} is no model file: {' '.join(str(error).split())}") from error
    problem = _why_no_inputs(ensemble) or _why_no_model(ensemble) or why_no_calibration(ensemble.calibration)
    if problem:
        raise ModelFileError(f"{name} holds no model: {problem}")
    return ensemble


def _kept(content: bytes, name: str) -> bytes:
    """Return the model part of a file after its form, version and digest have been checked."""
    file = msgspec.json.decode(content, type=_File)
    if file.form != FORM:
        raise ModelFileError(f"{name} is no model file: expected the form {FORM}")
    if file.version != VERSION:
        raise ModelFileError(f"{name} is of version {file.version}, expected {VERSION}: train it anew")
    kept = bytes(file.model)
    if hashlib.sha256(kept).hexdigest() != file.sha256:
        raise ModelFileError(f"{name} was changed after it was written: its sha256 is another")
    return kept


def _why_another(ensemble: TrainedEnsemble, wanted: Wanted) -> str:
    if ensemble.score != wanted.score:
        return f"is a model of {ensemble.score}, not of {wanted.score}"
    if ensemble.horizon_s != wanted.horizon_s:
        return f"looks {ensemble.horizon_s:g} s ahead, not {wanted.horizon_s:g} s: train it anew"
    others = set(zip(ensemble.inputs, ensemble.polarities, strict=True)) - wanted.inputs
    if others:
        names = ", ".join("-" * (polarity < 0) + name for name, polarity in sorted(others))
        return f"reads other inputs than the score, or turned round ({names}): train it anew"
    return ""


def _why_no_inputs(ensemble: TrainedEnsemble) -> str:
    if not ensemble.inputs or len(set(ensemble.inputs)) < len(ensemble.inputs):
        return "it reads no input, or one twice"
    if len(ensemble.polarities) != len(ensemble.inputs):
        return "polarities do not belong to the inputs"
    if not {*ensemble.polarities} <= {-1, 1}:
        return "a polarity is neither 1 nor -1"
    return "" if ensemble.horizon_s > 0 else "it looks at no time ahead"


def _why_no_model(ensemble: TrainedEnsemble) -> str:
    model, count = ensemble.model, len(ensemble.inputs)
    inputs = len(model.may_miss) if isinstance(model, BoostedTrees) else model.known.shape[-1]
    if inputs != count:
        return f"its model has {inputs} inputs, not {count}"
    return why_no_trees(model) if isinstance(model, BoostedTrees) else why_no_logistic(model)


def _stored(ensemble: TrainedEnsemble) -> _Model:
    return _Model(
        ensemble.score,
        ensemble.label,
        ensemble.horizon_s,
        ensemble.inputs,
        ensemble.polarities,
        _stored_model(ensemble.model),
        _stored_calibration(ensemble.calibration),
        ensemble.record,
    )


def _stored_model(model: PatternLogistic | BoostedTrees) -> _Logistic | _Trees:
    if isinstance(model, PatternLogistic):
        return _Logistic(model.known.tolist(), model.intercept.tolist(), model.coefficient.tolist())
    return _Trees(
        baseline=model.baseline,
        roots=model.roots.tolist(),
        feature=model.feature.tolist(),
        threshold=model.threshold.tolist(),
        missing_left=model.missing_left.tolist(),
        left=model.left.tolist(),
        right=model.right.tolist(),
        value=model.value.tolist(),
        may_miss=model.may_miss.tolist(),
    )


def _stored_calibration(calibration: Sigmoid | Isotonic) -> _Sigmoid | _Isotonic:
    if isinstance(calibration, Sigmoid):
        return _Sigmoid(calibration.slope, calibration.shift)
    return _Isotonic(calibration.knots.tolist(), calibration.probability.tolist())


def _loaded(model: _Model) -> TrainedEnsemble:
    return TrainedEnsemble(
        model.score,
        model.label,
        model.horizon_s,
        model.inputs,
        model.polarities,
        _logistic(model.model) if isinstance(model.model, _Logistic) else _trees(model.model),
        _calibration(model.calibration),
        model.record,
    )


def _logistic(stored: _Logistic) -> PatternLogistic:
    widths = {*map(len, stored.known), *map(len, stored.coefficient)}
    if len(widths) != 1:  # of nothing, or ragged
        raise msgspec.ValidationError("combinations of inputs differ in length")
    return PatternLogistic(
        np.array(stored.known, dtype=np.bool_), np.array(stored.intercept), np.array(stored.coefficient)
    )


def _trees(stored: _Trees) -> BoostedTrees:
    return BoostedTrees(
        baseline=stored.baseline,
        roots=np.array(stored.roots, dtype=np.int64),
        feature=np.array(stored.feature, dtype=np.int64),
        threshold=np.array(stored.threshold),
        missing_left=np.array(stored.missing_left, dtype=np.bool_),
        left=np.array(stored.left, dtype=np.int64),
        right=np.array(stored.right, dtype=np.int64),
        value=np.array(stored.value),
        may_miss=np.array(stored.may_miss, dtype=np.bool_),
    )


def _calibration(stored: _Sigmoid | _Isotonic) -> Sigmoid | Isotonic:
    if isinstance(stored, _Sigmoid):
        return Sigmoid(stored.slope, stored.shift)
    return Isotonic(np.array(stored.knots), np.array(stored.probability))
