"""A week of the bot under a quick clock: what happens in it, what must come of that, and what has come."""
