"""Who leads whom, or whose past helps to predict whom, as arcs over the coins of a basket."""

import numpy as np

from analysis.corr.links import Links, standing_links
from analysis.framework.result import Analysis
from handlers.locale.messages import N_
from handlers.modules.corr_matrix import TITLE
from handlers.render.labels import ChartLabels
from handlers.render.scene import Scene
from handlers.render.subject import coins_of
from handlers.render.theme import AXIS_SIZE, HEIGHT, LABEL_SIZE, MARGIN, WIDTH

TITLES = {
    "lead": N_("Who leads whom, after correction"),
    "cause": N_("Whose past helps to predict whom, after correction"),
}
"""By what was tested."""
MOST_NODES, ONE_LINE = 20, 6
_BOTTOM, _DOT, _STEPS = 118, 9, 24


def arcs_panel(scene: Scene, analysis: Analysis, labels: ChartLabels, top: int) -> None:
    """Draw an arc from each leader to its follower, ending in an arrow; words where no pair stands.

    The pairs are those of the test that the card's headline names.
    """
    links = standing_links(analysis.matrices)
    title = TITLES["lead" if links is None else links.kind]
    size, muted = AXIS_SIZE, scene.theme.muted
    scene.text((MARGIN, top + TITLE / 2), labels.text(title), size=size, fill=muted, width=WIDTH - 2 * MARGIN)
    if links is None or not links.pairs:
        at = (WIDTH / 2, (top + TITLE + HEIGHT) / 2)
        words = labels.text("no lead found")
        scene.text(at, words, size=LABEL_SIZE, fill=scene.theme.text, anchor="centre")
        return
    _draw(scene, links, top)


def _draw(scene: Scene, links: Links, top: int) -> None:
    foot = HEIGHT - _BOTTOM
    joined = {node for pair in links.pairs for node in pair}
    nodes = sorted(joined, key=lambda node: (-links.net[node], node))[:MOST_NODES]
    places = {
        node: MARGIN + (WIDTH - 2 * MARGIN) * (place + 0.5) / len(nodes) for place, node in enumerate(nodes)
    }
    for leader, follower in links.pairs:
        if leader in places and follower in places:
            _arc(scene, places[leader], places[follower], foot, foot - top - TITLE - 10)
    coins = coins_of(links.symbols)
    for place, node in enumerate(nodes):
        x, lower = places[node], place % 2 if len(nodes) > ONE_LINE else 0
        scene.rectangle((x - _DOT, foot - _DOT, x + _DOT, foot + _DOT), scene.theme.text, radius=_DOT)
        room = 2 * (WIDTH - 2 * MARGIN) / len(nodes) - 8
        scene.text((x, foot + 34 + 34 * lower), coins[node], size=AXIS_SIZE, anchor="centre", width=room)


def _arc(scene: Scene, start: float, stop: float, foot: float, room: float) -> None:
    """Draw half an ellipse over the line of coins; the higher the farther its ends are apart, lower the way back."""
    ink = scene.theme.up if stop > start else scene.theme.down
    middle, half = (start + stop) / 2, (stop - start) / 2
    height = min(room, 40 + room * abs(stop - start) / WIDTH) * (1.0 if stop > start else 0.8)
    turns = np.linspace(np.pi, 0.12, _STEPS)
    points = [
        (middle + half * float(np.cos(turn)), foot - _DOT - height * float(np.sin(turn))) for turn in turns
    ]
    scene.line(points, ink, width=3)
    (x0, y0), (x1, y1) = points[-2], points[-1]
    along = np.array([x1 - x0, y1 - y0]) / max(1e-9, float(np.hypot(x1 - x0, y1 - y0)))
    across = np.array([-along[1], along[0]])
    tip = np.array([x1, y1]) + 12 * along
    base = [tuple((np.array([x1, y1]) + side * 8 * across).tolist()) for side in (1, -1)]
    scene.polygon([(float(tip[0]), float(tip[1])), *((point[0], point[1]) for point in base)], ink)
