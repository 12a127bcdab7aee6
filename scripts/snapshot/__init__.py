"""Answers of the whole program, recorded from outside, to prove that they stay the same across a change."""
