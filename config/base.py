"""The ground of every configuration class: frozen, closed to unknown keys, hashable by content."""

import hashlib
import json
from functools import cached_property
from typing import Any

from pydantic import BaseModel, ConfigDict, Field
from pydantic.fields import FieldInfo

MAX_SEED = 2**32 - 1


class ConfigModel(BaseModel):
    """A frozen section of the configuration; every field declares unit, range and default by ``setting``."""

    model_config = ConfigDict(frozen=True, extra="forbid", validate_default=True, allow_inf_nan=False)

    @cached_property
    def digest(self) -> str:
        """Twelve hex digits that change exactly when a value changes."""
        text = json.dumps(self.model_dump(mode="json"), sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:12]


def setting(default: Any, description: str, *, unit: str = "", **limits: Any) -> Any:
    """Declare a field: ``description`` in one sentence, ``unit`` as shown to people, ``limits`` as pydantic's."""
    return Field(default, description=description, json_schema_extra={"unit": unit}, **limits)


def unit_of(info: FieldInfo) -> str:
    """Return the unit a field was declared with, empty when it has none."""
    extra = info.json_schema_extra
    return str(extra.get("unit", "")) if isinstance(extra, dict) else ""
