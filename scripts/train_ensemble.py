"""Train a model of a composite score on what modules said over the past, and keep it where it may be used.

Everything happens before the end of the last training day: the model is chosen, fitted and calibrated there, and it is
compared with the weighted mean on later parts of those years that it had not seen. Returns 1 where it may not be used;
it is then written only into a folder named with --out.
"""

import argparse
import os
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from composite.defaults import default_specs
from composite.ensemble.fitting import Candidate
from composite.ensemble.kept import MODELS, model_file
from composite.ensemble.model import LABELS, TrainedEnsemble
from composite.ensemble.record import Difference, ForecastLosses
from composite.ensemble.storage import write_model
from composite.ensemble.training import CANDIDATES, train
from scripts.training_plan import plan_of
from scripts.training_rows import training_rows
from utils.binance_api.intervals import DAY, SHORTEST_MS

RECORDINGS: Final = Path(__file__).resolve().parent.parent.parent / "shared" / "data"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run from the command line."""
    parser = argparse.ArgumentParser(prog="scripts/train_ensemble", description=__doc__)
    parser.add_argument("--score", required=True, choices=sorted(LABELS))
    parser.add_argument("--interval", default="1h", choices=sorted(SHORTEST_MS))
    parser.add_argument(
        "--data", type=Path, required=True, help="folder that scripts/walk_forward --save has filled"
    )
    parser.add_argument("--until", default="2023-12-31", help="last training day, UTC")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", type=Path, help="folder of the model file, usable or not")
    parser.add_argument("--recordings", type=Path, default=Path(os.environ.get("SANDBOX_DATA") or RECORDINGS))
    given = parser.parse_args(arguments)
    try:
        ensemble = trained(given.score, given.interval, given.data, given.recordings, given.until, given.seed)
    except (FileNotFoundError, ValueError) as error:
        sys.exit(str(error))
    print(report(ensemble))
    folder = given.out or (None if ensemble.verdict else MODELS)
    if folder is not None:
        print(f"written to {keep(ensemble, folder)}")
    return int(bool(ensemble.verdict))


def keep(ensemble: TrainedEnsemble, folder: Path) -> Path:
    """Write the file of a model into a folder, which is made where it is absent; return the file."""
    folder.mkdir(parents=True, exist_ok=True)
    file = model_file(folder, ensemble.score, ensemble.record.interval)
    write_model(file, ensemble)
    return file


def trained(
    score: str,
    interval: str,
    pasts: Path,
    recordings: Path,
    until: str,
    seed: int,
    candidates: Sequence[Candidate] = CANDIDATES,
) -> TrainedEnsemble:
    """Train on the rows whose outcome was known by the end of the day ``until``."""
    spec = default_specs()[score]
    found = training_rows(spec, interval, pasts, recordings)
    plan = plan_of(found.variant, interval, seed, candidates)
    return train(found.rows.up_to(_end_of(until)), plan, found.symbols)


def report(ensemble: TrainedEnsemble) -> str:
    """Return what was trained and how it did, in words."""
    record = ensemble.record
    compared = record.comparison
    lines = [
        f"{ensemble.score} {record.interval}, {ensemble.label} {ensemble.horizon_s:g} s ahead, from "
        f"{_day(record.first)} to {_day(record.last)}: {', '.join(record.symbols)}",
        f"reads {', '.join(ensemble.inputs)}",
        f"{record.rows:,} rows, {record.independent:,.0f} independent; best of {record.tried} inside them: "
        f"{record.chosen}",
        f"out of sample {compared.rows:,} rows, {compared.independent:,.0f} independent, base rate "
        f"{compared.base_rate:.4f}",
        f"{'':14}{'log loss':>10}{'Brier':>10}{'IC':>9}",
        _losses("model", compared.model),
        _losses("weighted mean", compared.weighted_mean),
        _losses("base rate", compared.base),
        f"better than the weighted mean by (95 %): log loss {_gain(compared.log_loss_gain)}, Brier "
        f"{_gain(compared.brier_gain)}, IC {_gain(compared.ic_gain)}",
        f"better than the base rate by: log loss {_gain(compared.gain_on_base)}",
        f"calibration slope {compared.slope:.2f}; top less bottom fifth: mean {compared.mean_spread:.3g}, median "
        f"{compared.median_spread:.3g}",
        *(f"not usable: {reason.text}" for reason in ensemble.verdict),
    ]
    return "\n".join(lines if ensemble.verdict else [*lines, "usable"])


def _losses(name: str, found: ForecastLosses) -> str:
    return f"{name:14}{found.log_loss:10.5f}{found.brier:10.5f}{found.ic:+9.4f}"


def _gain(gain: Difference) -> str:
    return f"{gain.mean:+.5f} [{gain.low:+.5f}, {gain.high:+.5f}]"


def _day(moment: int) -> str:
    return datetime.fromtimestamp(moment / 1000, UTC).date().isoformat()


def _end_of(day: str) -> int:
    return int(datetime.fromisoformat(day).replace(tzinfo=UTC).timestamp() * 1000) + DAY


if __name__ == "__main__":
    sys.exit(main())
