"""What a guard is: a piece of code that stands between an attack and what it is after."""

from dataclasses import dataclass


class Guard:
    """A guard: ``text`` stands once in ``file``; with ``without`` in its place it is gone, and each test must fail.

    Raises ``ValueError`` where no test is named.
    """

    def __init__(self, name: str, file: str, text: str, without: str, *tests: str) -> None:
        if not tests:
            raise ValueError(f"no test is said to notice when this is gone: {name}")
        self.name, self.file, self.text, self.without, self.tests = name, file, text, without, tests

    def removed(self, source: str) -> str:
        """Return the file's text without the guard; ``ValueError`` where it does not stand in it exactly once."""
        if source.count(self.text) != 1:
            raise ValueError(f"{self.file} has {source.count(self.text)} times what guards {self.name}")
        return source.replace(self.text, self.without)


@dataclass(frozen=True, slots=True)
class Attack:
    """What somebody tries, in words of the security page, and the guards in the way."""

    what: str
    guards: tuple[Guard, ...]
