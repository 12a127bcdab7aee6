"""Contact sheets: the card of every module as a phone shows it, in both languages and themes, side by side."""
