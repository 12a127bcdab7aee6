"""The trained model that stands for a score's average, or why there is none to be used."""

from functools import lru_cache
from pathlib import Path
from typing import Final

from analysis.framework.reasons import Reason
from composite.asked import TrainedModel
from composite.ensemble.model import LABELS, TrainedEnsemble
from composite.ensemble.storage import ModelFileError, Wanted, read_model
from config.c_composite import CompositeSpec

MODELS: Final = Path(__file__).resolve().parent.parent / "models"
"""Where usable models are kept, one file a score and interval."""


def model_file(folder: Path, score: str, interval: str) -> Path:
    """Return the file of the model of a score on an interval."""
    return folder / f"{score}-{interval}.json"


def wanted(spec: CompositeSpec, horizon_s: float) -> Wanted:
    """Return what a score asks of its model: its averaged inputs, or some of them, over its horizon."""
    averaged = [one for one in spec.counted if one.role == "averaged"]
    return Wanted(spec.name, horizon_s, frozenset((one.scalar, one.polarity) for one in averaged))


def kept_model(
    spec: CompositeSpec, interval: str, horizon_s: float, folder: Path = MODELS
) -> TrainedModel | Reason:
    """Return the model of a score on an interval, or why there is none, with the command that trains one."""
    if spec.name not in LABELS:
        return Reason("ensemble_no_label")
    command = {"command": f"scripts/train_ensemble --score {spec.name}"}
    file = model_file(folder, spec.name, interval)
    if not file.exists():
        return Reason("no_ensemble", command)
    try:
        model = _read(file, file.stat().st_mtime_ns, wanted(spec, horizon_s))
    except ModelFileError as error:
        return Reason("ensemble_unusable", command, Reason("ensemble_file", {"problem": str(error)}))
    verdict = model.verdict
    return Reason("ensemble_unusable", command, verdict[0]) if verdict else model


@lru_cache(maxsize=32)
def _read(file: Path, changed_ns: int, wanted: Wanted) -> TrainedEnsemble:
    del changed_ns  # a file that has changed is read anew
    return read_model(file, wanted)
