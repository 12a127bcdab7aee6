"""Measurements against named alternatives, as ratios in the same run."""
