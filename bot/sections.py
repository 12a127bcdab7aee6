"""The sections of the configuration file: chat, cost, baskets, recorder, account, one per module, composite scores.

The file of dated events is a section of its own beside them.
"""

from collections.abc import Iterable

from analysis.framework.module import AnyModule
from composite.sections import NAME as COMPOSITE
from composite.sections import CompositeSection
from config.base import ConfigModel
from config.c_account import AccountConfig
from config.c_basket import BasketConfig
from config.c_chat import ChatConfig
from config.c_cost import CostConfig
from config.c_record import RecordConfig

CHAT, COST, BASKET, RECORD, ACCOUNT = "chat", "cost", "basket", "record", "account"
EVENTS = "events"


def config_sections(modules: Iterable[AnyModule]) -> dict[str, type[ConfigModel]]:
    """Return the section names with their classes, in the order of the example file."""
    sections: dict[str, type[ConfigModel]] = {
        CHAT: ChatConfig,
        COST: CostConfig,
        BASKET: BasketConfig,
        RECORD: RecordConfig,
        ACCOUNT: AccountConfig,
    }
    sections |= {module.id: module.config for module in modules}
    return sections | {COMPOSITE: CompositeSection}
