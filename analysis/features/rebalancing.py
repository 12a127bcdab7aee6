"""What would have to be bought and sold to come from what is held to what is wanted: a list to read, never an order.

Quantities are rounded towards zero to the exchange's step, so that nothing is bought without money or sold that is not
there; what is too small for the exchange stays as it is, with its reason.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

TooSmall = Literal["", "below_step", "below_least"]


@dataclass(frozen=True, slots=True)
class TradeLine:
    """One coin: its ``price`` and what is ``held`` of it (coins, negative when short), the money ``wanted`` in it.

    ``step`` of the quantity in coins and ``least`` value of an order are ``None`` where the exchange tells none. It is
    sold at the ``bid`` and bought at the ``ask``, at the price where these are not known.
    """

    name: str
    price: float
    held: float
    wanted: float
    step: float | None = None
    least: float | None = None
    bid: float | None = None
    ask: float | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """What to do with one coin: ``quantity`` to buy, negative to sell, its ``value`` and ``fee`` in money.

    A ``quantity`` of 0 where something was wanted has its reason in ``why``.
    """

    name: str
    quantity: float
    value: float
    fee: float
    why: TooSmall = ""


def rebalancing(lines: Sequence[TradeLine], fee: float) -> tuple[Change, ...]:
    """Return the change of every coin; ``fee`` is a share of the value traded. ``ValueError`` without a price."""
    return tuple(_change(line, fee) for line in lines)


def cash_after(cash: float, changes: Sequence[Change]) -> float:
    """Return the money left when all changes are made and their fees paid."""
    return cash - sum(change.value + change.fee for change in changes)


def traded(changes: Sequence[Change]) -> float:
    """Return the money that is bought and sold for."""
    return sum(abs(change.value) for change in changes)


def whole_steps(quantity: float, step: float | None) -> float:
    """Return a quantity rounded towards zero to a step, which decimals of the step do not blur."""
    if not step:
        return quantity
    steps = math.floor(abs(quantity) / step * (1 + 1e-12) + 1e-9)
    return math.copysign(round(steps * step, max(0, 2 - math.floor(math.log10(step)))), quantity)


def _change(line: TradeLine, fee: float) -> Change:
    if not line.price > 0:
        raise ValueError(f"{line.name} has no price")
    wish = line.wanted / line.price - line.held
    at = (line.ask if wish > 0 else line.bid) or line.price
    bought = wish * line.price / at / (1 + fee)
    quantity = whole_steps(bought if wish > 0 else max(wish, -line.held), line.step)
    value = quantity * at
    if quantity == 0:
        return Change(line.name, 0.0, 0.0, 0.0, "below_step" if abs(wish) * line.price > 1e-9 else "")
    if line.least is not None and abs(value) < line.least:
        return Change(line.name, 0.0, 0.0, 0.0, "below_least")
    return Change(line.name, quantity, value, abs(value) * fee)
