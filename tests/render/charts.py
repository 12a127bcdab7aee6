"""The sample answers of the modules that have a chart."""

from collections.abc import Mapping

from handlers.modules.registry import LOOKS
from tests.modules.samples import SAMPLES, Sample

CHARTS: Mapping[str, Sample] = {module: sample for module, sample in SAMPLES.items() if LOOKS[module].chart}
