"""Jobs: reports that run unattended, as `reports/schedule.toml` of a workspace describes them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import MISSING, dataclass, field, fields
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from workbench.errors import ReportError, unknown

SCHEDULE = Path("reports", "schedule.toml")
FORMATS = ("pdf", "xlsx", "pptx", "csv", "mail")
LANGUAGES = ("", "en", "zh")
REVIEWS = ("hold", "accept")
_RESERVED = ("schedule", "latest")
_FILE_NAME = re.compile(r"[^/\\:*?\"<>|\x00-\x1f]{1,80}")


def _key(doc: str, default: Any = MISSING, kind: str = "text", factory: Any = MISSING) -> Any:
    given = {"default": default} if factory is MISSING else {"default_factory": factory}
    return field(metadata={"doc": doc, "kind": kind}, **given)


@dataclass(frozen=True)
class Job:
    """One table `[jobs.NAME]` of a schedule; every key is documented in the guide from its `doc`."""

    name: str = field(metadata={"doc": "", "kind": ""})
    notebook: str = _key("Name of a notebook, the workspace's own first; without it the job's name.", "")
    parameters: Mapping[str, Any] = _key(
        "Values for its `parameters` cell; `{last_full_week.start}` in a text is a day.",
        kind="table",
        factory=dict,
    )
    when: str = _key("When it is due: a cron expression, or words; empty: only when somebody runs it.", "")
    timezone: str = _key("Time zone of `when` (IANA name); empty: the workspace's, else UTC.", "")
    lang: str = _key("`en` or `zh`; empty: the workspace's.", "")
    currency: str = _key("Currency of amounts (ISO 4217); empty: the workspace's.", "")
    batch: str = _key("One report for each member of this dimension, or for each saved `segment`.", "")
    members: tuple[str, ...] = _key("Only these members of the batch; empty: all there are.", (), "texts")
    jobs: int = _key("Reports of a batch that run at the same time.", 2, "whole")
    formats: tuple[str, ...] = _key(f"Files beside the page: {', '.join(FORMATS)}.", (), "texts")
    notify: tuple[str, ...] = _key("Services to tell: names or addresses.", (), "texts")
    link: str = _key("Address of the report that messages link to.", "")
    imports: tuple[str, ...] = _key("Files, folders or databases to import first.", (), "texts")
    reviews: str = _key("An import that needs a look: `hold` the report back, or `accept` it.", "hold")
    fresh: str = _key("How far the data must reach: `yesterday`, `last_full_week`, or so many days ago.", "")
    fresh_by: str = _key("`account`: each account that delivered lately must reach that far, too.", "")
    timeout: float = _key("Seconds one report may take.", 900.0, "number")
    retries: int = _key("How often a run is tried again after a passing fault.", 2, "whole")
    wait: float = _key("Seconds before the first of these; doubled for each further one.", 5.0, "number")
    keep: int = _key("How many runs are kept (for each member of a batch); 0: all.", 0, "whole")
    late: int = _key("Minutes after which a due run that has not succeeded is overdue.", 60, "whole")
    heartbeat: str = _key("Address that is asked after a success, and with `/fail` after anything else.", "")

    scheduled: str = field(default="", metadata={"doc": "", "kind": ""})
    """Its name in the schedule, where it runs under another one."""

    @property
    def zone(self) -> ZoneInfo:
        """Where its days begin, and its clock runs."""
        return ZoneInfo(self.timezone or "UTC")

    @property
    def source(self) -> str:
        """The notebook it runs."""
        return self.notebook or self.name


def keys() -> dict[str, tuple[str, str, Any]]:
    """What a job may set: key → (kind, doc, default)."""
    return {
        item.name: (item.metadata["kind"], item.metadata["doc"], item.default)
        for item in fields(Job)
        if item.metadata["kind"]
    }


@dataclass(frozen=True)
class Schedule:
    """The jobs of a workspace.

    Attributes:
        file: The `schedule.toml` they stand in; it need not exist.
        jobs: Those that fit, by name, in the order of the file.
        bad: Those that do not: name → why.
        notify: Services that these name, as far as their lines can be read: name → services.
    """

    file: Path
    jobs: Mapping[str, Job]
    bad: Mapping[str, ReportError] = field(default_factory=dict)
    notify: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def job(self, name: str) -> Job:
        """The job called `name`.

        Raises:
            ReportError: when there is none, or it does not fit.
        """
        if name in self.bad:
            raise self.bad[name]
        if name not in self.jobs:
            raise unknown("job", name, self.jobs, ReportError, str(self.file))
        return self.jobs[name]


def is_name(name: str) -> bool:
    """Whether a job, and so a folder, can be called so."""
    plain = _FILE_NAME.fullmatch(name) and name == name.strip() and not name.startswith(".")
    return bool(plain) and name not in _RESERVED
