"""Entities as Telegram keeps them: nothing inside code, neighbours of one style joined, at most one hundred."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from utils.sandbox.telegram.text.entities import Entity

# The server ignores formatting beyond this many entities of a message: https://limits.tginfo.me/en
MAX_ENTITIES = 100
_STYLES = frozenset({"bold", "italic", "underline", "strikethrough", "spoiler"})
_CODE = frozenset({"code", "pre"})
_QUOTES = frozenset({"blockquote", "expandable_blockquote"})


def settled(entities: Iterable[Entity]) -> tuple[Entity, ...]:
    """The entities that survive, sorted by offset and, at one offset, the longer first."""
    ordered = sorted(entities, key=_place)
    pres = [e for e in ordered if e.type == "pre"]
    codes = [e for e in ordered if e.type in _CODE and not (e.type == "code" and _touches(e, pres))]
    quotes = [e for e in ordered if e.type in _QUOTES]
    others = [e for e in ordered if e.type not in _CODE | _QUOTES | _STYLES and not _touches(e, codes)]
    styles = [p for e in ordered if e.type in _STYLES for p in _outside(e, codes)]
    return tuple(sorted([*codes, *quotes, *others, *_joined(styles)], key=_place)[:MAX_ENTITIES])


def _place(entity: Entity) -> tuple[int, int]:
    return entity.offset, -entity.length


def _touches(entity: Entity, areas: Sequence[Entity]) -> bool:
    return any(entity.offset < area.end and area.offset < entity.end for area in areas)


def _outside(entity: Entity, areas: Sequence[Entity]) -> list[Entity]:
    """What is left of a style when code takes its part."""
    pieces, begin = [], entity.offset
    for area in (a for a in areas if _touches(entity, [a])):
        if area.offset > begin:
            pieces.append(replace(entity, offset=begin, length=area.offset - begin))
        begin = max(begin, area.end)
    if begin < entity.end:
        pieces.append(replace(entity, offset=begin, length=entity.end - begin))
    return pieces


def _joined(styles: Sequence[Entity]) -> list[Entity]:
    joined: list[Entity] = []
    last: dict[str, int] = {}
    for entity in sorted(styles, key=_place):
        index = last.get(entity.type)
        if index is not None and joined[index].end >= entity.offset:
            known = joined[index]
            joined[index] = replace(known, length=max(known.end, entity.end) - known.offset)
        else:
            last[entity.type] = len(joined)
            joined.append(entity)
    return joined
