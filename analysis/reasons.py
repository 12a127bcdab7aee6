"""Why something is missing: a code with its facts, worded here in English and translated where it is shown."""

from collections.abc import Mapping
from dataclasses import dataclass, field

REASONS: Mapping[str, str] = {
    "too_few_bars": "needs {needs} bars, has {has}",
    "no_data": "no {what} at this time",
    "no_history": "{what} has no history for a past moment",
    "no_perpetual": "no perpetual is listed for {symbol}",
    "spot_missing": "{symbol} has no spot market; perpetual bars are used",
    "source_down": "{source} does not answer now",
    "constant": "the values do not vary",
    "no_volume": "no trades in the window",
    "not_converged": "the fit did not converge",
    "at_bound": "{what} stands at its bound of {bound} bars",
    "few_past_values": "needs {needs} past values, has {has}",
    "low_coverage": "only {has} of the weights are available, {needs} are needed",
    "gaps": "{count} bars are missing in the exchange's history",
    "beyond_book": "{notional} USDT do not fit in the visible book",
    "no_edge_measured": "no measured record yet",
    "not_asked": "not part of this reading",
}


@dataclass(frozen=True, slots=True)
class Reason:
    """A reason in words: ``code`` names the sentence in ``REASONS``, ``params`` fill it."""

    code: str
    params: Mapping[str, str | int | float] = field(default_factory=dict)

    @property
    def text(self) -> str:
        """The English sentence."""
        return REASONS[self.code].format(**self.params)
