"""One made-up answer per module, with every series its chart draws: ``samples/<id>.py``, found by the module's id."""

from collections.abc import Mapping
from importlib import import_module
from typing import Protocol, cast

from analysis.arrays import Floats
from analysis.framework.result import Analysis
from analysis.registry import MODULES

ROWS = 300


class Sample(Protocol):
    """What the file of a module offers.

    ``PARTS`` are the words that leave its chart together with these series, ``NAMES`` those of its words that are the
    same in every language, ``WORDS`` the texts that the module fills into its messages.
    """

    PARTS: Mapping[tuple[str, ...], frozenset[str]]
    NAMES: frozenset[str]
    WORDS: frozenset[str]

    def series(self, rows: int = ROWS) -> dict[str, Floats]:
        """Return the series of an answer by name, each ``rows`` long."""

    def sample(self, of: Mapping[str, Floats] | None = None, **changes: object) -> Analysis:
        """Return the answer on these series, by default its own, with fields changed by name."""


def sample_of(module_id: str) -> Sample:
    """Return the file of a module."""
    return cast(Sample, import_module(f"{__name__}.{module_id}"))


SAMPLES: Mapping[str, Sample] = {module.id: sample_of(module.id) for module in MODULES}
