"""The sample answers of the modules that have a chart."""

from collections.abc import Mapping

from handlers.modules.registry import LOOKS
from tests.modules.samples import SAMPLES, Sample

WITHOUT_PRICE = frozenset({"allocate"})
"""Modules whose charts show shares and growth of several coins, and no price."""
CHARTS: Mapping[str, Sample] = {module: sample for module, sample in SAMPLES.items() if LOOKS[module].chart}
PRICED: Mapping[str, Sample] = {
    module: sample for module, sample in CHARTS.items() if module not in WITHOUT_PRICE
}
