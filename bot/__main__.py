"""``python -m bot run|sandbox|check|backup|restore``.

Worker processes import this file too, so it imports nothing heavy.
"""

import signal
import sys

if __name__ == "__main__":
    # until the event loop handles signals, Ctrl-C ends the process without a traceback
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    from bot.memory import without_collections

    with without_collections():
        from bot.cli import main

    sys.exit(main(sys.argv[1:]))
