"""Measurements against named alternatives, as ratios in the same run.

Everything is measured with the one BLAS thread per process that the bot runs with.
"""

import bot  # noqa: F401 - sets the threads before numpy is imported
