"""Backups of the database: taken while the bot runs, checked, and put back."""
