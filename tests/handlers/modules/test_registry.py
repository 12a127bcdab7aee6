"""Every declared module has a look in the file that bears its id; any other has the plain one."""

from analysis.registry import MODULES
from handlers.modules.registry import LOOKS
from handlers.render.look import Look


def test_every_module_has_its_look_and_no_other_has_one() -> None:
    assert list(LOOKS) == [module.id for module in MODULES]
    assert len({id(look) for look in LOOKS.values()}) == len(MODULES)
    assert LOOKS["made_up"] == Look()


def test_every_group_and_multiplier_has_a_title() -> None:
    for module in MODULES:
        groups = {*module.groups, *(spec.group for spec in module.metrics if spec.group is not None)}
        assert groups <= set(LOOKS[module.id].groups), module.id
