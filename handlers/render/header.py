"""What every chart begins with: symbol, interval, moment, and the score with its word on a bar."""

from functools import partial

from handlers.render.labels import ChartLabels, shown_error
from handlers.render.letters import text_width
from handlers.render.scene import Scene
from handlers.render.scored import Scored, Spread
from handlers.render.subject import title_of
from handlers.render.surface import Box
from handlers.render.theme import LABEL_SIZE, MARGIN, SMALLEST_SIZE, TITLE_SIZE, WIDTH, Colour
from handlers.render.tones import SIGNS

HEADER_HEIGHT = 156

_FIRST_LINE, _SECOND_LINE = 42, 97
_BAR_TOP, _BAR_HEIGHT, _END_SIZE = 128, 16, 24
_WORD_SHARE = 0.5
_BESIDE_SHARE = 0.6
_GAP = 16
_SIGNS = {**SIGNS, "neutral": "◆"}  # a full stop's size is lost on a picture


def draw_header(scene: Scene, result: Scored, labels: ChartLabels, ends: tuple[str, str] = ("", "")) -> None:
    """Draw the two header lines and the score bar, ``HEADER_HEIGHT`` pixels from the top of the picture.

    ``ends`` are the words of the lowest and the highest score, in English; empty for the numbers alone.
    """
    room = WIDTH - 2 * MARGIN - 2 * _GAP
    draw_title(scene, result, labels, room - _score(scene, result, labels))
    in_words = _has_words_alone(result)
    word = _marked(labels) if result.score is not None else labels.word if in_words else ""
    moment = _moment(labels, word, room)
    taken = _word(scene, labels, word, max(room * _WORD_SHARE, room - text_width(moment, SMALLEST_SIZE)))
    at = (MARGIN, _SECOND_LINE)
    scene.text(at, moment, size=LABEL_SIZE, fill=scene.theme.muted, width=room - taken)
    if not in_words:
        left, right = _ends(scene, result, labels, ends)
        box = (left, _BAR_TOP, right, _BAR_TOP + _BAR_HEIGHT)
        spread_bar(scene, result, scene.theme.tone(labels.tone), box)


def draw_moment(scene: Scene, labels: ChartLabels) -> None:
    """Write the moment on the second line, alone, where no score stands beside it."""
    at = (MARGIN, _SECOND_LINE)
    scene.text(at, labels.as_of, size=LABEL_SIZE, fill=scene.theme.muted, width=WIDTH - 2 * MARGIN)


def _has_words_alone(result: Scored) -> bool:
    """Whether an answer about several coins says something else than one score."""
    return result.score is None and result.basket is not None and result.verdict is not None


def draw_title(scene: Scene, result: Scored, labels: ChartLabels, room: float) -> None:
    """Write symbol, interval, market and module into ``room`` pixels; the last two shrink first, then the symbol."""
    tail, x = scene.theme.muted, float(MARGIN)
    beside = " · ".join(filter(None, (labels.market, labels.title)))
    room -= text_width(result.interval, TITLE_SIZE) + 2 * _GAP
    subject = title_of(result)
    left = room - text_width(subject, TITLE_SIZE, bold=True)
    beside_room = max(left, min(text_width(beside, SMALLEST_SIZE), room * _BESIDE_SHARE))
    symbol_room = room - min(beside_room, text_width(beside, LABEL_SIZE))
    x += scene.text((x, _FIRST_LINE), subject, size=TITLE_SIZE, bold=True, width=symbol_room) + _GAP
    x += scene.text((x, _FIRST_LINE), result.interval, size=TITLE_SIZE, fill=tail) + _GAP
    scene.text((x, _FIRST_LINE + 6), beside, size=LABEL_SIZE, fill=tail, width=beside_room)


def _score(scene: Scene, result: Scored, labels: ChartLabels) -> float:
    """Write the score with its uncertainty, right-aligned; return the width taken."""
    right, theme = float(WIDTH - MARGIN), scene.theme
    if _has_words_alone(result):
        return 0.0
    if result.score is None:
        return scene.text((right, _FIRST_LINE), "–", size=TITLE_SIZE, anchor="right", bold=True)
    taken = 0.0
    if result.uncertainty is not None:
        spread = "±" + shown_error(result.uncertainty, 2, labels.number)
        taken = scene.text(
            (right, _FIRST_LINE + 6), spread, size=LABEL_SIZE, fill=theme.muted, anchor="right"
        )
        taken += _GAP * 0.6
    score = labels.number(result.score, 2)
    return taken + scene.text((right - taken, _FIRST_LINE), score, size=TITLE_SIZE, anchor="right", bold=True)


def _moment(labels: ChartLabels, word: str, room: float) -> str:
    """Return the moment in words, or its shorter form where the word beside it leaves too little room."""
    taken = text_width(word, SMALLEST_SIZE, bold=True)
    fits = text_width(labels.as_of, SMALLEST_SIZE) + taken <= room
    return labels.as_of if fits or not labels.moment else labels.moment


def _marked(labels: ChartLabels) -> str:
    return f"{_SIGNS[labels.tone]} {labels.word}" if labels.word else ""


def _word(scene: Scene, labels: ChartLabels, word: str, room: float) -> float:
    return scene.text(
        (WIDTH - MARGIN, _SECOND_LINE),
        word,
        size=LABEL_SIZE,
        fill=scene.theme.tone(labels.tone),
        anchor="right",
        bold=True,
        width=room,
    )


def _ends(scene: Scene, result: Scored, labels: ChartLabels, ends: tuple[str, str]) -> tuple[float, float]:
    """Write the ends of the scale at the picture's edges; return where the bar between them begins and ends."""
    words = [labels.text(end) if end else "" for end in ends]
    low, high = f"{labels.short(result.low)} {words[0]}", f"{words[1]} {labels.short(result.high)}"
    y, muted, edge = _BAR_TOP + _BAR_HEIGHT / 2, scene.theme.muted, WIDTH - MARGIN
    left = scene.text((MARGIN, y), low.strip(), size=_END_SIZE, fill=muted)
    right = scene.text((edge, y), high.strip(), size=_END_SIZE, fill=muted, anchor="right")
    return MARGIN + left + _GAP, edge - right - _GAP


def spread_bar(scene: Scene, spread: Spread, ink: Colour, box: Box) -> None:
    """Draw a score's range as a track, its uncertainty as a band, neutral to score filled, and a marker."""
    (first, top, last, bottom), theme = box, scene.theme
    radius, edge = (bottom - top) / 2, (bottom - top) / 4
    scene.rectangle(box, theme.track, radius=radius)
    place = partial(_place_of, spread, (first, last))
    neutral = place(spread.neutral)
    if spread.score is not None:
        score = place(spread.score)
        if spread.uncertainty:
            left = place(spread.score - spread.uncertainty)
            right = place(spread.score + spread.uncertainty)
            scene.rectangle((left, top, right, bottom), theme.band_edge, radius=radius)
        scene.rectangle((min(neutral, score), top + edge, max(neutral, score), bottom - edge), ink)
        scene.rectangle((score - 6, top - 5, score + 6, bottom + 5), theme.background, radius=5)
        scene.rectangle((score - 4, top - 4, score + 4, bottom + 4), theme.text, radius=4)
    scene.rectangle((neutral - 1, top - 4, neutral + 1, bottom + 4), theme.muted)


def _place_of(spread: Spread, ends: tuple[float, float], value: float) -> float:
    width = spread.high - spread.low
    share = (value - spread.low) / width if width else 0.5
    return ends[0] + min(1.0, max(0.0, share)) * (ends[1] - ends[0])
