"""Which code is mutated, and the tests that should notice: those of its own folder, not all that happen to run it."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final


@dataclass(frozen=True, slots=True)
class Area:
    """A part of the code: glob patterns of its files and of its tests, relative to the repository."""

    name: str
    files: tuple[str, ...]
    tests: tuple[str, ...]

    def sources(self, root: Path) -> list[str]:
        """Return the files there are; ``FileNotFoundError`` where a pattern has none."""
        return _found(root, self.files)

    def suite(self, root: Path) -> list[str]:
        """Return the test files there are; ``FileNotFoundError`` where a pattern has none."""
        return _found(root, self.tests)


AREAS: Final = (
    Area(
        "features",
        ("analysis/features/*.py",),
        (
            "tests/analysis/features/test_*.py",
            "tests/analysis/test_classic.py",
            "tests/analysis/test_kalman.py",
            "tests/analysis/test_path_features.py",
            "tests/analysis/test_robust.py",
        ),
    ),
    Area(
        "scoring",
        ("analysis/framework/scoring.py", "analysis/framework/answer.py"),
        ("tests/analysis/framework/test_scoring.py", "tests/analysis/framework/test_answer.py"),
    ),
    Area(
        "book",
        ("utils/binance_api/book/*.py",),
        (
            "tests/binance_api/test_book*.py",
            "tests/binance_api/test_ladder.py",
            "tests/binance_api/test_live_books.py",
            "tests/binance_api/test_order_flow.py",
        ),
    ),
    Area(
        "streams",
        ("utils/binance_api/streams/*.py",),
        (
            "tests/binance_api/test_continuity.py",
            "tests/binance_api/test_decode.py",
            "tests/binance_api/streams/test_handover.py",
            "tests/binance_api/test_stream_connection.py",
            "tests/binance_api/test_stream_parts.py",
            "tests/binance_api/test_subscription.py",
            "tests/binance_api/streams/test_supervisor.py",
            "tests/test_timeouts.py",
        ),
    ),
    Area(
        "grammar", ("handlers/grammar.py", "handlers/time_argument.py"), ("tests/handlers/test_grammar.py",)
    ),
    Area("send", ("bot/telegram/send/*.py",), ("tests/bot/telegram/send/test_*.py",)),
    Area(
        "administration",
        ("handlers/admin/*.py", "bot/administration/*.py", "config/holder.py"),
        ("tests/bot/administration/test_*.py", "tests/config/test_holder.py"),
    ),
    Area(
        "alerts",
        ("handlers/alerts/*.py", "bot/scheduler/alert_*.py"),
        ("tests/handlers/alerts/test_*.py", "tests/bot/scheduler/test_alert*.py"),
    ),
    Area(
        "digests",
        ("handlers/digests/*.py",),
        ("tests/handlers/digests/test_*.py", "tests/handlers/commands/test_digest.py"),
    ),
    Area(
        "leadership",
        ("utils/store/leases.py", "bot/leadership.py"),
        ("tests/store/test_leases.py", "tests/bot/test_leadership.py"),
    ),
    Area(
        "access",
        ("bot/administration/access.py", "handlers/admin/roles.py"),
        ("tests/bot/administration/test_hostile.py", "tests/bot/administration/test_roles.py"),
    ),
    Area("presses", ("handlers/chat/callback_data.py",), ("tests/handlers/chat/test_callback_data.py",)),
    Area(
        "webhook",
        ("bot/telegram/receive/webhook.py",),
        ("tests/bot/telegram/receive/test_webhook.py", "tests/bot/telegram/receive/test_webhook_updates.py"),
    ),
    Area("redaction", ("bot/redaction.py",), ("tests/bot/test_redaction.py",)),
    Area("favourites", ("handlers/favourites/*.py",), ("tests/handlers/favourites/test_*.py",)),
)


def area_by(name: str) -> Area:
    """Return the area of this name; ``KeyError`` names those there are."""
    for area in AREAS:
        if area.name == name:
            return area
    raise KeyError(f"no area {name!r}; there are {', '.join(area.name for area in AREAS)}")


def _found(root: Path, patterns: tuple[str, ...]) -> list[str]:
    found: list[str] = []
    for pattern in patterns:
        matching = sorted(path.relative_to(root).as_posix() for path in root.glob(pattern))
        if not matching:
            raise FileNotFoundError(f"no file matches {pattern}; mend scripts/mutation/areas.py")
        found += [path for path in matching if not path.endswith("__init__.py")]
    return found
