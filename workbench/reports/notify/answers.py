"""What a robot of a chat answers: HTTP 200 with a code in the body, also where it refuses the message."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

CODES: Mapping[str, tuple[str, ...]] = {
    "wecom": ("errcode",),
    "dingtalk": ("errcode",),
    "feishu": ("code", "StatusCode"),
}
"""Kind → where its answer says how it went; 0: well. From the documents of the three."""
_WORDS = ("errmsg", "msg", "StatusMessage")
_BUSY = frozenset({"-1", "45009", "130101", "11232"})
"""Codes of a service that is busy, or took too much lately: the same message may still be taken."""
_MOST = 120


@dataclass(frozen=True)
class Refusal:
    """Why a message was not taken.

    Attributes:
        status: HTTP status; empty where there was no answer.
        code: Code in the body of an answer that looks like a success.
        words: The service's own words for it, in one short line.
    """

    status: str = ""
    code: str = ""
    words: str = ""

    @property
    def passing(self) -> bool:
        """Whether the same message may be taken a little later."""
        if self.code:
            return self.code in _BUSY
        return self.status in ("", "408", "425", "429") or self.status.startswith("5")


def read(kind: str, body: object) -> Refusal | None:
    """The refusal in the body of an answer; None where it says that all went well, or nothing.

    Args:
        kind: Kind of the service.
        body: The body as JSON says it.
    """
    known = body if isinstance(body, Mapping) else {}
    codes = (str(known[key]) for key in CODES.get(kind, ()) if key in known)
    code = next((found for found in codes if found != "0"), "")
    if not code:
        return None
    said = next((str(known[key]) for key in _WORDS if known.get(key)), "")
    return Refusal("200", code, " ".join(said.split())[:_MOST].rstrip(". "))


@dataclass
class Heard:
    """Bodies of the answers to the messages that were posted, as JSON; None for what is none."""

    bodies: list[object] = field(default_factory=list)


@contextmanager
def listening(plugin: object) -> Iterator[Heard]:
    """Hear what is answered to a plugin of apprise, which itself only looks at the HTTP status.

    Args:
        plugin: The plugin; its module posts through its name `requests`, which is ours for this while.
    """
    heard = Heard()
    module: Any = sys.modules[type(plugin).__module__]
    posts = getattr(module, "requests", None)
    if posts is None:  # mail
        yield heard
        return
    module.requests = _Posts(posts, heard)
    try:
        yield heard
    finally:
        module.requests = posts


class _Posts:
    """The library `requests`, whose answers to `post` are heard."""

    def __init__(self, posts: Any, heard: Heard) -> None:
        self._posts, self._heard = posts, heard

    def __getattr__(self, name: str) -> Any:
        return getattr(self._posts, name)

    def post(self, *address: Any, **given: Any) -> Any:
        answer = self._posts.post(*address, **given)
        try:
            self._heard.bodies.append(answer.json())
        except (ValueError, AttributeError):
            self._heard.bodies.append(None)
        return answer
