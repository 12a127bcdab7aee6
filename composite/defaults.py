"""The seven scores as shipped, read from ``defaults.toml`` and checked against what the modules hand over."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Final

from analysis.registry import MODULES
from composite.declared import SCORES
from composite.declared_scalars import declared_scalars
from config.c_composite import CompositeSpec
from config.loader import ConfigError, ConfigProblem, load_config

FILE: Final = Path(__file__).with_name("defaults.toml")


@cache
def default_specs() -> Mapping[str, CompositeSpec]:
    """Return the shipped specification of every score by its short name, in the order they are shown."""
    return read_specs(FILE)


def read_specs(file: Path) -> Mapping[str, CompositeSpec]:
    """Return the specification of every score in ``file``; `ConfigError` lists every problem in it, a line each."""
    names = [declared.name for declared in SCORES]
    found = load_config(file, dict.fromkeys(names, CompositeSpec), required=True)
    specs = {name: found.section(name, CompositeSpec).changed(name=name) for name in names}
    problems = [
        ConfigProblem(str(file), name, unknown, expected)
        for name, spec in specs.items()
        for unknown, expected in _unknown(spec)
    ]
    if problems:
        raise ConfigError(tuple(problems))
    return specs


def _unknown(spec: CompositeSpec) -> list[tuple[str, str]]:
    """Return the names in a specification that nothing answers to, with what is known instead."""
    scalars, modules = declared_scalars(), [module.id for module in MODULES]
    known, asked = ", ".join(sorted(scalars)), ", ".join(modules)
    missing = [(name, f"unknown scalar; known are {known}") for name in spec.scalars() if name not in scalars]
    missing += [(name, f"unknown module; known are {asked}") for name in spec.modules if name not in modules]
    unasked = [
        (name, f"expected {scalars[name][0].id} among its modules")
        for name in spec.scalars()
        if name in scalars and scalars[name][0].id not in spec.modules
    ]
    return missing + unasked
