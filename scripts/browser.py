"""Find an installed Chromium or Chrome; standard library only, for any Python 3."""

import glob
import os
import shutil
import subprocess
import sys

COMMANDS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
MAC = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
)
PLAYWRIGHT = (
    "~/.cache/ms-playwright/chromium-*/chrome-linux*/chrome",
    "~/Library/Caches/ms-playwright/chromium-*/chrome-mac*/*.app/Contents/MacOS/*",
)
HOW = (
    "Install Chromium or Google Chrome (Debian: apt-get install chromium fonts-noto-cjk; macOS: Google"
    " Chrome into /Applications), or name one in the variable WORKBENCH_BROWSER."
)


def find():
    """Path of the first browser that starts, or an empty string.

    `WORKBENCH_BROWSER` names one outright; then nothing else is tried.
    """
    named = os.environ.get("WORKBENCH_BROWSER")
    return next((path for path in ([named] if named else _candidates()) if _starts(path)), "")


def launch_arguments():
    """Arguments that keep a test browser quiet and away from every host but this machine."""
    root = ["--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
    return [
        *root,
        "--disable-gpu",
        "--no-first-run",
        "--no-proxy-server",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--disable-quic",
        "--disable-dev-shm-usage",
        "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
    ]


def _candidates():
    found = [path for path in map(shutil.which, COMMANDS) if path]
    found += [path for path in MAC if os.path.exists(path)]
    for pattern in PLAYWRIGHT:
        found += sorted(glob.glob(os.path.expanduser(pattern)), reverse=True)
    return found


def _starts(path):
    """Whether it runs: on Ubuntu `chromium-browser` may be a stub that only names a snap."""
    try:
        run = subprocess.run([path, "--version"], capture_output=True, timeout=60, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return run.returncode == 0


if __name__ == "__main__":
    print(find() or HOW)
    sys.exit(0 if find() else 1)
