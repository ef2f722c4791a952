"""Failures that go on, in the log: told when they begin, now and then while they last, and when they are over."""

from __future__ import annotations

import time
from collections.abc import Callable
from logging import WARNING, Logger

from offbeat.words import duration, plural

__all__ = ["Outage"]

_AGAIN = 3_600.0
"""Seconds until a failure that goes on is logged again."""


class Outage:
    """Logs the failures of one thing.

    Parameters
    ----------
    log : Logger
        Where to.
    fails, works : str
        What the log says while it fails, and when it no longer does; no line is written for empty text.
    level : int
        Of the lines about failures.
    clock : callable
        Returns seconds that never go back.

    Examples
    --------
    >>> import logging
    >>> outage = Outage(logging.getLogger("docs"), "the printer does not print", "the printer prints again")
    >>> for _ in range(1_000):
    ...     outage.failed("no paper")
    >>> outage.n_failures
    1000
    >>> outage.ended()
    """

    def __init__(
        self,
        log: Logger,
        fails: str,
        works: str,
        level: int = WARNING,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._log, self._fails, self._works, self._level, self._clock = log, fails, works, level, clock
        self.n_failures = 0
        self._began = self._logged = 0.0

    def failed(self, error: str, cause: BaseException | None = None) -> None:
        """Note a failure.

        Parameters
        ----------
        error : str
            What went wrong.
        cause : BaseException, optional
            Logged with its traceback, with the first failure only.
        """
        now = self._clock()
        self.n_failures += 1
        if self.n_failures == 1:
            self._began = self._logged = now
            self._log.log(self._level, "%s: %s", self._fails, error, exc_info=cause)
        elif now - self._logged >= _AGAIN:
            self._logged = now
            self._log.log(
                self._level, "%s, %s in %s: %s", self._fails, self._times(), duration(now - self._began), error
            )

    def ended(self) -> None:
        """Note that it works."""
        if self.n_failures and self._works:
            # At the level of the failures: whoever sees that it fails has to see that it works again.
            self._log.log(
                self._level,
                "%s; it failed %s in %s",
                self._works,
                self._times(),
                duration(self._clock() - self._began),
            )
        self.n_failures = 0

    def _times(self) -> str:
        return plural(self.n_failures, "time")
