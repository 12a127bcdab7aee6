"""What module C estimates at a refit time: nothing; what a ratio owes to the return is fitted for every row."""

from analysis.sentiment.inputs import SentimentInputs
from config.c_deriv import DerivSentimentConfig


def fit(inputs: SentimentInputs, config: DerivSentimentConfig, refit_time: int) -> None:
    """Estimate nothing; no refit time is ever asked for."""
    del inputs, config, refit_time
