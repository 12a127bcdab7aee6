"""The methods of the Bot API; importing this package registers them all."""

from utils.sandbox.telegram.methods import (
    answers,
    arranging,
    chats,
    drafts,
    editing,
    ephemeral,
    identity,
    receiving,
    relaying,
    rich,
    sending,
)
from utils.sandbox.telegram.methods.registry import METHODS, Answer, Call, Method

__all__ = [
    "METHODS",
    "Answer",
    "Call",
    "Method",
    "answers",
    "arranging",
    "chats",
    "drafts",
    "editing",
    "ephemeral",
    "identity",
    "receiving",
    "relaying",
    "rich",
    "sending",
]
