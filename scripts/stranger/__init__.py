"""Third-party clients of exchange and Telegram, unmodified, against the sandbox."""
