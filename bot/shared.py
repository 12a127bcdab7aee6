"""What the main process and its workers both need: imported before the fork server is forked, so once for all."""

import handlers.modules.registry
import handlers.render.chart  # noqa: F401 - imported to be shared
