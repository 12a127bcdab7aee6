"""Messages with parameters and, among them, reasons why something is missing: worded here, translated where shown."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

MESSAGES: Mapping[str, str] = {
    "too_few_bars": "needs {needs} bars, has {has}",
    "no_data": "no {what} at this time",
    "no_history": "{what} has no history for a past moment",
    "no_perpetual": "no perpetual is listed for {symbol}",
    "unreadable_listing": "the exchange lists {symbol} in a form that cannot be read",
    "perpetual_missing": "{symbol} has no perpetual; spot bars are used",
    "spot_missing": "{symbol} has no spot market; perpetual bars are used",
    "source_down": "{source} does not answer now",
    "impossible_bars": "{source} sent bars that cannot be true",
    "no_bars": "{source} has sent no bars of {symbol} so far",
    "constant": "the values do not vary",
    "no_volume": "no trades in the window",
    "not_converged": "the fit did not converge",
    "at_bound": "{what} is at its limit of {bound} bars",
    "few_past_values": "needs {needs} past values, has {has}",
    "low_coverage": "only {has} of the weights are available, {needs} are needed",
    "gaps": "{count} bars are missing in the exchange's history",
    "anew": "history begins anew on {since}: before it bars are missing or the price level was another",
    "silent": "no bar since {since}",
    "older_price": "the price is the close of {time}",
    "hardly_traded": "hardly traded: {empty} of the last {bars} bars are without a trade",
    "beyond_book": "{notional} USDT do not fit in the visible book",
    "no_edge_measured": "no measured record yet",
    "not_asked": "not part of this reading",
    "key_refused": "the exchange key may not read {what}",
    "no_keys": "market risk only; set BINANCE_API_KEY and BINANCE_API_SECRET (a key that may only read)",
    "no_equity": "the futures account is empty",
    "no_own_liquidation": "the exchange gives no liquidation price",
    "uncovered": "only {has} of the exposure has enough bars, {needs} are needed",
    "no_quarterly": "{symbol} has no quarterly future",
    "near_delivery": "{days} days to delivery, read from {needs} on",
    "no_options": "no options are listed on {asset}",
    "no_index": "there is no volatility index of {asset}",
    "not_enclosed": "no options on both sides of that delta and time",
    "keeps_sign": "the net gamma keeps its sign within {span} of the price",
    "few_recorded": "needs {needs} recorded hours, has {has}",
    "options_from": "options: {source}",
    "skew_from": "25Δ skew {skew} ({source})",
    "no_decay": "shocks do not fade in this fit",
    "short_year": "ranks compare with the last {days} days",
    "fitted_on": "P(trend) uses the table of {interval} bars",
    "garch_at_bound": "the GARCH fit stands at a bound of its range",
    "markov_at_bound": "one of the two volatility states is hardly there",
    "up": "up",
    "neutral": "neutral",
    "down": "down",
    "between_neutral_up": "between neutral and up",
    "between_neutral_down": "between neutral and down",
    "too_uncertain": "its error of ± {error} is over a third of the scale",
    "trend_calm": "trend regime, volatility calm",
    "trend_normal": "trend regime, volatility normal",
    "trend_stressed": "trend regime, volatility stressed",
    "range_calm": "range regime, volatility calm",
    "range_normal": "range regime, volatility normal",
    "range_stressed": "range regime, volatility stressed",
    "between_calm": "between range and trend, volatility calm",
    "between_normal": "between range and trend, volatility normal",
    "between_stressed": "between range and trend, volatility stressed",
    "between_regime": "between range and trend",
    "ahead_no_edge": "next {bars} bars: no edge, {p}",
    "ahead_straighter": "next {bars} bars: a little straighter than usual, {p}",
    "ahead_rougher": "next {bars} bars: a little less straight than usual, {p}",
    "best_forecast": "next day's volatility by {model}, the best of the last {count} forecasts",
    "trend_regime": "trend regime",
    "range_regime": "range regime",
    "volatility_calm": "volatility calm",
    "volatility_normal": "volatility normal",
    "volatility_stressed": "volatility stressed",
    "not_yet": "{event} lies after the asked moment",
    "not_traded_then": "the exchange sent no hourly bars of {symbol} through {event}",
    "anew_after": "{symbol} begins a new history after {event}",
    "beta_used": "no usable bars of {symbol} through {events}: its beta to bitcoin of {beta} is used",
    "approximate_brackets": "liquidation prices by approximate margin brackets, those of a large coin",
    "not_offered": "{leverage}x is not offered for {notional} USDT",
    "cannot_fall": "the price cannot fall so far",
    "no_map": "the liquidation map stands with sentiment, /s",
    "ewma_used": "no GARCH, exponential smoothing instead: {why}",
    "not_monotone": "skewness and kurtosis lie where the expansion fails",
    "no_failures": "no loss beyond the forecast to judge by",
    "no_losses": "no losing bar in the window",
    "observations": "needs {needs} observations, has {has}",
    "riskier_than": "riskier than {share} of the past {days} days",
    "ordinary_bar": "an ordinary bar",
    "rarer_than": "rarer than anything in {bars} bars: {channel}",
    "scale_end": "the scale ends at {score} here: once in {bars} bars",
    "once_in_bars": "once in {bars} bars: {channel}",
    "after_gap": "no return over one bar: bars before it are missing",
    "no_boundary": "no fit yet: none of its moments has {needs} bars before it",
    "too_few_before": "needs {needs} bars before its last fit, has {has}",
    "forest_sparse": "too few bars have all that the isolation forest reads",
    "sums_rest": "moves this even never raise the sums",
    "part_failed": "this part failed; the log has the details",
    "still_computing": "not ready in time",
    "no_change": "no change in the last {bars} bars",
    "garch_replaced": "the GARCH fit did not converge; the smoothed variance is used",
    "special_funding": "special funding of {rate} % was settled on {time}",
    "new_longs": "price and open interest rose over {hours} hours: new longs",
    "short_covering": "price rose and open interest fell over {hours} hours: shorts were closed",
    "new_shorts": "price fell and open interest rose over {hours} hours: new shorts",
    "long_liquidation": "price and open interest fell over {hours} hours: longs were closed",
    "forest_without": "the isolation forest does without {what}",
    "no_live": "no live {what} now",
    "stream_lag": "live data arrives {seconds} s late",
    "clock_skew": "live data is stamped {seconds} s after this clock",
    "book_not_ready": "the order book is not in sync: {why}",
    "live_flow": "{live} s of live flow, trades of the last {trades} min",
    "live_delay": "events arrive {delay} ms after they happen (95%: {p95} ms), the newest {age} ms ago",
    "live_answer": "this answer was computed {took} ms after that reading",
    "beyond_reach": "the kept book reaches {reach} bps",
    "no_sweep": "this side was not swept in the last {minutes} min",
    "not_refilled": "longer than {seconds} s, the longest seen",
    "no_wall": "no price stands out",
    "no_sample": "the book has not been sampled yet",
    "one_sided": "one side of the book is empty or crossed",
    "few_moves": "needs {needs} moves of the mid, has {has}",
    "not_reached": "not reached: longer than the longest seen, {longest} ms",
    "no_quote_change": "no best price has changed so far",
    "factor_record": "{factor}: its sign met {rate} ± {error} % of the next {horizon} s moves, "
    "rank correlation {correlation} ± {spread} ({count} seconds)",
    "no_bars_then": "no {interval} bar of {symbol} had closed by then",
    "left_out": "{symbol} is left out",
    "few_members": "needs {needs} symbols with usable bars, has {has}",
    "needs_key": "needs {setting}",
    "not_delivered": "no provider delivers it for {asset}",
    "no_value_of": "no value of {day}",
    "stale_value": "the newest value is of {day}",
    "market_wide": "market-wide score: the facts of {asset} and of stablecoins stand for {symbol}",
    "supportive": "supportive",
    "adverse": "adverse",
    "between_supportive": "between neutral and supportive",
    "between_adverse": "between neutral and adverse",
    "too_old": "too old to count: {count} of the values, whose days the text names",
    "free_sources": "free sources only",
    "glassnode_key": "GLASSNODE_API_KEY adds SOPR and realised profit of the day before",
    "cryptoquant_key": "CRYPTOQUANT_API_KEY adds the whale ratio of bitcoin",
    "coinglass_key": "COINGLASS_API_KEY adds ETF flow of the day before",
    "from_stablecoins": "Stablecoins: {provider}, {day}",
    "from_flows": "Exchange flows: {provider}, {day}",
    "from_balances": "Exchange balances: {provider}, {day}",
    "from_etf": "ETF flow: {provider}, {day}",
    "from_whales": "Whale ratio: {provider}, {day}",
    "from_valuation": "Valuation: {provider}, {day}",
    "from_profit": "Realised profit: {provider}, {day}",
    "from_sopr": "SOPR: {provider}, {day}",
    "few_live_seconds": "needs {needs} s of live flow, has {has}",
}


@dataclass(frozen=True, slots=True)
class Message:
    """A sentence with parameters, such as a note or a verdict: ``code`` names it in ``MESSAGES``.

    ``because`` is the sentence that explains it, said after a colon.
    """

    code: str
    params: Mapping[str, str | int | float] = field(default_factory=dict)
    because: "Message | None" = None

    @property
    def text(self) -> str:
        """The English sentence."""
        said = MESSAGES[self.code].format(**self.params)
        return said if self.because is None else f"{said}: {self.because.text}"


@dataclass(frozen=True, slots=True)
class Reason(Message):
    """Why something is missing."""


STILL_COMPUTING: Final = Reason("still_computing")
