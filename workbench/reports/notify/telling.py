"""`tell`: after a run is published, those whom its job names hear of it. The report itself never suffers."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench.errors import ReportError, WorkbenchError, unknown
from workbench.i18n.errors import told as said
from workbench.reports.notify import memory, message, secrets
from workbench.reports.notify.deliver import WAITS, by_address, deliver, look_at
from workbench.reports.notify.message import Message
from workbench.reports.notify.registry import Service, services

if TYPE_CHECKING:
    from workbench.reports.runner import Run


LOG = logging.getLogger("workbench.reports")


@dataclass(frozen=True)
class Told:
    """Who heard of a run.

    Attributes:
        sent: Names of the services that took the message.
        sentences: Why others did not, one sentence each, in the report's language.
    """

    sent: tuple[str, ...] = ()
    sentences: tuple[str, ...] = ()


def tell(run: Run, job: Any, root: Path, waits: Sequence[float] = WAITS) -> Told:
    """Tell the services that a job names about a run; never raises for a service that cannot be told.

    A run that succeeded is told with its conclusions. One that did not is told once a cause, however many of
    a batch fail by it, and that the job works again is told once. A run that was there already is not told.

    Args:
        run: The run, as it was published.
        job: Its job: `name`, `notify` (names of services, addresses, or where an address is kept), `link`.
        root: The reports folder, with `notify.toml`.
        waits: Seconds before each further attempt.

    Returns:
        Who heard of it, and why others did not.
    """
    names = tuple(getattr(job, "notify", ()) or ())
    if not names or run.reused:
        return Told()
    name, member = str(getattr(job, "name", "") or run.job), _member(run)
    link = message.link_to(run, str(getattr(job, "link", "") or ""))
    lang = message.language(run)
    if run.status == "ok":
        recovered = memory.works(root, name, member)
        return _all(root, names, message.published(run, name, link, recovered), lang, waits)
    cause = run.error or run.status
    if not memory.is_new(root, name, cause):
        memory.note(root, name, cause, member)
        return Told()
    scheduled = str(getattr(job, "scheduled", ""))
    found = _all(root, names, message.stopped(run, name, link, scheduled), lang, waits)
    memory.note(root, name, cause, member, told=bool(found.sent))
    return found


def try_out(root: Path, name: str, lang: str, waits: Sequence[float] = ()) -> None:
    """Send a test message to one service.

    Args:
        root: The reports folder.
        name: Name of the service.
        lang: Language of the message.
        waits: Seconds before each further attempt.

    Raises:
        ReportError: for an unknown service, a secret that is not there, or a message that was not taken.
    """
    deliver(_service(root, name), message.trial(name, lang), waits)


def amiss(root: Path, names: Iterable[str]) -> list[WorkbenchError]:
    """Why services that a job names could not be told, as far as that shows without sending anything.

    Args:
        root: The reports folder, with `notify.toml`.
        names: What the job names.
    """
    found: list[WorkbenchError] = []
    for name in dict.fromkeys(names):
        try:
            look_at(_service(root, name))
        except WorkbenchError as error:
            found.append(error)
    return found


def variables(root: Path, names: Iterable[str]) -> tuple[str, ...]:
    """Variables of the environment in which services keep secrets, for whoever starts the reports."""
    kept = [value for name in names for value in _service(root, name).values.values()]
    named = (value.partition(":")[2].strip() for value in kept if secrets.is_reference(value, "env:"))
    return tuple(sorted(set(named)))


def unheard(root: Path, names: Iterable[str]) -> dict[str, str]:
    """Services that did not take their newest message: name → why, in one sentence.

    Args:
        root: The reports folder.
        names: What jobs name now; a service that none names any more is left out.
    """
    asked = {_shown(name) for name in names}
    return {name: why for name, why in memory.unheard(root).items() if name in asked}


def _all(root: Path, names: Sequence[str], what: Message, lang: str, waits: Sequence[float]) -> Told:
    answers: dict[str, str] = {}
    for name in dict.fromkeys(names):
        shown = _shown(name)
        try:
            deliver(_service(root, name), what, waits)
        except WorkbenchError as error:
            answers[shown] = said(error, lang)
            LOG.warning("%s: %s", what.title, answers[shown])
        else:
            answers[shown] = ""
    memory.note_services(root, answers)
    sentences = tuple(filter(None, answers.values()))
    return Told(tuple(name for name, sentence in answers.items() if not sentence), sentences)


def _shown(name: str) -> str:
    """A service as it may be written down: of an address only how it begins."""
    return by_address(name).name if _is_address(name) else name


def _is_address(name: str) -> bool:
    return secrets.is_reference(name) or "://" in name


def _service(root: Path, name: str) -> Service:
    if _is_address(name):
        return by_address(name)
    known = services(root)
    if name not in known:
        raise unknown("service", name, known, ReportError, str(root / "notify.toml"))
    return known[name]


def _member(run: Run) -> str:
    """Which one of a batch a run is of; empty where it is of none, or the whole job could not begin."""
    return str(getattr(run, "member", "") or run.manifest.get("member") or "")
