"""From a metric to its signal: direction in [-1, 1] (bearish ... bullish) or level in [0, 1] (low ... high).

Every map is monotone and bounded. A metric with a natural zero takes ``Scaled``; one already measured in standard
errors or deviations takes ``FromZ``; one with a native scale takes ``Native`` or ``ShareOfFull``.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from analysis.arrays import Floats
from analysis.features.robust import CLIP, direction_signals
from analysis.framework.metric import (
    FromZ,
    Itself,
    MetricSpec,
    Modelled,
    Native,
    PersistenceZ,
    Scaled,
    ShareOfFull,
    SignalMap,
)


def from_z(z: Floats) -> Floats:
    """Return tanh(z / 2), z clipped at 6: direction of a number in standard deviations or errors."""
    return np.asarray(np.tanh(np.clip(z, -CLIP, CLIP) / 2))


def size_from_z(z: Floats) -> Floats:
    """Return tanh(|z| / 2): level of a number whose sign does not matter."""
    return np.abs(from_z(z))


def level_from_z(z: Floats) -> Floats:
    """Return (1 + tanh(z / 2)) / 2: level of a number that may fall below its ordinary value 0."""
    return (1 + from_z(z)) / 2


def scaled(series: Sequence[Floats], look_back: int, min_count: int) -> list[Floats]:
    """Return tanh(z / 2) of each, z = value / (1.4826 * median of past |values|), not centred.

    See ``features.robust``; asked for together, the series cost less than one after the other.
    """
    return direction_signals(series, look_back, min_count)


def native(values: Floats, centre: float, half_range: float) -> Floats:
    """Return (value - centre) / half range, clipped to [-1, 1]; RSI: centre 50, half range 50."""
    return np.clip((values - centre) / half_range, -1, 1)


def share_of_full(values: Floats, full: float) -> Floats:
    """Return value / full clipped to [0, 1]: level of a number that starts at 0."""
    return np.clip(values / full, 0, 1)


def signal_rows(
    metrics: Iterable[MetricSpec], values: Mapping[str, Floats], config: Any
) -> dict[str, Floats]:
    """Return the signal (n) of every metric that declares a map, in the order of declaration.

    ``Scaled`` reads ``scale_bars`` and ``scale_min_bars`` of the configuration. Signals that a module models itself
    are left out.
    """
    mapped = [
        (spec.id, spec.signal) for spec in metrics if spec.signal and not isinstance(spec.signal, Modelled)
    ]
    in_units = [name for name, signal in mapped if isinstance(signal, Scaled)]
    columns: list[Floats] = []
    if in_units:
        columns = scaled([values[name] for name in in_units], config.scale_bars, config.scale_min_bars)
    own_scale = dict(zip(in_units, columns, strict=True))
    return {
        name: own_scale[name] if name in own_scale else _mapped(signal, values[name], config)
        for name, signal in mapped
    }


def _mapped(signal: SignalMap, values: Floats, config: Any) -> Floats:
    match signal:
        case Itself():
            return values
        case FromZ():
            return from_z(values) if signal.kind == "direction" else size_from_z(values)
        case PersistenceZ():
            return level_from_z(values)
        case Native(centre=centre, half_range=half_range):
            return native(values, centre, half_range)
        case ShareOfFull(full=full):
            return share_of_full(values, getattr(config, full) if isinstance(full, str) else full)
    raise TypeError(f"no rule turns a value into a signal by {type(signal).__name__}")
