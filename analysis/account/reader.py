"""Reads and assesses the account on demand; nothing of it is kept, shared with other answers, or logged."""

import asyncio
from collections.abc import Callable, Mapping
from concurrent.futures import Executor
from importlib import import_module
from typing import Final

from analysis.account.inputs import AccountInputs, fetch_account
from analysis.account.paths import CrashMemory
from analysis.account.result import AccountRisk
from analysis.framework.question import Sources
from config.base import ConfigModel
from config.c_account import AccountConfig

ACCOUNT_SECTION: Final = "account"
Assessing = Callable[[AccountInputs, AccountConfig], AccountRisk]


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
        self._assessor: Assessing | None = None
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
        """Assess in the executor, where the numerical libraries are imported for the first account."""
        if self._assessor is None:
            self._assessor = import_module("analysis.account.assess").Assessor()
        return self._assessor(inputs, config)
