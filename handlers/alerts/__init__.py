"""Alerts without time, network or storage: their grammar, when they are true, what state they are in, their words."""
