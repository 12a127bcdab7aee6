"""``python -m utils.sandbox``: what it imports stays until it ends, so no collection looks at that."""

import gc
import sys

if __name__ == "__main__":
    gc.disable()
    from utils.sandbox.command import main

    gc.freeze()
    gc.enable()
    sys.exit(main())
