"""The system's Chromium as a printer: a profile of its own for one page, and no way to any network."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from workbench import settings
from workbench.errors import ReportError
from workbench.reports import ending

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "msedge")
SECONDS = 120.0
_FLAGS = (
    "--headless",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-extensions",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--no-default-browser-check",
    "--host-resolver-rules=MAP * ~NOTFOUND",
    "--no-pdf-header-footer",
    "--generate-pdf-document-outline",
)


def find(workspace: Path | None = None) -> str:
    """The Chromium that prints: the setting `chromium`, else the first one on the path.

    Raises:
        ReportError: when there is none.
    """
    chosen = settings.load(workspace).chromium
    found = next(filter(None, map(shutil.which, (chosen,) if chosen else NAMES)), None)
    if found is None:
        raise ReportError(
            "No Chromium was found, which prints PDF reports.",
            "Install one (apt-get install chromium), or name its path in the setting `chromium`.",
            chosen,
        )
    return found


def pdf(html: str, target: Path, workspace: Path | None = None) -> None:
    """Print a page that needs nothing but itself.

    Args:
        html: The page.
        target: The PDF.
        workspace: Whose setting names the browser.

    Raises:
        ReportError: when there is no Chromium, or it prints nothing in `SECONDS`.
    """
    program = find(workspace)
    # a Chromium in a snap sees no /tmp, but sees what is beside the report
    with tempfile.TemporaryDirectory(prefix=".print-", dir=target.parent) as name:
        page, made = Path(name, "page.html"), Path(name, "page.pdf")
        page.write_text(html, encoding="utf-8")
        flags = [*_FLAGS, *_sandbox(), f"--user-data-dir={name}/profile", f"--print-to-pdf={made}"]
        _run([program, *flags, page.as_uri()])
        if not made.is_file() or not made.stat().st_size:
            raise ReportError("Chromium printed no PDF.", "Run it again, or leave pdf out.", program)
        shutil.move(made, target)


def _run(command: list[str]) -> None:
    """Start the browser, and end whatever it started when it takes too long."""
    none = subprocess.DEVNULL
    with subprocess.Popen(command, stdin=none, stdout=none, stderr=none, start_new_session=True) as process:
        try:
            with ending.at_work(process.pid):
                process.wait(SECONDS)
        except KeyboardInterrupt:
            _end(process)
            raise
        except subprocess.TimeoutExpired:
            _end(process)
            raise ReportError(
                f"Chromium did not print the PDF in {SECONDS:.0f} seconds.",
                "Run it again when the machine is less busy, or leave pdf out.",
                command[0],
            ) from None


def _end(process: subprocess.Popen[bytes]) -> None:
    import signal

    if hasattr(os, "killpg"):
        os.killpg(process.pid, signal.SIGKILL)
    else:
        process.kill()


def _sandbox() -> tuple[str, ...]:
    """Chromium refuses its sandbox to root, as in most containers."""
    return ("--no-sandbox",) if getattr(os, "geteuid", lambda: 1)() == 0 else ()
