"""What worker processes compute and draw with; the fork server imports it once, and they share its memory."""

from bot.memory import without_collections

with without_collections():
    import composite.answer  # noqa: F401 - imported to be shared
    import handlers.modules.registry
    import handlers.render.chart  # noqa: F401 - imported to be shared
    from analysis.framework.module import load_parts
    from analysis.registry import MODULES

    for _module in MODULES:
        load_parts(_module.package)
