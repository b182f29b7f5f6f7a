"""What a job imports before it reports, with nobody there to look: what needs a look is not imported."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from workbench import i18n
from workbench.errors import WorkbenchError
from workbench.i18n.errors import told

if TYPE_CHECKING:
    from workbench.data import ImportReview, Store
    from workbench.reports.jobs import Job


@dataclass(frozen=True)
class Intake:
    """What came of it.

    Attributes:
        status: `ok`, `held` (an import needs a look) or `failed`.
        sentence: Why it is not `ok`; empty otherwise.
        passing: Whether a fault may be gone the next time.
    """

    status: str
    sentence: str = ""
    passing: bool = False


def take(job: Job, store: Store, lang: str) -> Intake:
    """Import what a job asks for.

    A file is looked at first; where its review is not PASS nothing of it comes in, unless the job accepts
    that. What is in already stays as it is.

    Args:
        job: The job; paths that are not absolute begin at the workspace.
        store: The workspace, moved on to the newest version at the end.
        lang: Language of the sentence.
    """
    for path in job.imports:
        found = _one(job, store, path, lang)
        if found.status != "ok":
            return found
    store.refresh()
    return Intake("ok")


def _one(job: Job, store: Store, path: str, lang: str) -> Intake:
    from workbench import data
    from workbench.reports import faults

    shown = path.split("://")[0] + "://…" if "://" in path else path
    try:
        source = path if "://" in path else str(store.path / Path(path).expanduser())
        if job.reviews == "hold" and (odd := _odd(data.load(store, source, dry_run=True))):
            status = "failed" if odd.status == "FAIL" else "held"
            why = next((item.told(lang)[0] for item in odd.findings if item.status == odd.status), "")
            return Intake(
                status, i18n.text(f"reports.import_{status}", lang, file=odd.file or shown, why=why)
            )
        found = data.load(store, source)
    except (WorkbenchError, OSError) as error:
        return Intake(
            "failed",
            i18n.text("reports.import_failed", lang, file=shown, why=_why(error, lang)),
            faults.passes(error),
        )
    if found.status == "FAIL":
        why = next((item.told(lang)[0] for item in found.findings if item.status == "FAIL"), "")
        return Intake("failed", i18n.text("reports.import_failed", lang, file=found.file or shown, why=why))
    return Intake("ok")


def _why(error: WorkbenchError | OSError, lang: str) -> str:
    return told(error, lang) if isinstance(error, WorkbenchError) else str(error)


def _odd(review: ImportReview) -> ImportReview | None:
    """The part of a review that needs a look, the worst first; None where all is well or known already."""
    parts = [part for part in (review.parts or (review,)) if part.status != "PASS" and not part.unchanged]
    return max(parts, key=lambda part: part.status == "FAIL", default=None)
