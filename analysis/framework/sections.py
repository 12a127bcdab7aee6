"""Configuration keys that follow from metrics: every weight of a metric or group is one key of the module's section."""

from collections.abc import Iterable
from typing import Any, TypeVar

from pydantic import create_model, model_validator

from analysis.framework.metric import GroupSpec, MetricSpec
from config.base import ConfigModel, setting

DESCRIPTIONS = {"weights": "weight of each metric inside its group", "groups": "weight of each group"}
SENTENCES = {
    "weights": "How much each metric counts inside its group; with 0 it is displayed and not counted.",
    "groups": "How much each group counts; one that multiplies the score counts in coverage only.",
}
HIGHEST_WEIGHT = 1000

ConfigT = TypeVar("ConfigT", bound=ConfigModel)


def section(
    base: type[ConfigT],
    name: str,
    metrics: Iterable[MetricSpec],
    groups: Iterable[GroupSpec] = (),
    *,
    module: str,
) -> type[ConfigT]:
    """Return ``base`` with the keys ``weights`` and, where there are groups, ``groups``.

    The result must be bound to ``name`` in ``module``, so that its instances can be pickled. A group that multiplies
    needs a metric of positive weight, and so does the score itself.
    """
    keyed, listed = [spec for spec in metrics if spec.group is not None or spec.weight_key], tuple(groups)
    weights = {spec.key: (float, _weight_of(spec)) for spec in keyed}
    models = {"weights": _model("weights", weights, f"{name}.Weights", module)}
    if listed:
        shares = {group.id: (float, _weight(group.weight, group.help)) for group in listed}
        models["groups"] = _model("groups", shares, f"{name}.Groups", module)
    needed = {
        group.id: [spec.key for spec in keyed if spec.group == group.id]
        for group in listed
        if group.multiplies
    }
    joining = {group.id for group in listed if not group.multiplies}
    counted = [
        (spec.key, spec.group if listed else None)
        for spec in keyed
        if spec.group is not None and (spec.group in joining or not listed)
    ]
    validators = {"something_counts": _something_counts(counted)}
    validators |= {"multipliers_count": _checked(needed)} if needed else {}
    fields: dict[str, Any] = {
        key: (model, setting(model(), DESCRIPTIONS[key])) for key, model in models.items()
    }
    made = create_model(
        name, __base__=base, __module__=module, __doc__=base.__doc__, __validators__=validators, **fields
    )
    for model in models.values():
        setattr(made, model.__name__, model)  # where pickle looks for it
    return made


def _weight_of(spec: MetricSpec) -> Any:
    """Return the setting of a metric's weight; one without a group takes 0 only."""
    return _weight(spec.weight, spec.help) if spec.group is not None else _weight(0.0, spec.help, le=0)


def _weight(default: float, help_text: str, **limits: Any) -> Any:
    return setting(default, help_text.rstrip("."), **({"ge": 0, "le": HIGHEST_WEIGHT} | limits))


def _model(section_key: str, keys: dict[str, Any], qualified: str, module: str) -> type[ConfigModel]:
    model = create_model(
        qualified.rsplit(".", 1)[1],
        __base__=ConfigModel,
        __module__=module,
        __doc__=SENTENCES[section_key],
        **keys,
    )
    model.__qualname__ = qualified
    return model


def _something_counts(counted: list[tuple[str, str | None]]) -> Any:
    """Return a validator for pairs of a weight's key and the group it counts in, ``None`` where there are none."""

    def something_counts(self: Any) -> Any:
        for key, group in counted:
            if getattr(self.weights, key) > 0 and (group is None or getattr(self.groups, group) > 0):
                return self
        raise ValueError("expected a positive weight for at least one metric and its group")

    return model_validator(mode="after")(something_counts)


def _checked(needed: dict[str, list[str]]) -> Any:
    def multipliers_count(self: Any) -> Any:
        for keys in needed.values():
            if not any(getattr(self.weights, key) for key in keys):
                raise ValueError(f"expected a positive weight for {', '.join(keys[:-1])} or {keys[-1]}")
        return self

    return model_validator(mode="after")(multipliers_count)
