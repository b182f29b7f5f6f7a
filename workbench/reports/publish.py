"""Runs on disk: made in a hidden folder, shown by one rename, `latest` moved in one step.

`<reports>/<job>/<run>/{report.html, report.ipynb, manifest.json}`; a failed run has no `report.html`.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import shutil
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from workbench.errors import ReportError

HTML, NOTEBOOK, MANIFEST, LATEST = "report.html", "report.ipynb", "manifest.json", "latest"
_PART = ".part-"
_FORGOTTEN = 24 * 3600
"""Seconds after which the hidden folder of a killed run is swept away."""


def folder(workspace: Path, out: Path | None = None) -> Path:
    """Where reports are published: `out`, else `reports/` of the current project, else of the workspace."""
    if out:
        return out.expanduser().absolute()
    project = Path.cwd() / "reports"
    return project if project.is_dir() else workspace / "reports"


@contextmanager
def part(job: Path) -> Iterator[Path]:
    """A hidden folder on the same disk to make a run in; whatever is left in it at the end is removed.

    Raises:
        ReportError: when nothing can be written there.
    """
    try:
        job.mkdir(parents=True, exist_ok=True)
        _sweep(job)
        made = Path(tempfile.mkdtemp(prefix=_PART, dir=job))
    except OSError as error:
        raise ReportError(
            f"Reports cannot be written here ({error.strerror}).",
            "Choose another folder with --out.",
            str(job),
        ) from None
    try:
        yield made
    finally:
        shutil.rmtree(made, ignore_errors=True)


def publish(made: Path, job: Path, digest: str, manifest: Mapping[str, Any]) -> Path:
    """Write the manifest into `made` and show the folder under its run id, by one rename.

    Args:
        made: Finished folder from `part`.
        job: Folder of the job.
        digest: Hash of the run's inputs; its start becomes part of the run id.
        manifest: Content of `manifest.json`; the run id is added as `run`.

    Returns:
        The published folder.
    """
    while True:
        run = run_id(dt.datetime.now(dt.UTC), digest)
        target = job / run
        if not target.exists():
            _write(made / MANIFEST, {"run": run, **manifest})
            _to_disk(made)
            made.chmod(0o755)
            try:
                made.rename(target)
            except OSError:
                if not target.exists():
                    raise
            else:
                return target
        time.sleep(0.002)  # another run took this very millisecond


def run_id(moment: dt.datetime, digest: str) -> str:
    """A name that sorts by time: `20261122T014500123Z-1a2b3c4d`."""
    return f"{moment:%Y%m%dT%H%M%S}{moment.microsecond // 1000:03d}Z-{digest[:8]}"


def runs(job: Path) -> list[dict[str, Any]]:
    """Manifests of all published runs of a job, oldest first, each with its `folder`."""
    found = []
    for file in sorted(job.glob(f"[0-9]*/{MANIFEST}")):
        try:
            found.append({**json.loads(file.read_text(encoding="utf-8")), "folder": str(file.parent)})
        except (OSError, ValueError):
            continue
    return found


def point_to_latest(job: Path) -> None:
    """Let `latest` name the newest run that succeeded, replaced in one step."""
    from filelock import FileLock

    with FileLock(job / ".latest.lock"):
        done = [run["run"] for run in runs(job) if run.get("status") == "ok"]
        if not done:
            return
        fresh = job / f".{LATEST}-{os.getpid()}"
        fresh.unlink(missing_ok=True)
        try:
            fresh.symlink_to(done[-1], target_is_directory=True)
        except OSError:  # a disk without symbolic links gets a small file instead
            _write(fresh, {"run": done[-1]})
            os.replace(fresh, job / f"{LATEST}.json")
        else:
            os.replace(fresh, job / LATEST)


def _sweep(job: Path) -> None:
    for left in job.glob(f"{_PART}*"):
        try:
            if time.time() - left.stat().st_mtime > _FORGOTTEN:
                shutil.rmtree(left, ignore_errors=True)
        except FileNotFoundError:
            continue


def _write(file: Path, content: Mapping[str, Any]) -> None:
    file.write_text(json.dumps(content, ensure_ascii=False, indent=2, default=str) + "\n", encoding="utf-8")


def _to_disk(made: Path) -> None:
    """Nothing is shown that a power cut could still take away."""
    for item in (*made.iterdir(), made):
        handle = os.open(item, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
