"""What is said about a run: a title, a summary, at most five findings, and where to look."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench import i18n, settings
from workbench import published as published_runs
from workbench.errors import WorkbenchError
from workbench.reports import publish
from workbench.reports.notebooks import Notebook
from workbench.reports.notify import conclusions

if TYPE_CHECKING:
    from workbench.reports.runner import Run

OWN = frozenset({"lang", "workspace"})
"""Parameters that every run is given and nobody needs to read."""


@dataclass(frozen=True)
class Message:
    """One message.

    Attributes:
        title: What it is about.
        lines: What is so, most important first.
        findings: Sentences that may be left out from the end where a service takes only short messages.
        link: Where to look; empty where there is nothing to see.
        good: Whether it brings good news.
    """

    title: str
    lines: tuple[str, ...]
    findings: tuple[str, ...] = ()
    link: str = ""
    good: bool = True

    def body(self, limit: int | None = None) -> str:
        """The text; of more than `limit` bytes with its title, findings go, the last one first."""
        full = self._with(len(self.findings))
        if limit is None:
            return full
        room = limit - len(f"{self.title}\n".encode())
        shorter = (self._with(kept) for kept in range(len(self.findings), -1, -1))
        fitting = next((text for text in shorter if len(text.encode()) <= room), "")
        return fitting or full.encode()[: room - len("…".encode())].decode(errors="ignore") + "…"

    def _with(self, kept: int) -> str:
        """The text with its first findings."""
        listed = [f"• {line}" for line in self.findings[:kept]]
        return "\n".join([*self.lines, *listed, *([self.link] if self.link else [])])


def published(run: Run, name: str, link: str, recovered: bool) -> Message:
    """The message of a run that succeeded: its conclusions."""
    lang = language(run)
    summary, findings = conclusions.of_run(run.folder)
    again = [i18n.text("notify.recovered", lang)] if recovered else []
    made = run.html is not None and run.html.is_file()
    first = [summary or i18n.text("notify.made", lang)] if summary or made or not again else []
    title = i18n.text("notify.title_ok", lang, title=title_of(run, lang), job=name)
    return Message(title, (*again, *first, *run.warnings[:1]), findings, link)


def stopped(run: Run, name: str, link: str, scheduled: str = "") -> Message:
    """The message of a run that did not succeed: job, parameters, cause, and how to run it again.

    Args:
        run: The run.
        name: Name of the job.
        link: Where to look; empty: nowhere.
        scheduled: Its name in the schedule, where it ran under another one.
    """
    lang, status = language(run), run.status if run.status in ("stale", "held") else "failed"
    given = parameters(run)
    shown = ", ".join(f"{key}={value}" for key, value in given.items()) or i18n.text("notify.none", lang)
    job = (
        i18n.text("notify.job", lang, job=name, parameters=shown),
        i18n.text("notify.again", lang, command=command(name, run, scheduled)),
    )
    lines = (
        run.error or i18n.text(f"notify.{status}", lang),
        *(() if run.manifest.get("unread") else job),  # the schedule itself is nothing to run
        i18n.text("notify.once", lang),
    )
    title = i18n.text(f"notify.title_{status}", lang, title=title_of(run, lang), job=name)
    return Message(title, lines, (), link, good=False)


def trial(name: str, lang: str) -> Message:
    """The message of `workbench notify --test`."""
    title = i18n.text("notify.test_title", lang)
    return Message(title, (i18n.text("notify.test", lang, service=name),))


def language(run: Run) -> str:
    """The report's language."""
    found = run.manifest.get("lang")
    return str(found) if found in i18n.LANGUAGES else "en"


def parameters(run: Run) -> dict[str, Any]:
    """What the run was asked for beyond what every run is."""
    given = run.manifest.get("parameters")
    known = given if isinstance(given, Mapping) else {}
    return {key: value for key, value in known.items() if key not in OWN}


def command(name: str, run: Run, scheduled: str = "") -> str:
    """The command that makes a run of a job again, that run and no other, in the same folder of reports."""
    workspace = run.manifest.get("workspace")
    where = [*(["-w", str(workspace)] if workspace else []), "--out", str(run.folder.parents[1])]
    one = replace(published_runs.of(run.folder, run.manifest), job=name)
    job, *asked = published_runs.again(one, scheduled or name)
    return shlex.join(["workbench", "report", "run", job, *where, *asked])


def title_of(run: Run, lang: str) -> str:
    """The report's title."""
    try:
        return Notebook(run.job, run.folder / publish.NOTEBOOK, own=False).title(lang)
    except WorkbenchError:
        return run.job


def link_to(run: Run, given: str) -> str:
    """Where the run can be looked at: the job's own link, else the apps' address, else the file; else empty.

    Args:
        run: The run.
        given: Link of the job; `{job}` and `{run}` in it are filled in.
    """
    if given:
        return given.replace("{job}", run.job).replace("{run}", run.folder.name)
    page = run.html or run.folder / publish.NOTEBOOK
    if not page.is_file():  # it never began: the message says all there is
        return ""
    workspace = run.manifest.get("workspace")
    address = settings.load(Path(workspace)).public_url if workspace else ""
    return f"{address.rstrip('/')}/reports/{run.job}/{run.folder.name}/{page.name}" if address else str(page)
