"""Lines for the schedulers that a system has: cron and systemd call `workbench report due`."""

from __future__ import annotations

import os
import pwd
import shlex
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

import workbench

KEPT = ("WORKBENCH_HOME", "PYTHONPATH")
"""Variables without which the command would not be the one that is typed here; secrets are none of them."""
UNIT = "workbench-reports"
_CRON_PATH = "/usr/bin:/bin"
_TIDY = 10.0
"""Seconds that a command may take to end."""


def command(*words: str) -> list[str]:
    """The command `workbench report WORDS…`, by this Python, wherever it is called from."""
    return [sys.executable, "-P", "-m", "workbench", "report", *words]


def variables() -> dict[str, str]:
    """Variables that a scheduler must set, as they are set here."""
    set_here = {name: os.environ[name] for name in KEPT if os.environ.get(name)}
    package = str(Path(workbench.__file__).parents[1])
    if package not in set_here.get("PYTHONPATH", "").split(os.pathsep):
        set_here.pop("PYTHONPATH", None)  # an installed package is found without
    return set_here


def due(workspace: Path, root: Path) -> list[str]:
    """The command that carries out what is due."""
    return command("due", "--workspace", str(workspace), "--out", str(root))


def cron(workspace: Path, root: Path, minutes: int = 5) -> str:
    """The line of a crontab that looks every so many minutes.

    Args:
        workspace: Folder of the workspace.
        root: Folder of the reports.
        minutes: From 1 to 59.
    """
    return f"{_every(minutes)} * * * * {_escaped(_shell(due(workspace, root)))}"


def systemd(workspace: Path, root: Path, minutes: int = 5) -> dict[str, str]:
    """A service and its timer: file name → content.

    Args:
        workspace: Folder of the workspace.
        root: Folder of the reports.
        minutes: From 1 to 59.
    """
    set_here = "".join(f"Environment={_named(f'{name}={value}')}\n" for name, value in variables().items())
    service = (
        "[Unit]\nDescription=Reports of the workbench that are due\n\n"
        f"[Service]\nType=oneshot\n{set_here}"
        f"ExecStart={' '.join(map(_quoted, due(workspace, root)))}\nTimeoutStartSec=infinity\n"
    )
    timer = (
        f"[Unit]\nDescription=Look every {minutes} minutes whether reports are due\n\n"
        f"[Timer]\nOnCalendar=*:0/{minutes}\nPersistent=true\n\n"
        "[Install]\nWantedBy=timers.target\n"
    )
    return {f"{UNIT}.service": service, f"{UNIT}.timer": timer}


def in_cron(words: Sequence[str], timeout: float) -> subprocess.CompletedProcess[str]:
    """Run `workbench report WORDS…` in the bare environment that cron gives, through `sh`, at home.

    Args:
        words: After `report`.
        timeout: Seconds it may take.

    Raises:
        subprocess.TimeoutExpired: when it takes longer.
    """
    environ = bare()
    process = subprocess.Popen(
        ["/bin/sh", "-c", _shell(command(*words))],
        env=environ,
        cwd=environ["HOME"],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        said, failed = process.communicate(timeout=timeout)
    except BaseException:
        _end(process)
        raise
    return subprocess.CompletedProcess(process.args, process.returncode, said, failed)


def _end(process: subprocess.Popen[str]) -> None:
    """End a shell and the command in it, which may tidy up before."""
    for sent in (signal.SIGTERM, signal.SIGKILL):
        with suppress(ProcessLookupError):
            os.killpg(process.pid, sent)
        with suppress(subprocess.TimeoutExpired):
            process.communicate(timeout=_TIDY)


def bare() -> dict[str, str]:
    """The whole environment of a job of cron."""
    person = pwd.getpwuid(os.getuid())
    home = person.pw_dir if Path(person.pw_dir).is_dir() else "/"
    return {"HOME": home, "LOGNAME": person.pw_name, "SHELL": "/bin/sh", "PATH": _CRON_PATH}


def _every(minutes: int) -> str:
    return "*" if minutes == 1 else f"*/{minutes}"


def _shell(words: Sequence[str], set_here: Mapping[str, str] | None = None) -> str:
    """A command as a shell reads it, with the variables before it."""
    known = variables() if set_here is None else set_here
    return " ".join([*(f"{name}={shlex.quote(value)}" for name, value in known.items()), shlex.join(words)])


def _escaped(line: str) -> str:
    """A command as cron takes it: a percent sign would end the line."""
    return line.replace("%", "\\%")


def _named(word: str) -> str:
    """A word as systemd reads it in a setting: quotes, backslashes and specifiers mean themselves."""
    plain = word.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%")
    return f'"{plain}"'


def _quoted(word: str) -> str:
    """A word of a command as systemd reads it: there variables, too, mean themselves."""
    return _named(word.replace("$", "$$"))
