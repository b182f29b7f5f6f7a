"""Which faults pass by themselves: a connection, a lock, a process that memory pressure ended."""

from __future__ import annotations

import random

PASSING = frozenset(
    {
        *("ConnectionError", "ConnectionResetError", "ConnectionRefusedError", "ConnectionAbortedError"),
        *("BrokenPipeError", "TimeoutError", "Timeout", "ReadTimeout", "ConnectTimeout", "gaierror"),
        *("URLError", "OperationalError", "InterfaceError", "RemoteDisconnected", "IncompleteRead"),
        *("DeadKernelError", "BlockingIOError"),
    }
)
"""Names of exceptions that may be gone the next time; a wrong parameter, say, is none of them."""
LONGEST = 300.0
"""Seconds that are waited at most before a further try."""


def passes(error: BaseException | str) -> bool:
    """Whether a fault may pass: an exception, a cause of it, or the name of one that a notebook raised."""
    if isinstance(error, str):
        return error in PASSING
    names = {kind.__name__ for kind in type(error).__mro__}
    cause = error.__cause__ or error.__context__
    return bool(names & PASSING) or (cause is not None and passes(cause))


def pause(attempt: int, wait: float) -> float:
    """Seconds before try `attempt` (1: the first repeat): doubled each time, spread by a fifth."""
    return min(wait * 2.0 ** (attempt - 1), LONGEST) * random.uniform(0.9, 1.1)  # noqa: S311  (no secret)
