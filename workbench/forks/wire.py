"""Messages between a server and its template: one JSON object a line."""

from __future__ import annotations

import json
import socket
from dataclasses import dataclass
from typing import Any

_PIECE = 65536


@dataclass
class Wire:
    """One end of a private stream socket.

    Args:
        end: The socket; whoever made it closes it.
    """

    end: socket.socket
    _rest: bytes = b""

    def say(self, **message: Any) -> None:
        """Send one message.

        Raises:
            OSError: when the other end is gone.
        """
        self.end.sendall(json.dumps(message).encode() + b"\n")

    def hear(self) -> dict[str, Any]:
        """Wait for one message.

        Raises:
            EOFError: when the other end is gone.
            OSError: when nothing came in time, or the connection broke.
        """
        while b"\n" not in self._rest:
            piece = self.end.recv(_PIECE)
            if not piece:
                raise EOFError("The other end has closed.")
            self._rest += piece
        line, _, self._rest = self._rest.partition(b"\n")
        heard: dict[str, Any] = json.loads(line)
        return heard
