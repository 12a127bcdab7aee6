"""Results to draw: recorded bars with TA-Lib's indicators, and a seeded walk, as module A hands them over."""

import csv
import gzip
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

import numpy as np
import talib
from PIL import Image

from analysis.arrays import Floats
from analysis.framework.result import Analysis
from handlers.modules.registry import LOOKS
from handlers.render.chart import render_chart
from handlers.render.labels import ChartLabels, chart_labels
from handlers.render.look import Drawer
from handlers.render.scene import Scene
from handlers.render.theme import Colour, ThemeName, theme_of

HOUR_MS = 3_600_000
ROWS, WARM_UP = 300, 1500
BARS = ("open", "high", "low", "close")
PRICES = (
    *("open", "high", "low", "close", "ema_20", "ema_50", "ema_200"),
    *("bb_upper", "bb_middle", "bb_lower", "macd", "macd_signal", "macd_hist"),
    *("trail_long", "trail_short"),
)
TURKISH = {"Volume": "Hacim", "signal": "sinyal", "no bars to draw": "çizilecek mum yok"}

WORDS = frozenset(word for look in LOOKS.values() if look.chart for word in look.chart.words)

ENGLISH_LABELS = chart_labels(
    str,
    "en",
    WORDS,
    as_of="10 Nov 2022 00:00 UTC",
    word="bearish",
    tone="down",
    zone="UTC",
    market="spot",
    title="Trend & Momentum",
)


def turkish_labels(word: str = "güçlü yükseliş") -> ChartLabels:
    return chart_labels(
        lambda text: TURKISH.get(text, text),
        "tr",
        WORDS,
        as_of="9 Ağu 2024 03:00 GMT+3",
        word=word,
        tone="up",
        zone="Europe/Istanbul",
        market="sürekli vadeli",
        title="Rejim Kırılması ve Anomali",
    )


def moment(year: int, month: int, day: int) -> int:
    return int(datetime(year, month, day, tzinfo=UTC).timestamp()) * 1000


def with_indicators(bars: Floats, rows: int = ROWS) -> dict[str, Floats]:
    """``bars`` has columns time, open, high, low, close, volume; a rate of change stands in for the Kalman slope."""
    time, first, high, low, close, volume = (np.ascontiguousarray(column) for column in bars.T)
    rsi = talib.RSI(close, 14)
    series = {"time": time, "open": first, "high": high, "low": low, "close": close, "volume": volume}
    series |= {f"ema_{period}": talib.EMA(close, period) for period in (20, 50, 200)}
    bands = talib.BBANDS(close, 20, 2, 2)
    series |= dict(zip(("bb_upper", "bb_middle", "bb_lower"), bands, strict=True))
    series |= {"kalman_slope_t": talib.ROC(close, 10) / 2, "rsi_14": rsi}
    series["stochrsi_k"] = talib.SMA(talib.STOCHF(rsi, rsi, rsi, 14, 1)[0], 3)
    series["stochrsi_d"] = talib.SMA(series["stochrsi_k"], 3)
    series["macd"], series["macd_signal"], series["macd_hist"] = talib.MACD(close, 12, 26, 9)
    series["adx_14"] = talib.ADX(high, low, close, 14)
    series["plus_di"] = talib.PLUS_DI(high, low, close, 14)
    series["minus_di"] = talib.MINUS_DI(high, low, close, 14)
    return {name: values[-rows:] for name, values in series.items()}


def recorded(folder: Path, end_ms: int) -> dict[str, Floats]:
    """BTCUSDT 4h before a moment, with indicators warmed up on earlier bars."""
    path = folder / "klines_spot" / "BTCUSDT-4h_2017-08-17_2024-12-31.csv.gz"
    with gzip.open(path, "rt") as file:
        rows = [row[:6] for row in csv.reader(file) if row[0].isdigit()]
    bars = np.array(rows, dtype=np.float64)
    stop = int(np.searchsorted(bars[:, 0], end_ms))
    return with_indicators(bars[stop - WARM_UP : stop])


def walk(rows: int = ROWS, *, step_ms: int = 4 * HOUR_MS, seed: int = 7) -> dict[str, Floats]:
    random = np.random.default_rng(seed)
    close = 20_000 * np.exp(np.cumsum(random.normal(0, 0.01, rows + 400)))
    first = np.concatenate(([close[0]], close[:-1]))
    spread = np.abs(random.normal(0, 0.004, close.size)) * close
    time = moment(2022, 11, 10) - step_ms * np.arange(close.size, 0, -1, dtype=np.float64)
    high, low = np.maximum(first, close) + spread, np.minimum(first, close) - spread
    volume = random.lognormal(9, 0.6, close.size)
    return with_indicators(np.column_stack([time, first, high, low, close, volume]), rows)


def candles(rows: int = ROWS) -> dict[str, Floats]:
    """The walk without its indicators."""
    made = walk(rows)
    return {name: made[name] for name in ("time", *BARS)}


def slow(rows: int, seed: int, low: float = 0.0, high: float = 1.0) -> Floats:
    """A smooth path within (low, high)."""
    steps = np.cumsum(np.random.default_rng(seed).normal(0, 0.35, rows))
    return np.asarray(low + (high - low) / (1 + np.exp(-(steps - steps.mean()))))


def scaled(series: Mapping[str, Floats], factor: float) -> dict[str, Floats]:
    return {name: values * factor if name in PRICES else values for name, values in series.items()}


def last_rows(series: Mapping[str, Floats], rows: int) -> dict[str, Floats]:
    return {name: values[-rows:] for name, values in series.items()}


def constant(price: float) -> dict[str, Floats]:
    flat = {name: np.full(ROWS, price) for name in PRICES if not name.startswith(("macd", "stop"))}
    zero = {name: np.zeros(ROWS) for name in ("volume", "macd", "macd_signal", "macd_hist", "rsi_14")}
    return walk() | flat | zero


def result(series: Mapping[str, Floats], **changes: object) -> Analysis:
    close = series.get("close")
    base = Analysis(
        module="trend",
        symbol="BTCUSDT",
        market="spot",
        interval="4h",
        as_of=moment(2022, 11, 10),
        bar_close=moment(2022, 11, 10),
        is_final=True,
        price=1.0 if close is None else float(close[-1]),
        score_name="trend_score",
        score=0.29,
        low=0.0,
        high=1.0,
        neutral=0.5,
        uncertainty=0.08,
        percentile=None,
        coverage=1.0,
        direction=-0.4,
        multipliers={},
        groups=(),
        metrics=(),
        scalars=(),
        sources=(),
        series=series,
        config_hash="0",
    )
    return replace(base, **changes)  # type: ignore[arg-type]  # named fields, checked by the dataclass


def drawn(analysis: Analysis, labels: ChartLabels = ENGLISH_LABELS, theme: ThemeName = "dark") -> Scene:
    """The chart of a result, drawn as its module's look says and not encoded."""
    return drawer_of(analysis)(analysis, theme_of(theme), labels)


def drawer_of(analysis: Analysis) -> Drawer[Analysis]:
    chart = LOOKS[analysis.module].chart
    assert chart is not None
    return chart.draw


def texts(analysis: Analysis, labels: ChartLabels = ENGLISH_LABELS) -> list[str]:
    """The texts on a result's chart, in the order they were written."""
    return [item.text for item in drawn(analysis, labels).texts]


def picture(analysis: Analysis, *, theme: ThemeName = "dark", labels: ChartLabels = ENGLISH_LABELS) -> bytes:
    """The chart of a result as PNG."""
    return render_chart(drawer_of(analysis), analysis, theme=theme, labels=labels)


def pixels(analysis: Analysis, theme: ThemeName = "dark") -> Floats:
    """The colours (rows, columns, 3) of the picture of a result."""
    return colours(drawn(analysis, theme=theme))


def colours(scene: Scene) -> Floats:
    """The colours (rows, columns, 3) of a picture."""
    return np.asarray(Image.open(BytesIO(scene.encode())).convert("RGB"), dtype=np.float64)


def inked(pixels: Floats, ink: Colour) -> int:
    """How many pixels have exactly this colour."""
    return int(np.all(pixels == np.array(ink), axis=2).sum())
