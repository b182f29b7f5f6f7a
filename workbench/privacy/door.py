"""The way out of a page's walls: what its kernel may not do itself, it asks the server for, line by line."""

from __future__ import annotations

import json
import os
import socket
from pathlib import Path
from typing import Any

DOOR = "WORKBENCH_ERRANDS"
"""Variable with the socket on which the server listens to this page's kernel."""
_WORKSPACE = "WORKBENCH_WORKSPACE"
_SECONDS = 120.0


def leads_out(root: Path) -> bool:
    """Whether this is a page's kernel whose server answers for this workspace."""
    mine = os.environ.get(_WORKSPACE)
    return bool(os.environ.get(DOOR) and mine) and Path(str(mine)).resolve() == root.resolve()


def ask(asked: object, seconds: float = _SECONDS) -> Any:
    """What the server answers.

    Args:
        asked: JSON values.
        seconds: How long to wait for it.

    Raises:
        OSError: for a server that is gone or late.
        ValueError: for one that ends without an answer.
    """
    with socket.socket(socket.AF_UNIX) as line:
        line.settimeout(seconds)
        line.connect(os.environ[DOOR])
        line.sendall(f"{json.dumps(asked, default=str)}\n".encode())
        return json.loads(line.makefile().readline())
