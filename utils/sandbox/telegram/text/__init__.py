"""Message text: Telegram's HTML subset, entities found by themselves, lengths in UTF-16 units."""
