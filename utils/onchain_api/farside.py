"""Farside's tables of US spot ETF flows (keyless web pages), from US$ millions to US dollars.

Columns grow and are found by their header. Parentheses are negative, commas separate thousands, ``-`` is "not reported
yet" and no zero. Rows whose first cell is no date (fees, Total, Average, Maximum, Minimum) are left out. The newest
row fills in over the evening and is final when a later dated row exists: until then it is not delivered, and it
counts as known at the end of that later day. The site often answers data centres with 403.
"""

import re
from datetime import UTC, datetime
from html.parser import HTMLParser
from itertools import pairwise
from typing import Final

from utils.http.errors import Unavailable
from utils.onchain_api.client import DailyClient, Limit, Network
from utils.onchain_api.errors import Names
from utils.onchain_api.facts import ETF, FACTS, DailyRows, Offer, rows_of
from utils.onchain_api.wire import bounded
from utils.units import DAY_MS

NAME: Final = "farside"
PATHS: Final = {"BTC": "/bitcoin-etf-flow-all-data/", "ETH": "/ethereum-etf-flow-all-data/"}
MILLION: Final = 1e6
TOTAL: Final = "total"
MOST_COLUMNS: Final = 100
LARGEST: Final = 1e6
"""US$ millions: a flow beyond it cannot be true."""
MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
OFFER: Final = Offer(ETF, frozenset(PATHS), DAY_MS, weekdays_only=True)
"""A day is final when the next trading day has a row, at the earliest a day later."""
_DATE: Final = re.compile(rf"(\d{{1,2}}) ({'|'.join(MONTHS)}) (\d{{4}})")
_NUMBER: Final = re.compile(r"\d{1,3}(?:,\d{3})*(?:\.\d+)?|\d+(?:\.\d+)?")


class TableReader(HTMLParser):
    """Collects the cells' texts of every row of every table."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.rows: list[list[str]] = []
        self._in_cell = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Begin a row or a cell."""
        del attrs
        if tag == "tr":
            self.rows.append([])
        self._in_cell = tag in {"td", "th"} or (self._in_cell and tag not in {"tr", "table"})
        if tag in {"td", "th"} and self.rows:
            self.rows[-1].append("")

    def handle_endtag(self, tag: str) -> None:
        """End a cell."""
        if tag in {"td", "th", "tr", "table"}:
            self._in_cell = False

    def handle_data(self, data: str) -> None:
        """Collect text."""
        if self._in_cell and self.rows and self.rows[-1]:
            self.rows[-1][-1] += data


class FlowPage:
    """Decodes a page into total flows (US dollars) by day (UTC ms), the newest dated row included."""

    def decode(self, buf: bytes, /) -> tuple[dict[int, float], tuple[int, ...]]:
        """Return known totals by day, and all dated days in order; raises ``Unavailable`` without a table of flows."""
        reader = TableReader()
        reader.feed(buf.decode("utf-8"))
        reader.close()
        bounded(reader.rows, NAME)
        header = next((row for row in reader.rows if _total_column(row) is not None), None)
        if header is None:
            raise Unavailable(NAME, "the page has no table of flows")
        column = _total_column(header) or 0
        flows: dict[int, float] = {}
        days: set[int] = set()
        for cells in reader.rows:
            day = parse_day(cells[0].strip()) if cells else None
            if day is None:
                continue
            days.add(day)
            total = parse_millions(cells[column].strip()) if len(cells) == len(header) else None
            if total is not None:
                flows[day] = total * MILLION
        return flows, tuple(sorted(days))


def _total_column(cells: list[str]) -> int | None:
    names = [cell.strip().lower() for cell in cells[:MOST_COLUMNS]]
    return names.index(TOTAL) if TOTAL in names[1:] else None


def parse_day(text: str) -> int | None:
    """Return the start (UTC ms) of ``08 Sep 2026``, ``None`` for a text that is no date."""
    found = _DATE.fullmatch(text)
    if found is None:
        return None
    try:
        day = datetime(int(found[3]), MONTHS.index(found[2]) + 1, int(found[1]), tzinfo=UTC)
    except ValueError:
        return None
    return round(day.timestamp() * 1000)


def parse_millions(text: str) -> float | None:
    """Return ``(1,014.2)`` as -1014.2; ``None`` for ``-`` and other texts that are no number."""
    negative = text.startswith("(") and text.endswith(")")
    digits = text[1:-1] if negative else text
    sign = -1.0 if negative or digits.startswith("-") else 1.0
    digits = digits.removeprefix("-")
    if _NUMBER.fullmatch(digits) is None:
        return None
    value = float(digits.replace(",", ""))
    return sign * value if value <= LARGEST else None


class Farside:
    """The tables of both coins; see :class:`utils.onchain_api.facts.OnchainProvider`."""

    name = NAME
    title = "Farside"
    key_setting: str | None = None
    has_access = True
    offers = (OFFER,)

    def __init__(self, url: str, network: Network) -> None:
        names = Names(self.title, "FARSIDE_URL", None)
        self.client = DailyClient(NAME, url, names, [Limit(4, 60_000)], network)

    async def read(self, topic: str, asset: str, start: int) -> DailyRows:
        """Return the days from ``start`` on that have a later dated row (UTC ms); raises ``SourceError``."""
        flows, days = await self.client.get(PATHS[asset], {}, FlowPage())
        later = dict(pairwise(days))
        table = {day: {"flow_usd": flows[day]} for day in later if day in flows and day >= start}
        return rows_of(table, FACTS[topic], {day: later[day] + DAY_MS for day in table})
