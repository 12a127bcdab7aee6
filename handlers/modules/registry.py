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


class _Looks(dict[str, Look]):
    """Looks by module id; a module that is not registered has the default one (no chart, directional)."""

    def __missing__(self, module_id: str) -> Look:
        return Look()


LOOKS: Final[Mapping[str, Look]] = _Looks({module.id: _look(module.id) for module in MODULES})
