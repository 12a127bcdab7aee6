"""How far a scalar looks follows the bars it is measured on."""

import numpy as np

from composite.declared_scalars import declared_horizon_s, declared_scalars, module_id


def test_horizons_follow_the_asked_bars_or_those_of_the_module() -> None:
    assert declared_horizon_s("trend.direction", "4h") == 14_400
    assert declared_horizon_s("flow.pressure", "4h") == 60
    assert declared_horizon_s("flow.bar_imbalance", "4h") == 14_400
    assert declared_horizon_s("macro.backdrop", "4h") == 7 * 86_400
    assert declared_horizon_s("micro.alpha", "4h") == 10
    assert np.isnan(declared_horizon_s("made.up", "4h"))


def test_every_scalar_belongs_to_the_module_of_its_name_and_rests_on_something() -> None:
    for name, (module, spec) in declared_scalars().items():
        assert name.split(".")[0] in {module.id, "redet"}, name
        assert module_id(name) == module.id
        assert spec.parents_on("4h"), name
    assert module_id("made.up") == ""
