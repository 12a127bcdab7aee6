#!/bin/sh
# msgspec 0.22.0, strict=False: the text "1e999" is refused as a float ("Number out of range"), while "inf", "-Infinity"
# and "nan" become the floats that JSON does not have. A reader of an API that writes numbers as text (as exchanges do)
# expects lax mode to read numbers and nothing else; only an explicit bound keeps these out, and a bound on one side
# (gt=0) still lets infinity through.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check 'msgspec==0.22.0'
"$folder/venv/bin/python" - <<'PYTHON'
import math
from typing import Annotated

import msgspec
from msgspec import Meta, ValidationError


def read(text: str, kind: object = float) -> object:
    """What lax mode makes of a JSON string, or the words of its refusal."""
    try:
        return msgspec.json.decode(f'"{text}"', type=kind, strict=False)
    except ValidationError as error:
        return str(error)


print("msgspec", msgspec.__version__)
for text in ("1.5", "1e999", "inf", "-Infinity", "nan"):
    print(f"{text!r:>12} -> {read(text)!r}")
above = Annotated[float, Meta(gt=0)]
between = Annotated[float, Meta(gt=0, le=1e300)]
print(f"'inf' above 0 -> {read('inf', above)!r}; 'nan' above 0 -> {read('nan', above)!r}")
print(f"'inf' between -> {read('inf', between)!r}")

assert read("1.5") == 1.5
assert read("1e999") == "Number out of range"
assert read("inf") == math.inf and read("-Infinity") == -math.inf
assert math.isnan(read("nan"))
assert read("inf", above) == math.inf
assert read("nan", above) == "Expected `float` > 0.0"
assert read("inf", between) == "Expected `float` <= 1e+300"
print("as described")
PYTHON
