"""Why a value of module H is missing where its declaration alone does not tell."""

from analysis.features.microprice import LEAST_MOVES
from analysis.framework.metric import MetricSpec
from analysis.framework.missing import CONSTANT, Family, Rules, Situation, too_few
from analysis.framework.reasons import Reason
from analysis.micro.inputs import MicroInputs
from analysis.micro.metrics import FAIR, LIFE, NO_TRADES, TICKS, TickSpec
from analysis.micro.values import known_seconds

MicroSituation = Situation[MicroInputs, None]


def few_seconds(spec: MetricSpec, situation: MicroSituation) -> Reason | None:
    """Return that the ticks have not been known for long enough."""
    ticks = situation.inputs.ticks
    if ticks is None or not isinstance(spec, TickSpec):
        return None
    needs = spec.seconds_needed(situation.config)
    has = known_seconds(spec, ticks)
    return too_few(needs, has, "few_live_seconds")


def _no_trades(spec: MetricSpec, situation: MicroSituation) -> Reason:
    del spec, situation
    return Reason("no_volume")


def _life(spec: MetricSpec, situation: MicroSituation) -> Reason:
    del spec
    ticks = situation.inputs.ticks
    longest = None if ticks is None else ticks.lives.longest
    if longest is None:
        return Reason("no_quote_change")
    return Reason("not_reached", {"longest": round(longest)})


def _fair(spec: MetricSpec, situation: MicroSituation) -> Reason:
    del spec
    ticks = situation.inputs.ticks
    return too_few(LEAST_MOVES, 0 if ticks is None else ticks.mid_moves, "few_moves") or CONSTANT


RULES = Rules(
    {
        TICKS: Family(first=few_seconds),
        NO_TRADES: Family(first=few_seconds, why=_no_trades),
        LIFE: Family(first=few_seconds, why=_life),
        FAIR: Family(first=few_seconds, why=_fair),
    }
)
