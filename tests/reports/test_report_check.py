"""`workbench report check` says who could not be told, without telling anybody."""

from __future__ import annotations

import shlex
import subprocess
import sys

import pytest
import tiny_notebooks
from click.testing import CliRunner

from workbench.cli import main
from workbench.reports import timers

SECRET = "s3cr3t-0f-th3-t3st"


def test_a_trial_that_is_given_up_leaves_no_process_behind(tmp_path, monkeypatch):
    """The command is one of two, so that the shell stays beside it, and writes down that it heard."""
    code = (
        "import pathlib, signal, sys, time; here = pathlib.Path(sys.argv[1])\n"
        "signal.signal(signal.SIGTERM, lambda *_: (here.write_text('ended'), sys.exit(0)))\n"
        "here.write_text('begun'); time.sleep(60)"
    )
    mark = tmp_path / "mark"
    line = f"{shlex.join([sys.executable, '-S', '-c', code, str(mark)])}; true"
    monkeypatch.setattr(timers, "_shell", lambda *_: line)
    with pytest.raises(subprocess.TimeoutExpired):
        timers.in_cron([], 1.5)
    assert mark.read_text() == "ended"


def test_check_says_who_could_not_be_told_and_never_a_secret(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    done = subprocess.CompletedProcess([], 0, "", "")
    monkeypatch.setattr("workbench.reports.timers.in_cron", lambda *_: done)
    place = tiny_notebooks.workspace(tmp_path / "ws", weekly="1", other="1")
    team = '[team]\nkind = "dingtalk"\ntoken = "env:DING"\n[chat]\nkind = "slack"\nwebhook = "env:HOOK"\n'
    root = place / "reports"
    root.mkdir()
    (root / "notify.toml").write_text(team, encoding="utf-8")
    named = 'notify = ["team", "tem", "env:ADDRESS"]\nheartbeat = "https://x/${BEAT}"'
    (root / "schedule.toml").write_text(
        f"[jobs.weekly]\n{named}\n[jobs.other]\nnotify = ['chat']\n", encoding="utf-8"
    )
    for name in ("DING", "ADDRESS", "BEAT"):
        monkeypatch.delenv(name, raising=False)
    result = CliRunner().invoke(main, ["report", "check", "weekly", "-w", str(place)])
    assert result.exit_code == 1
    assert "notify.toml, line 3, team.token: The variable DING is not set." in result.output
    assert "Unknown service 'tem'" in result.output
    assert "The variable ADDRESS is not set." in result.output
    assert "BEAT" in result.output
    monkeypatch.setenv("HOOK", SECRET)
    result = CliRunner().invoke(main, ["report", "check", "other", "-w", str(place)])
    assert result.exit_code == 1, "it is no address of that kind"
    assert "Service 'chat' cannot be used as it is set." in result.output
    assert SECRET not in result.output
    for name in ("DING", "BEAT"):
        monkeypatch.setenv(name, "a0" * 32)
    monkeypatch.setenv("ADDRESS", f"json://user:{SECRET}@127.0.0.1:1")
    (root / "notify.toml").write_text(
        team + '[tem]\nkind = "webhook"\naddress = "https://x"\n', encoding="utf-8"
    )
    result = CliRunner().invoke(main, ["report", "check", "weekly", "-w", str(place)])
    assert result.exit_code == 0, result.output
    assert "must hand over: ADDRESS, BEAT, DING (" in result.output
    assert SECRET not in result.output
    assert "a0a0" not in result.output
