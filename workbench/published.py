"""What reports there are: the runs of a reports folder, read from their manifests, newest first.

A manifest that is damaged or of another version is shown as far as it can be read; nothing here writes.
"""

from __future__ import annotations

import datetime as dt
import json
import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from glob import escape
from itertools import islice
from pathlib import Path
from typing import Any

FOLDER = "WORKBENCH_REPORTS"
"""Variable that says where reports are, for runners and readers; a visitor's kernel has the server's."""
MANIFEST, PAGE = "manifest.json", "report.html"
TABLES = "tables"
"""Folder of a run with a CSV file for each of its tables."""
KINDS = {".html": "HTML", ".pdf": "PDF", ".xlsx": "XLSX", ".pptx": "PPTX", ".csv": "CSV", ".eml": "E-mail"}
"""Ending of a file that readers take → what it is called."""
STATUSES = ("ok", "stale", "held", "failed")
MOST = 2000
"""Runs that are read."""
_SHARED = frozenset({"lang", "workspace"})
_ASKED = ("currency", "timezone")


@dataclass(frozen=True)
class Published:
    """One run of a report.

    Attributes:
        job: Name of its job.
        run: Name of its folder.
        status: One of `STATUSES`; what a newer version writes stays as it is.
        error: Why it is not `ok`; empty otherwise.
        finished: When (UTC); None where that is not known.
        seconds: How long it took.
        notebook: Name of its notebook.
        member: Member of a batch; empty where there is none.
        parameters: What it was asked for, without what every run is given.
        lang: Language.
        data_version: Version of the data; None where it is not known.
        files: Names of the files that readers take, the page first.
        tables: Names of the CSV files in `tables/`.
        formats: Files beside the page that were asked for.
        shared: Currency and time zone that were asked for, where they are no parameters.
        past: Whether it is about an older data version.
        batch: Dimension, or `segment`, whose member it is about; empty where there is none.
    """

    job: str
    run: str
    status: str
    error: str
    finished: dt.datetime | None
    seconds: float
    notebook: str
    member: str
    parameters: Mapping[str, Any] = field(hash=False)
    lang: str
    data_version: int | None
    files: tuple[str, ...]
    tables: tuple[str, ...] = ()
    formats: tuple[str, ...] = ()
    shared: Mapping[str, str] = field(default_factory=dict, hash=False)
    past: bool = False
    batch: str = ""

    @property
    def key(self) -> str:
        """Which run it is, in one word."""
        return f"{self.job}/{self.run}"

    @property
    def told(self) -> str:
        """The parameters in a line."""
        return ", ".join(f"{name}={value}" for name, value in self.parameters.items())

    def matches(self, words: Iterable[str]) -> bool:
        """Whether each word stands somewhere in it."""
        text = " ".join((self.job, self.run, self.member, self.told, self.error, self.notebook)).lower()
        return all(word in text for word in words)


def kind_of(name: str) -> str:
    """What a file is called for readers, by its name."""
    if name.startswith("mail."):
        return KINDS[".eml"]
    return next((words for ending, words in KINDS.items() if name.endswith(ending)), name)


def folder(workspace: Path) -> Path:
    """Where the reports of a workspace are: as the variable says, else here, else in the workspace."""
    if said := os.environ.get(FOLDER):
        return Path(said).expanduser().absolute()
    here = Path.cwd() / "reports"
    return here if here.is_dir() else workspace / "reports"


def manifests(root: Path, job: str = "", digest: str = "") -> Iterator[tuple[Path, dict[str, Any]]]:
    """Folder and manifest of each run that can be read, newest first; only those asked for are read.

    Args:
        root: The reports folder; a missing one has none.
        job: Only runs of this job; empty: of all.
        digest: Hash of the inputs that a run must have had; empty: all runs.
    """
    jobs = escape(job) if job else "[!.]*"
    files = root.glob(f"{jobs}/[0-9]*{digest[:8]}/{MANIFEST}")
    for file in sorted(files, key=lambda file: file.parent.name, reverse=True):
        if (known := _read(file)) is not None:
            yield file.parent, known


def every(root: Path, job: str = "") -> Iterator[Published]:
    """The runs of a reports folder, or of one job in it, newest first; only those asked for are read."""
    return (of(folder, known) for folder, known in manifests(root, job))


def runs(root: Path, search: str = "", status: str = "") -> tuple[Published, ...]:
    """The newest runs of a reports folder, newest first.

    Args:
        root: The folder; a missing one has none.
        search: Words that must all stand in a run: of its job, parameters, error, member.
        status: Only these; empty: all.
    """
    words = search.lower().split()
    found = islice(every(root), MOST)
    return tuple(one for one in found if one.matches(words) and (not status or one.status == status))


def newest(found: Iterable[Published]) -> dict[str, Published]:
    """Job → its newest run, of runs that stand newest first."""
    jobs: dict[str, Published] = {}
    for one in found:
        jobs.setdefault(one.job, one)
    return jobs


def again(one: Published, job: str = "") -> list[str]:
    """Words after `workbench report run` that ask for what a run was: its member, files and past, too.

    Args:
        one: The run.
        job: Job of the schedule that it is a run of; empty: of none, so its notebook is run.
    """
    given = {**one.parameters, **one.shared}
    # a job, and a batch, put the data version of the past behind their names themselves
    called = one.job.removesuffix(f"-v{one.data_version}") if one.past and (job or one.batch) else one.job
    options = [
        *(("-p", f"{name}={_typed(value)}") for name, value in given.items()),
        ("--batch", one.batch),
        ("--member", one.member if one.batch else ""),
        ("--lang", one.lang),
        *(("--format", name) for name in one.formats),
        ("--as-of", str(one.data_version) if one.past else ""),
        ("--job", "" if called == job else called),
    ]
    return [job or one.notebook or one.job, *(part for option in options if option[1] for part in option)]


def _typed(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False) if isinstance(value, dict | list) else str(value)


def _read(file: Path) -> dict[str, Any] | None:
    try:
        known = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return known if isinstance(known, dict) else None


def of(place: Path, known: Mapping[str, Any]) -> Published:
    """The run in a folder.

    Args:
        place: The folder.
        known: Content of its manifest.
    """
    given, version = known.get("parameters"), known.get("data_version")
    parameters = given if isinstance(given, dict) else {}
    return Published(
        job=place.parent.name,
        run=place.name,
        status=str(known.get("status", "")),
        error=str(known.get("error") or ""),
        finished=_moment(known.get("finished")),
        seconds=_number(known.get("seconds")),
        notebook=str(known.get("notebook", "")).removesuffix(".ipynb"),
        member=str(known.get("member") or ""),
        parameters={name: value for name, value in parameters.items() if name not in _SHARED},
        lang=str(known.get("lang", "")),
        data_version=version if isinstance(version, int) else None,
        files=_files(place),
        tables=tuple(sorted(file.name for file in (place / TABLES).glob("*.csv"))),
        formats=tuple(map(str, known.get("formats") or ())),
        shared={name: str(known[name]) for name in _ASKED if known.get(name) and name not in parameters},
        past=known.get("past") is True,
        batch=str(known.get("batch") or ""),
    )


def _files(place: Path) -> tuple[str, ...]:
    order = list(KINDS)
    found = [file for file in place.glob("*") if file.suffix in KINDS and file.is_file()]
    first = sorted(found, key=lambda one: (one.name != PAGE, order.index(one.suffix), one.name))
    return tuple(file.name for file in first)


def _moment(text: Any) -> dt.datetime | None:
    try:
        found = dt.datetime.fromisoformat(str(text))
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=dt.UTC)


def _number(value: Any) -> float:
    return float(value) if isinstance(value, int | float) else 0.0
