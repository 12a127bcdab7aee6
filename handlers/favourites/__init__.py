"""The symbols that a chat, or a person in private, keeps in lists with names."""
