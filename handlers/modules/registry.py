"""The looks of the analysis modules: ``LOOK`` of the file that bears a module's id, for every declared module."""

from collections.abc import Mapping
from importlib import import_module
from typing import Final

from analysis.registry import MODULES
from handlers.render.look import Look


def _look(module_id: str) -> Look:
    look = import_module(f"handlers.modules.{module_id}").LOOK
    if not isinstance(look, Look):
        raise TypeError(f"LOOK in handlers/modules/{module_id}.py is a {type(look).__name__}: make it a Look")
    return look


LOOKS: Final[Mapping[str, Look]] = {module.id: _look(module.id) for module in MODULES}

_PLAIN: Final = Look()


def look_of(module_id: str) -> Look:
    """Return a module's look, the default one (no chart, directional) for a module that is not registered."""
    return LOOKS.get(module_id, _PLAIN)
