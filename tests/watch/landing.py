"""Reports to land, the real command that watches, and what a workspace holds then."""

from __future__ import annotations

import datetime as dt
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import workbench as wb

HEAD = "Day,Customer ID,Campaign,Campaign ID,Currency code,Impr.,Clicks,Cost,Conversions,Conv. value\n"


def report(account="acct", clicks=10, days=3, campaigns=1):
    """A Google Ads report."""
    start, numbers = dt.date(2026, 1, 1), f"{clicks * 100},{clicks},{clicks}.00,1,5.00"
    return HEAD + "".join(
        f"{start + dt.timedelta(days=day)},{account},Brand {number},{number},USD,{numbers}\n"
        for day in range(days)
        for number in range(campaigns)
    )


def until(true, seconds=60):
    """Wait for something to become true."""
    deadline = time.monotonic() + seconds
    while not (found := true()):
        assert time.monotonic() < deadline, "it never came"
        time.sleep(0.05)
    return found


def clicks(store):
    """Clicks by account, as the newest version holds them."""
    store.refresh()
    if "performance" not in store.tables:
        return {}
    rows = store.query("SELECT account, sum(clicks) AS n FROM performance GROUP BY 1").to_pylist()
    return {row["account"]: row["n"] for row in rows}


class Command:
    """`workbench watch` in a process of its own."""

    def __init__(self, folder, workspace, *options):
        self.log = Path(workspace).with_name("log.txt")
        command = [sys.executable, "-m", "workbench", "watch", str(folder), "-w", str(workspace)]
        with self.log.open("ab") as stream:
            self.process = subprocess.Popen(
                [*command, "--settle", "0.2", *options],
                stdout=stream,
                stderr=stream,
                env={**os.environ, "PYTHONPATH": str(Path(wb.__file__).parents[1]), "PYTHONUNBUFFERED": "1"},
            )

    def said(self, words):
        """Wait until it has said some words; everything it said."""
        return until(
            lambda: (text := self.log.read_text("utf-8")) if words in self.log.read_text("utf-8") else ""
        )

    def stop(self, number=signal.SIGTERM):
        """Ask it to end; its exit code."""
        self.process.send_signal(number)
        return self.process.wait(60)
