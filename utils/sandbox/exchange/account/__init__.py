"""Accounts behind the signed endpoints: keys, balances, positions, listen keys and their events."""
