"""Hands a message to a service through apprise; neither its log lines nor ours ever hold a secret."""

from __future__ import annotations

import logging
import re
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from workbench.errors import ReportError
from workbench.reports.notify import answers, secrets
from workbench.reports.notify.answers import Refusal
from workbench.reports.notify.registry import Service

if TYPE_CHECKING:
    from workbench.reports.notify.message import Message

WAITS = (1.0, 4.0)
"""Seconds before the second and the third attempt."""
SHORT = {"wecom": 2000}
"""Kind → bytes of a message that it takes."""
_ONE_AT_A_TIME = threading.Lock()
_NOISY = ("urllib3", "urllib3.connectionpool", "requests")
"""Loggers that write addresses, and so keys, at their lowest level."""
_STATUS = re.compile(r"error=(\d{3})")
_PARAGRAPHS = frozenset({"teams"})
"""Kinds that show lines of a text only as paragraphs."""
_SCHEMES = {"wecom": "wecombot", "dingtalk": "dingtalk", "feishu": "feishu"}


class NotTakenError(ReportError):
    """A message that a service did not take."""


def deliver(service: Service, message: Message, waits: Sequence[float] = WAITS) -> None:
    """Send a message, again after a while where the fault may pass.

    Args:
        service: The service.
        message: What is said.
        waits: Seconds before each further attempt.

    Raises:
        NotTakenError: when it was not taken, with the reason and without any secret.
        ReportError: when a secret is not there.
    """
    opened = service.opened()
    body = message.body(SHORT.get(service.kind))
    for wait in (*waits, None):
        refusal = _attempt(service, opened, message, body)
        if refusal is None:
            return
        if wait is None or not refusal.passing:
            raise _not_taken(service, refusal, _repeatable(refusal.words, service, opened))
        time.sleep(wait)


def look_at(service: Service) -> None:
    """Whether a service could be told: its secrets are kept where it says, and are such as its kind takes.

    Args:
        service: The service; nothing is sent.

    Raises:
        ReportError: where it could not, without any secret.
    """
    opened = service.opened()
    with _ONE_AT_A_TIME, _unheard():
        _target(service, opened)


def _target(service: Service, opened: Mapping[str, Any]) -> Any:
    """A service as apprise sends to it."""
    import apprise

    found = apprise.Apprise.instantiate(_described(service, opened))
    if found is None:
        raise ReportError(
            f"Service {service.name!r} cannot be used as it is set.",
            "Check its keys and what is kept under their names.",
            service.name,
        )
    return found


def _attempt(service: Service, opened: Mapping[str, Any], message: Message, body: str) -> Refusal | None:
    """None when it was taken, else why it was not."""
    import apprise

    form = apprise.NotifyFormat.TEXT
    if service.kind in _PARAGRAPHS:
        form, body = apprise.NotifyFormat.MARKDOWN, body.replace("\n", "\n\n")
    kind = apprise.NotifyType.SUCCESS if message.good else apprise.NotifyType.FAILURE
    with _ONE_AT_A_TIME, _unheard() as logged:
        target = _target(service, opened)
        target.request_rate_per_sec = 0.0
        with answers.listening(target) as heard:
            taken = target.notify(body=body, title=message.title, notify_type=kind, body_format=form)
    # a long message goes in parts: one that is refused is enough
    said = (answers.read(_spoken_by(service, target), one) for one in heard.bodies)
    refused = next((one for one in said if one), None)
    return refused or (None if taken else Refusal(logged.status))


def _spoken_by(service: Service, target: Any) -> str:
    """The kind whose answers a service gives, also where a whole address of apprise names it."""
    scheme = str(getattr(target, "secure_protocol", "") or "")
    named = (kind for kind, own in _SCHEMES.items() if scheme == own)
    return next(named, service.kind)


def _repeatable(words: str, service: Service, opened: Mapping[str, Any]) -> str:
    """An answer's words, unless they may repeat a secret."""
    if service.kind == "url":  # any part of the address may be one
        return ""
    hidden = [str(opened[name]) for name, kept in service.values.items() if secrets.is_reference(kept)]
    return "" if any(secret in words for secret in hidden) else words


def _described(service: Service, opened: Mapping[str, Any]) -> Any:
    """A service as apprise takes it."""
    match service.kind:
        case "email":
            return _mail(opened)
        case "slack" | "teams" | "url":
            return opened["webhook"]
        case "webhook":
            return _webhook(service, opened)
        case "dingtalk":
            return {"schema": "dingtalk", "token": opened["token"], "secret": opened.get("signature")}
    return {"schema": _SCHEMES[service.kind], **opened}


def _mail(opened: Mapping[str, Any]) -> dict[str, Any]:
    mode = opened.get("security", "starttls")
    found = {
        "schema": "mailto" if mode == "none" else "mailtos",
        "host": opened["host"],
        "smtp_host": opened["host"],
        "port": opened.get("port"),
        "user": opened.get("user"),
        "password": opened.get("password"),
        "from_addr": opened["from"],
        "targets": list(opened["to"]),
        "secure_mode": "insecure" if mode == "none" else mode,
    }
    return {name: value for name, value in found.items() if value is not None}


def _webhook(service: Service, opened: Mapping[str, Any]) -> dict[str, Any]:
    parts = urlsplit(str(opened["address"]))
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ReportError(
            "A webhook needs an address that begins with http:// or https://.",
            "Correct that line.",
            service.places.get("address", service.name),
        )
    token = opened.get("token")
    found = {
        "schema": "jsons" if parts.scheme == "https" else "json",
        "host": parts.hostname,
        "port": parts.port,
        "fullpath": parts.path or "/",
        "params": dict(pair.split("=", 1) for pair in parts.query.split("&") if "=" in pair),
        "headers": {"Authorization": f"Bearer {token}"} if token else {},
    }
    return {name: value for name, value in found.items() if value is not None}


def by_address(text: str) -> Service:
    """A service that a job names by its whole apprise address, or by the place where that is kept."""
    scheme = text.partition(":")[0]
    return Service(scheme if secrets.is_reference(text) else f"{scheme}://", "url", {"webhook": text},
                   {"webhook": "notify"})  # fmt: skip


def _not_taken(service: Service, refusal: Refusal, words: str) -> NotTakenError:
    if refusal.code:
        why = f"{refusal.code}: {words}" if words else refusal.code
        return NotTakenError(
            f"Service {service.name!r} refused the message (code {why}).",
            "Check its key, and which words and addresses the robot lets in.",
        )
    if refusal.status:
        return NotTakenError(
            f"Service {service.name!r} refused the message (HTTP {refusal.status}).",
            "Check its key and its address.",
        )
    return NotTakenError(
        f"Service {service.name!r} took no message.", "Check that it runs and can be reached from here."
    )


class _Heard(logging.Handler):
    """Keeps the HTTP status out of what apprise logs, and nothing else."""

    status = ""

    def emit(self, record: logging.LogRecord) -> None:
        if found := _STATUS.search(record.getMessage()):
            self.status = found[1]


@contextmanager
def _unheard() -> Iterator[_Heard]:
    """Nothing that apprise or its transport logs goes anywhere: addresses hold keys."""
    heard, logger = _Heard(), logging.getLogger("apprise")
    noisy = [logging.getLogger(name) for name in _NOISY]
    before = logger.handlers, logger.propagate, logger.level, [item.disabled for item in noisy]
    logger.handlers, logger.propagate = [heard], False
    logger.setLevel(logging.WARNING)
    for item in noisy:
        item.disabled = True
    try:
        yield heard
    finally:
        logger.handlers, logger.propagate = before[:2]
        logger.setLevel(before[2])
        for item, disabled in zip(noisy, before[3], strict=True):
            item.disabled = disabled
