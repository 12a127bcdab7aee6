"""What holds of every answer, whatever the coin: true reasons, nothing missing in silence, no defect, no bare error."""

import re
from collections.abc import Iterator
from typing import Any, Final

from analysis.framework.reasons import MESSAGES
from composite.declared import SCORES

KEYS: Final = {score.name: score.score_name for score in SCORES}
"""Under which name an answer has what it was asked for: a number, or weights by coin."""
DEFECTS: Final = frozenset({"part_failed", "still_computing"})
FAULTS: Final = frozenset({"source_down", "impossible_bars", "no_bars"})
"""What is said of an exchange that fails; this one does not."""
FIELD: Final = re.compile(r"(\{\w+\})")


def _counting(template: str) -> re.Pattern[str]:
    """Return how to read the two numbers of a sentence that says that there are too few of something."""
    parts = FIELD.split(template)
    return re.compile(
        "".join(COUNTS.get(part, ".*" if FIELD.fullmatch(part) else re.escape(part)) for part in parts)
    )


COUNTS: Final = {f"{{{name}}}": f"(?P<{name}>[0-9.,]+)%?" for name in ("needs", "has")}
COUNTING: Final = [_counting(text) for text in MESSAGES.values() if COUNTS.keys() <= set(FIELD.findall(text))]


def reasons(body: Any) -> Iterator[tuple[str, str]]:
    """Return the code and text of every reason in a body of JSON."""
    if isinstance(body, dict):
        if isinstance(body.get("code"), str) and isinstance(body.get("text"), str):
            yield body["code"], body["text"]
        for value in body.values():
            yield from reasons(value)
    elif isinstance(body, list):
        for value in body:
            yield from reasons(value)


def untrue(text: str) -> bool:
    """Return whether a sentence, or one behind its colons, says that so many are too few as would be enough."""
    matches = (pattern.fullmatch(part) for part in text.split(": ") for pattern in COUNTING)
    return any(_number(found["has"]) >= _number(found["needs"]) for found in matches if found is not None)


def _number(text: str) -> float:
    return float(text.replace(",", ""))


def faults(body: Any) -> list[str]:
    """Return what is wrong with an answer of a module or a composite score."""
    named = {one["id"] for one in body["missing"]}
    found = [*_false_reasons(body), *_of_metrics(body, named)]
    found += [
        f"{given['input']} is not among the missing"
        for given in body.get("contributions", ())
        if given["value"] is None and given["input"] not in named
    ]
    if not 0 <= body["coverage"] <= 1:
        found.append(f"coverage is {body['coverage']}")
    asked_for = KEYS.get(body.get("composite"), "score")
    if body[asked_for] is None and not body["null_reasons"]:
        found.append("no score, and no reason")
    return found


def _false_reasons(body: Any) -> Iterator[str]:
    for code, text in reasons(body):
        if code in DEFECTS | FAULTS:
            yield f"{code}: {text}"
        if untrue(text):
            yield f"{code} is not so: {text}"


def _of_metrics(body: Any, named: set[str]) -> Iterator[str]:
    for metric in body.get("metrics", ()):
        absent = metric["value"] is None or (metric["weight"] > 0 and metric["signal"] is None)
        if absent != (metric["reason"] is not None):
            yield f"{metric['id']} is {metric['value']}, its reason {metric['reason']}"
        if (metric["value"] is None) != (metric["id"] in named):
            yield f"{metric['id']} is {metric['value']}, the missing are {sorted(named)}"
        if absent and metric["weight"] > 0 and body["coverage"] >= 1:
            yield f"coverage is {body['coverage']} without {metric['id']}"
