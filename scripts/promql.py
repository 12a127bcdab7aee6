"""What a query of Prometheus asks for: the names of metrics and the labels that it selects by."""

import re
from collections.abc import Iterator
from typing import Final

_STRING: Final = re.compile(r'"(?:[^"\\]|\\.)*"')
_GROUPING: Final = re.compile(r"\b(?:by|without|on|ignoring|group_left|group_right)\s*\([^)]*\)")
_RANGE: Final = re.compile(r"\[[^\]]*\]")
_SELECTOR: Final = re.compile(r"(?<![\w.:$])([a-zA-Z_:][\w:]*)(?:\s*\{([^}]*)\})?(?!\s*\(|[\w:])")
_LABEL: Final = re.compile(r"(\w+)\s*(?:=~|!~|!=|=)")
_OPERATORS: Final = frozenset({"and", "or", "unless", "bool", "offset", "inf", "nan"})


def without_strings(query: str) -> str:
    """Return a query with empty strings in place of all values of labels."""
    return _STRING.sub('""', query)


def selectors(query: str) -> Iterator[tuple[str, frozenset[str]]]:
    """Yield each metric that a query names, with the labels that it is selected by."""
    bare = _RANGE.sub("", _GROUPING.sub("", without_strings(query)))
    for name, matchers in _SELECTOR.findall(bare):
        if name.lower() not in _OPERATORS:
            yield name, frozenset(_LABEL.findall(matchers))
