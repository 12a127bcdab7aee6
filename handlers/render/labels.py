"""Every word and number format a chart shows, chosen by the caller, so that drawing knows no language."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from babel.dates import get_month_names
from babel.numbers import get_decimal_symbol, get_group_symbol

from handlers.locale.messages import N_
from handlers.render.percents import BEHIND, Marks, in_percent, percent_marks
from handlers.render.tones import Tone

SIGNIFICANT_DIGITS = 6
VAST_PERCENT = 1000.0
FINEST_DECIMALS = 8
"""Binance prices have no finer step than 1e-8 (exchangeInfo, PRICE_FILTER.tickSize)."""

SHARED_WORDS = frozenset({N_("no bars to draw")})
"""What the drawing kit itself writes on any chart, as English message ids."""

_UNITS = ((1e12, "T"), (1e9, "B"), (1e6, "M"), (1e3, "K"))
_ENGLISH_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


@dataclass(frozen=True, slots=True)
class ChartLabels:
    """The words of one chart in one language; hashable and picklable.

    ``as_of`` is the requested moment, already worded in the chat's time zone; ``zone`` is that zone's IANA name and
    dates the time axis; ``moment`` is the same without words, for where they leave no room; ``word`` stands beside
    the score and ``tone`` is its direction (colour and arrow);
    ``market`` is the word for spot or perpetual and ``title`` the module's name, empty to leave them out; ``words``
    pairs every English text that the chart may show with this language's. Prices are quoted in
    ``price_decimals``, as far as that is known.
    """

    as_of: str
    word: str
    tone: Tone = "neutral"
    zone: str = "UTC"
    market: str = ""
    title: str = ""
    moment: str = ""
    words: tuple[tuple[str, str], ...] = ()
    months: tuple[str, ...] = _ENGLISH_MONTHS
    decimal_mark: str = "."
    group_mark: str = ","
    percent_marks: Marks = BEHIND
    price_decimals: int | None = None

    def text(self, text: str, **values: str) -> str:
        """Return one of the chart's ``words`` in this language, its ``{names}`` filled; ``KeyError`` if it is none."""
        words = dict(self.words)
        if text not in words:
            raise KeyError(f"{text!r} is not among the chart's words: add it to the words of its Chart")
        return words[text].format(**values) if values else words[text]

    def number(self, value: float, decimals: int, *, sign: bool = False) -> str:
        """Word ``value`` with a fixed number of decimals in the language's marks, with a true minus sign."""
        text = f"{abs(value):,.{decimals}f}"
        text = text.replace(",", "\0").replace(".", self.decimal_mark).replace("\0", self.group_mark)
        zero = not any(digit in text for digit in "123456789")
        if value < 0 and not zero:
            return "−" + text
        return "+" + text if sign and not zero else text

    def percent(self, value: float, decimals: int) -> str:
        """Word a value in percent where the language puts the sign: ``−3.2%``, ``−%3,2``; a vast one as ``12.3K%``."""
        text = self.number(value, decimals) if abs(value) < VAST_PERCENT else self.short(value)
        return in_percent(text, self.percent_marks)

    def price(self, value: float, at_least: int) -> str:
        """Word a price with ``at_least`` decimals and more while they carry one of six significant digits."""
        exponent = int(f"{value:.{SIGNIFICANT_DIGITS - 1}e}".split("e")[1])
        wanted = max(0, min(FINEST_DECIMALS, SIGNIFICANT_DIGITS - 1 - exponent))
        if (
            self.price_decimals is not None
            and self.price_decimals <= wanted
            and round(value, self.price_decimals)
        ):
            return self.number(value, self.price_decimals)
        return self.number(value, max(at_least, _used_decimals(value, wanted)))

    def short(self, value: float) -> str:
        """Word a size in three significant digits without trailing zeros: ``12.3K``, ``0.52``, ``3.1e−7``."""
        size = abs(value)
        if 0 < size < 1e-3:
            return self._tiny(value)
        unit, letter = next(((unit, letter) for unit, letter in _UNITS if size >= unit * 0.9995), (1.0, ""))
        scaled = size / unit
        digits = 0 if scaled >= 99.95 else 1 if scaled >= 9.995 else 2 if scaled >= 0.9995 else 4
        return self.number(value / unit, _used_decimals(scaled, digits)) + letter

    def whole(self, value: float) -> str:
        """Word a number without decimals."""
        return self.number(value, 0)

    def day(self, moment: datetime) -> str:
        """Word a day of the time axis: ``9 Nov``."""
        return f"{moment.day} {self.months[moment.month - 1]}"

    def month(self, moment: datetime) -> str:
        """Word a month of the time axis: ``Nov``, and the year where it is January."""
        return str(moment.year) if moment.month == 1 else self.months[moment.month - 1]

    def month_year(self, moment: datetime) -> str:
        """Word a month with its year: ``Nov 2022``."""
        return f"{self.months[moment.month - 1]} {moment.year}"

    def _tiny(self, value: float) -> str:
        mantissa, exponent = f"{value:.1e}".split("e")
        return f"{mantissa}e{int(exponent)}".replace(".", self.decimal_mark).replace("-", "−")


def shown_error(error: float, decimals: int, shown: Callable[[float, int], str]) -> str:
    """Return an error as ``shown`` writes it, ``<0.01`` where it would read as none although it is one."""
    least = 10.0**-decimals
    return "<" + shown(least, decimals) if 0 < error < least / 2 else shown(error, decimals)


def chart_labels(
    translate: Callable[[str], str],
    locale: str,
    words: Iterable[str],
    *,
    as_of: str,
    word: str,
    tone: Tone,
    zone: str,
    market: str = "",
    title: str = "",
    moment: str = "",
    price_decimals: int | None = None,
) -> ChartLabels:
    """Return the labels in a locale (``en``, ``tr``): words by ``translate`` (gettext), months and marks by CLDR.

    ``words`` are the chart's texts in English; ``as_of``, ``word``, ``market`` and ``title`` come already translated.
    Raises ``babel.UnknownLocaleError`` for a locale Babel does not know.
    """
    names = get_month_names("abbreviated", locale=locale)
    return ChartLabels(
        as_of=as_of,
        word=word,
        tone=tone,
        zone=zone,
        market=market,
        title=title,
        moment=moment,
        price_decimals=price_decimals,
        words=tuple((text, translate(text)) for text in sorted(SHARED_WORDS.union(words))),
        months=tuple(str(names[month]) for month in range(1, 13)),
        decimal_mark=get_decimal_symbol(locale),
        group_mark=get_group_symbol(locale),
        percent_marks=percent_marks(locale),
    )


def _used_decimals(value: float, most: int) -> int:
    """Return how many of ``most`` decimals are left when trailing zeros are dropped."""
    return len(f"{value:.{most}f}".partition(".")[2].rstrip("0"))
