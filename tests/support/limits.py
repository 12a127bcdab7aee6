"""How long tests wait for what should come: one limit for all, so that a slow or busy machine fails nothing.

Only what hangs takes as long. The limit of a whole test with its fixtures is ``timeout`` in ``pyproject.toml``, that of
a whole run stands in ``scripts/run_tests.sh``.
"""

from typing import Final

PATIENCE_S: Final = 120.0
PATIENCE_MS: Final = int(PATIENCE_S * 1000)
