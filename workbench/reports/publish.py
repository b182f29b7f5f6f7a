"""Runs on disk: made in a hidden folder, shown by one rename, `latest` moved in one step.

`<reports>/<job>/<run>/{report.html, report.ipynb, manifest.json}`; a failed run has no `report.html`.
The runs of a batch stand side by side; `latest-<member>` is the newest of each.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import os
import re
import shutil
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from workbench import published
from workbench.errors import ReportError

HTML, NOTEBOOK, MANIFEST, LATEST = published.PAGE, "report.ipynb", published.MANIFEST, "latest"
_PART, _GONE = ".part-", ".gone-"
_LOOK = 0.1
"""Seconds between two looks whether a lock is free."""


def folder(workspace: Path, out: Path | None = None) -> Path:
    """Where reports are published: `out`, else where readers look for them."""
    return out.expanduser().absolute() if out else published.folder(workspace)


@contextmanager
def alone(job: Path, member: str = "", what: str = "run", wait: bool = True) -> Iterator[bool]:
    """Wait until nobody else makes this report, then hold that; the system lets go when a process ends.

    Args:
        job: Folder of the job; made where it is missing.
        member: Member of a batch: others may be made at the same time.
        what: What is held: a single `run`, the whole `job`, or that it is `due`.
        wait: Whether to wait while somebody else holds it.

    Yields:
        Whether it is held.

    Raises:
        ReportError: when nothing can be written there.
    """
    from filelock import FileLock, Timeout

    try:
        job.mkdir(parents=True, exist_ok=True)
        held = FileLock(job / f".{what}{_mark(member)}.lock")
        held.acquire(timeout=-1 if wait else 0, poll_interval=_LOOK)
    except Timeout:
        yield False
        return
    except OSError as error:
        raise _unwritable(job, error) from None
    try:
        yield True
    finally:
        held.release()


@contextmanager
def part(job: Path, member: str = "") -> Iterator[Path]:
    """A hidden folder on the same disk to make a run in; whatever is left in it at the end is removed.

    What a killed run left is removed, too: whoever makes a run holds `alone`, so nobody works there.

    Raises:
        ReportError: when nothing can be written there.
    """
    prefix = f"{_PART}{_mark(member) or 0}-"
    try:
        job.mkdir(parents=True, exist_ok=True)
        _sweep(job, prefix)
        made = Path(tempfile.mkdtemp(prefix=prefix, dir=job))
    except OSError as error:
        raise _unwritable(job, error) from None
    try:
        yield made
    finally:
        shutil.rmtree(made, ignore_errors=True)


def _unwritable(job: Path, error: OSError) -> ReportError:
    return ReportError(
        f"Reports cannot be written here ({error.strerror}).", "Choose another folder with --out.", str(job)
    )


def publish(made: Path, job: Path, digest: str, manifest: Mapping[str, Any]) -> Path:
    """Write the manifest into `made` and show the folder under its run id, by one rename.

    Args:
        made: Finished folder from `part`.
        job: Folder of the job.
        digest: Hash of the run's inputs; its start becomes part of the run id.
        manifest: Content of `manifest.json`; the run id is added as `run`.

    Returns:
        The published folder.

    Raises:
        ReportError: when the disk takes nothing more.
    """
    while True:
        run = run_id(dt.datetime.now(dt.UTC), digest)
        target = job / run
        if not target.exists():
            try:
                write(made / MANIFEST, {"run": run, **manifest})
                _to_disk(made)
                made.chmod(job.stat().st_mode & 0o777)  # who may look into a job may look into its runs
            except OSError as error:
                raise _unwritable(job, error) from None
            try:
                made.rename(target)
            except OSError as error:
                if not target.exists():
                    raise _unwritable(job, error) from None
            else:
                return target
        time.sleep(0.002)  # another run took this very millisecond


def run_id(moment: dt.datetime, digest: str) -> str:
    """A name that sorts by time: `20261122T014500123Z-1a2b3c4d`."""
    return f"{moment:%Y%m%dT%H%M%S}{moment.microsecond // 1000:03d}Z-{digest[:8]}"


def runs(job: Path) -> list[dict[str, Any]]:
    """Manifests of all published runs of a job, oldest first, each with its `folder`."""
    return list(newest(job))[::-1]


def newest(job: Path, digest: str = "") -> Iterator[dict[str, Any]]:
    """Manifests of published runs of a job, the newest first, each with its `folder`.

    Args:
        job: Folder of the job.
        digest: Hash of the inputs that a run must have had; empty: all runs.
    """
    found = published.manifests(job.parent, job.name, digest)
    return ({**known, "folder": str(folder)} for folder, known in found)


def point_to_latest(job: Path, member: str = "") -> None:
    """Let `latest`, and `latest-<member>`, name the newest run that succeeded, each replaced in one step."""
    from filelock import FileLock

    with FileLock(job / ".latest.lock", poll_interval=0.01):
        _point(job, LATEST, next((run for run in newest(job) if run.get("status") == "ok"), None))
        if member:
            own = (run for run in newest(job) if run.get("status") == "ok" and run.get("member") == member)
            _point(job, f"{LATEST}-{in_path(member)}", next(own, None))


def prune(job: Path, keep: int) -> int:
    """Remove old runs; of each member the newest `keep` stay, and always its newest success.

    Args:
        job: Folder of the job.
        keep: How many; 0: all.

    Returns:
        Number of runs removed, each hidden by one rename first.
    """
    seen: dict[str, int] = {}
    good: set[str] = set()
    removed = 0
    for left in job.glob(f"{_GONE}*"):
        shutil.rmtree(left, ignore_errors=True)
    for run in newest(job) if keep else ():
        member = str(run.get("member", ""))
        seen[member] = seen.get(member, 0) + 1
        first_success = run.get("status") == "ok" and member not in good
        good |= {member} if first_success else set()
        if seen[member] > keep and not first_success:
            removed += _remove(Path(run["folder"]))
    return removed


def in_path(member: str) -> str:
    """A member of a batch as part of a file's name: what no disk takes is replaced, and marked."""
    plain = re.sub(r"[^\w\-.()&+, ]", "_", member)[:60].strip(" .")
    return plain if plain == member else f"{plain}-{_mark(member)}"


def _mark(member: str) -> str:
    return hashlib.sha256(member.encode()).hexdigest()[:8] if member else ""


def _remove(folder: Path) -> bool:
    hidden = folder.with_name(f"{_GONE}{folder.name}")
    try:
        folder.rename(hidden)
    except OSError:
        return False
    shutil.rmtree(hidden, ignore_errors=True)
    return True


def _point(job: Path, name: str, run: Mapping[str, Any] | None) -> None:
    if run is None:
        return
    fresh = job / f".{LATEST}-{os.getpid()}"
    fresh.unlink(missing_ok=True)
    try:
        fresh.symlink_to(run["run"], target_is_directory=True)
    except OSError:  # a disk without symbolic links gets a small file instead
        write(fresh, {"run": run["run"]})
        os.replace(fresh, job / f"{name}.json")
    else:
        os.replace(fresh, job / name)


def _sweep(job: Path, prefix: str) -> None:
    for left in job.glob(f"{prefix}*"):
        shutil.rmtree(left, ignore_errors=True)


def write(file: Path, content: Mapping[str, Any]) -> None:
    """Write plain values as readable JSON."""
    file.write_text(json.dumps(content, ensure_ascii=False, indent=2, default=str) + "\n", encoding="utf-8")


def _to_disk(made: Path) -> None:
    """Nothing is shown that a power cut could still take away."""
    for item in (*made.rglob("*"), made):
        handle = os.open(item, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
