"""Training from the command line: rows from kept walks and recorded bars, nothing after the last training day."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose

from analysis.arrays import Floats
from analysis.replay import ModulePast
from composite.defaults import default_specs
from composite.ensemble.fitting import LogisticCandidate
from composite.ensemble.kept import model_file
from composite.ensemble.model import TrainedEnsemble
from composite.ensemble.storage import read_model
from scripts.past_files import write_past
from scripts.train_ensemble import keep, main, report, trained
from scripts.training_rows import training_rows

HOUR = 3_600_000
START = 1_672_531_200_000  # 2023-01-01
BARS = 6000
UNTIL = "2023-07-31"
SYMBOLS = ("AAAUSDT", "BBBUSDT")


def prices(seed: int) -> Floats:
    return np.asarray(100 * np.exp(np.cumsum(0.01 * np.random.default_rng(seed).standard_normal(BARS + 1))))


def record(folder: Path, symbol: str, price: Floats) -> None:
    """Bars whose close is the next one's open."""
    opened, closed = price[:-1], price[1:]
    frame = pd.DataFrame(
        {
            "open_time": START + HOUR * np.arange(BARS, dtype=np.int64),
            "open": opened,
            "high": np.maximum(opened, closed),
            "low": np.minimum(opened, closed),
            "close": closed,
            "volume": 1.0,
        }
    )
    (folder / "klines_spot").mkdir(exist_ok=True)
    frame.to_csv(folder / "klines_spot" / f"{symbol}-1h_2023.csv.gz", index=False)


def walk(folder: Path, symbol: str, price: Floats, direction: Floats) -> None:
    write_past(
        ModulePast(
            module="trend",
            symbol=symbol,
            interval="1h",
            time=START + HOUR * np.arange(1, BARS + 1, dtype=np.int64) - 1,
            close=price[1:],
            score=np.zeros(BARS),
            uncertainty=np.zeros(BARS),
            scalars={"trend.direction": direction},
            scalar_se={},
        ),
        folder / "pasts",
    )


def directions(seed: int) -> Floats:
    return np.random.default_rng(100 + seed).uniform(-1, 1, BARS)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for seed, symbol in enumerate(SYMBOLS):
        record(tmp_path, symbol, prices(seed))
        walk(tmp_path, symbol, prices(seed), directions(seed))
    return tmp_path


def found_in(folder: Path) -> TrainedEnsemble:
    one = (LogisticCandidate(0.2),)
    return trained("trend_strength", "1h", folder / "pasts", folder, UNTIL, 1, one)


def test_rows_are_what_was_known_beside_what_came_after(folder: Path) -> None:
    found = training_rows(default_specs()["trend_strength"], "1h", folder / "pasts", folder)
    assert found.symbols == SYMBOLS
    assert [one.scalar for one in found.variant.counted if one.role == "averaged"] == ["trend.direction"]
    rows = found.rows.of(found.rows.symbol == 1)
    price = prices(1)
    assert_allclose(rows.x[:, 0], directions(1)[: len(rows)])
    assert_allclose(rows.mean, (1 + rows.x[:, 0]) / 2)
    net = np.log(price[2:] / price[1:-1])[: len(rows)] + 2 * np.log(0.999)
    assert_allclose(rows.forward, net, atol=1e-12)
    assert (rows.y == (rows.forward > 0)).all()
    assert (rows.until - rows.time == HOUR + 1).all()
    assert len(rows) == BARS - 2


def test_nothing_after_the_last_training_day_counts(folder: Path) -> None:
    before = found_in(folder)
    cut = (pd.Timestamp(UNTIL, tz="UTC") + pd.Timedelta(days=1)).value // 1_000_000
    late = (cut - START) // HOUR
    for seed, symbol in enumerate(SYMBOLS):
        price, direction = prices(seed), directions(seed)
        price[late + 1 :] = 7.0
        direction[late:] = 1.0
        record(folder, symbol, price)
        walk(folder, symbol, price, direction)
    after = found_in(folder)
    assert after.record == before.record
    assert before.record.last < cut
    assert before.record.last >= cut - 2 * HOUR
    asked = np.array([[0.3], [-0.8]])
    assert after.predict(asked).tolist() == before.predict(asked).tolist()


def test_what_is_reported_and_kept(folder: Path) -> None:
    ensemble = found_in(folder)
    text = report(ensemble)
    assert (
        "trend_strength 1h, net_return 3600 s ahead, from 2023-01-01 to 2023-07-31: AAAUSDT, BBBUSDT" in text
    )
    assert "not usable: no better than the base rate" in text
    file = keep(ensemble, folder / "models")
    assert file == model_file(folder / "models", "trend_strength", "1h")
    assert read_model(file).record == ensemble.record


def test_what_is_missing_is_named_in_one_line(folder: Path) -> None:
    for data, recordings, words in (
        (folder / "absent", folder, "scripts/walk_forward --save"),
        (folder / "pasts", folder / "absent", "no recorded 1h bars of AAAUSDT"),
    ):
        with pytest.raises(SystemExit, match=words) as caught:
            main(["--score", "trend_strength", "--data", str(data), "--recordings", str(recordings)])
        assert "\n" not in str(caught.value)
    with pytest.raises(SystemExit, match="no averaged input"):
        main(["--score", "macro_sentiment", "--data", str(folder / "pasts"), "--recordings", str(folder)])
    walk(folder, "BBBUSDT", prices(1), directions(1))
    record(folder, "BBBUSDT", prices(1)[: BARS + 1])
    bars = folder / "klines_spot" / "BBBUSDT-1h_2023.csv.gz"
    pd.read_csv(bars).iloc[:-5].to_csv(bars, index=False)
    with pytest.raises(ValueError, match="other bars of BBBUSDT"):
        found_in(folder)
