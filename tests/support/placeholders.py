"""How a placeholder is told from an answer, by what a chat shows."""


def is_placeholder(text: str) -> bool:
    """Whether the bot only says that it is at work, and what it waits for; an answer's first line ends otherwise."""
    first, _, rest = text.partition("\n")
    return first.endswith("…") and len(rest.splitlines()) <= 1
