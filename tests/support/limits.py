"""How long tests wait for what should come: one limit for all, so that a slow or busy machine fails nothing.

Only what hangs takes as long. The limit of a whole test with its fixtures is ``timeout`` in ``pyproject.toml``, that of
a whole run stands in ``scripts/run_tests.sh``. ``TEST_PATIENCE_S`` sets another one, in seconds: mutation testing waits
for much that never comes.
"""

import os
from typing import Final

PATIENCE_S: Final = float(os.environ.get("TEST_PATIENCE_S", "120"))
PATIENCE_MS: Final = int(PATIENCE_S * 1000)
