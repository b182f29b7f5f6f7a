"""Event loops of threads that run notebooks: each ends with its work."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def ended() -> Iterator[None]:
    """Close the event loop that a run leaves behind in a thread other than the main one.

    Jupyter makes a loop for each thread that asks for one and never closes it: a batch with threads of its
    own would leave theirs, with a helper thread and three open files each. The main thread has one for good.
    """
    try:
        yield
    finally:
        if threading.current_thread() is not threading.main_thread():
            _close()


def _close() -> None:
    """Close this thread's loop, if it has one; one that runs belongs to whoever called us from inside it."""
    try:
        loop = asyncio.get_event_loop_policy().get_event_loop()
    except RuntimeError:  # none was asked for
        return
    if loop.is_running() or loop.is_closed():
        return
    loop.run_until_complete(loop.shutdown_asyncgens())
    loop.run_until_complete(loop.shutdown_default_executor())
    loop.close()
    asyncio.set_event_loop(None)
