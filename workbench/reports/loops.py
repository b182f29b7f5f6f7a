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
    """Close this thread's loop; a loop that runs belongs to somebody who called us from inside it."""
    from jupyter_core.utils import ensure_event_loop

    loop = ensure_event_loop()
    if loop.is_running():
        return
    loop.run_until_complete(loop.shutdown_asyncgens())
    loop.run_until_complete(loop.shutdown_default_executor())
    loop.close()
    asyncio.set_event_loop(None)
