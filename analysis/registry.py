"""The analysis modules, each declared in its own file; a new one is one line here."""

from analysis import regime_anomal, risk_expos, trend_moment, volat_regime
from analysis.framework.module import AnyModule

MODULES: tuple[AnyModule, ...] = (
    trend_moment.MODULE,
    volat_regime.MODULE,
    risk_expos.MODULE,
    regime_anomal.MODULE,
)


def module_by(name: str, modules: tuple[AnyModule, ...] = MODULES) -> AnyModule:
    """Return a module by id or command; ``KeyError`` names what exists."""
    for module in modules:
        if name == module.id or name in module.commands:
            return module
    raise KeyError(f"no module {name!r}; there are {', '.join(module.id for module in modules)}")
