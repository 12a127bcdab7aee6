"""A Bot-API-compatible Telegram on loopback, with a chat page; shares nothing with the bot it tests."""

from utils.sandbox.telegram.server import TelegramSandbox

__all__ = ["TelegramSandbox"]
