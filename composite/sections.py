"""The section ``[composite]`` of the bot's configuration: what of the seven scores people may set.

Its keys follow from ``defaults.toml``: every weight is one key, with the reason of its default as description.
"""

from collections.abc import Mapping
from typing import Any, Final, cast

from pydantic import create_model, model_validator

from composite.declared import BY_NAME
from composite.defaults import default_specs
from config.base import ConfigModel, setting
from config.c_composite import HIGHEST_WEIGHT, CompositeSpec, Method

NAME: Final = "composite"


class ScoreSettings(ConfigModel):
    """What may be set of one score; its class of its own adds ``weights`` and, where there are gates, ``limits``."""

    method: Method = setting("weighted_mean", "how inputs are averaged")
    tau: float = setting(2.0, "how fast a mismatch of horizons takes weight", gt=0, le=20)
    min_coverage: float = setting(0.6, "share of the weights that the score needs", ge=0, le=1)
    min_groups: int = setting(2, "groups of inputs that the score needs", ge=0, le=10)

    def spec(self, name: str) -> CompositeSpec:
        """Return the shipped specification of a score with these settings; ``ValueError`` where they do not fit."""
        shipped = default_specs()[name]
        weights, limits = self._table("weights"), self._table("limits")
        return shipped.changed(
            method=self.method,
            tau=self.tau,
            min_coverage=self.min_coverage,
            min_groups=self.min_groups,
            target_volatility=getattr(self, "target_volatility", None),
            inputs=tuple(
                one.model_copy(update={"weight": weights.get(one.key, one.weight)}) for one in shipped.inputs
            ),
            gates=tuple(
                gate.model_copy(update={"limit": limits.get(gate.name, gate.limit)}) for gate in shipped.gates
            ),
        )

    def _table(self, key: str) -> Mapping[str, float]:
        table = getattr(self, key, None)
        return {} if table is None else cast(Mapping[str, float], table.model_dump())


class CompositeSettings(ConfigModel):
    """The seven composite scores; its class adds one table for each."""

    def specs(self) -> Mapping[str, CompositeSpec]:
        """Return the specification of every score in force, by short name."""
        return {name: cast(ScoreSettings, getattr(self, name)).spec(name) for name in BY_NAME}


def _score_class(name: str, spec: CompositeSpec) -> type[ScoreSettings]:
    def fits(self: ScoreSettings) -> ScoreSettings:
        self.spec(name)
        return self

    fields: dict[str, Any] = {
        key: (ScoreSettings.model_fields[key].annotation, _with_default(key, getattr(spec, key)))
        for key in ScoreSettings.model_fields
    }
    if spec.target_volatility is not None:
        told = "volatility of the mix beyond which the rest is cash, 0.6 is 60 %"
        volatility = setting(spec.target_volatility, told, unit="a year", gt=0, le=5)
        fields["target_volatility"] = (float, volatility)
    title = BY_NAME[name].title
    for key, said, table in (
        ("weights", "How much each input counts; with 0 it is left out.", _weights(spec)),
        ("limits", "Where a gate withholds the score.", _limits(spec)),
    ):
        if table:
            inner = _bound(f"{name}_{key}", said, ConfigModel, table)
            fields[key] = (inner, setting(inner(), said.rstrip(".")))
    validators = {"fits": cast(Any, model_validator(mode="after")(fits))}
    return _bound(f"{name}_settings", f"{title}.", ScoreSettings, fields, validators)


def _with_default(key: str, value: object) -> Any:
    info = ScoreSettings.model_fields[key]
    limits = {
        name: getattr(item, name)
        for item in info.metadata
        for name in ("ge", "gt", "le", "lt")
        if hasattr(item, name)
    }
    return setting(value, info.description or "", **limits)


def _weights(spec: CompositeSpec) -> dict[str, Any]:
    return {
        one.key: (float, setting(one.weight, one.why, ge=0, le=HIGHEST_WEIGHT))
        for one in spec.inputs
        if one.role != "beside"
    }


def _limits(spec: CompositeSpec) -> dict[str, Any]:
    return {gate.name: (float, setting(gate.limit, gate.why, ge=0, le=gate.high)) for gate in spec.gates}


def _bound(
    name: str, said: str, base: type[Any], fields: dict[str, Any], validators: dict[str, Any] | None = None
) -> type[Any]:
    """Return a class that pickle finds in this module."""
    words = "".join(part.capitalize() for part in name.split("_"))
    made = create_model(
        words, __base__=base, __module__=__name__, __doc__=said, __validators__=validators or {}, **fields
    )
    globals()[words] = made
    return made


def _section() -> type[CompositeSettings]:
    kinds = {name: _score_class(name, spec) for name, spec in default_specs().items()}
    fields: dict[str, Any] = {
        name: (kind, setting(kind(), BY_NAME[name].title)) for name, kind in kinds.items()
    }
    return cast(
        type[CompositeSettings],
        _bound("composite_section", "The seven composite scores.", CompositeSettings, fields),
    )


CompositeSection: Final = _section()
