"""What worker processes compute and draw with; the fork server imports it once, and they share its memory."""

import gc

import handlers.modules.registry
import handlers.render.chart  # noqa: F401 - imported to be shared
from analysis.framework.module import load_parts
from analysis.registry import MODULES

for _module in MODULES:
    load_parts(_module.package)

# a collection in a worker would write into every object's header, and so copy the memory that they share
gc.collect()
gc.freeze()
