"""`make app`: the workspace, its reports once, then the apps. Variables: DATA, PORT, PUBLIC_URL."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from workbench import data
from workbench.cli.imports import import_folder

WORKBENCH = str(Path(sys.executable).with_name("workbench"))


def main() -> None:
    """Make or fill the workspace, report on it, then become the server."""
    exports = os.environ.get("DATA", "")
    workspace = import_folder(None, Path(exports).resolve().stem) if exports else Path("demo")
    first = ("import", exports, "--to", str(workspace)) if exports else ("demo",)
    code = subprocess.call([WORKBENCH, *first])
    if code and not (exports and workspace.is_dir() and data.open(workspace).tables):
        sys.exit(code)
    print(flush=True)
    subprocess.call([WORKBENCH, "report", "--all", "--workspace", str(workspace)])
    print(flush=True)
    options = {"--port": os.environ.get("PORT"), "--public-url": os.environ.get("PUBLIC_URL")}
    given = [part for name, value in options.items() if value for part in (name, value)]
    os.execv(WORKBENCH, [WORKBENCH, "app", "--workspace", str(workspace), *given])


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit(130)
