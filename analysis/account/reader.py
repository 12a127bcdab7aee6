"""Reads and assesses the own account on demand; nothing of it is kept, shared with other answers, or logged."""

import asyncio
from collections.abc import Callable, Mapping
from concurrent.futures import Executor
from typing import TYPE_CHECKING, Final

from analysis.account.fetch import AccountInputs, fetch_account
from analysis.account.paths import CrashMemory
from analysis.account.result import AccountRisk
from analysis.framework.question import Sources
from config.base import ConfigModel
from config.c_account import AccountConfig

if TYPE_CHECKING:
    from analysis.account.assessor import Assessor

ACCOUNT_SECTION: Final = "account"


class AccountReader:
    """The account behind the exchange key. Who may see it is the caller's to decide, anew each time.

    ``configs`` returns the sections in force. ``executor`` computes (default: the loop's threads); a process pool would
    carry the account into other processes, so it has to be threads.
    """

    def __init__(
        self,
        sources: Sources,
        configs: Callable[[], Mapping[str, ConfigModel]],
        *,
        executor: Executor | None = None,
    ) -> None:
        self._sources = sources
        self._configs = configs
        self._executor = executor
        self._paths = CrashMemory()
        self._assessor: Assessor | None = None
        self._one_at_a_time = asyncio.Lock()

    @property
    def available(self) -> bool:
        """Whether there is an exchange key at all."""
        return self._sources.exchange.account.available

    async def read(self, interval: str) -> AccountRisk:
        """Return the account as it is now, its distances and losses on bars of ``interval``.

        What cannot be read is a reason in it; without a key that is everything.
        """
        config = self._configs()[ACCOUNT_SECTION]
        if not isinstance(config, AccountConfig):
            raise TypeError(f"section {ACCOUNT_SECTION} is a {type(config).__name__}, not an AccountConfig")
        inputs = await fetch_account(self._sources, interval, config, self._paths)
        async with self._one_at_a_time:  # the fits are kept by whoever computes
            loop = asyncio.get_running_loop()
            return await loop.run_in_executor(self._executor, self._assess, inputs, config)

    def _assess(self, inputs: AccountInputs, config: AccountConfig) -> AccountRisk:
        # most installations have no key: the numerical libraries are loaded into this process when an owner asks
        from analysis.account.assessor import Assessor  # noqa: PLC0415

        if self._assessor is None:
            self._assessor = Assessor()
        return self._assessor.assess(inputs, config)
