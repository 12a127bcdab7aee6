"""Assesses account after account, with the volatility models fitted so far."""

from analysis.account.fetch import AccountInputs
from analysis.account.fits import FitMemory
from analysis.account.result import AccountRisk
from analysis.account.risk import assess
from analysis.risk.forecasts import day_bars
from config.c_account import AccountConfig


class Assessor:
    """What computes accounts; one at a time, as its fits are not guarded."""

    def __init__(self) -> None:
        self._fits = FitMemory()

    def assess(self, inputs: AccountInputs, config: AccountConfig) -> AccountRisk:
        """Return the account's risk."""
        recursions = self._fits.recursions(inputs.bars, config)
        if day_bars(inputs.interval) == 1:  # then days are what a day is drawn from
            recursions |= self._fits.recursions(inputs.daily, config)
        return assess(inputs, recursions, config)
