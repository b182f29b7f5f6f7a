"""By the clock: what is due is done once, what was missed is made up for once, what is overdue is said."""

from __future__ import annotations

import datetime as dt
import http.server
import os
import re
import shlex
import shutil
import subprocess
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import report_worlds
import tiny_notebooks
from click.testing import CliRunner
from post_office import web

from workbench.cli import main
from workbench.errors import ReportError
from workbench.reports import due, engine, fallback, publish, state, timers
from workbench.reports.jobs import Job
from workbench.reports.notify import memory

DAILY = '[jobs.daily]\nnotebook = "tiny"\nwhen = "daily at 07:30"\n'
START = dt.datetime(2026, 11, 23, 12, 0, tzinfo=dt.UTC)
HOUR = dt.timedelta(hours=1)


@pytest.fixture
def workspace(tmp_path):
    made = tiny_notebooks.workspace(tmp_path / "ws", tiny="if x == 2: raise ValueError('no')")
    report_worlds.schedule(made, DAILY)
    return made


@pytest.fixture
def out(tmp_path):
    return tmp_path / "out"


def look(workspace, out, at) -> list[str]:
    return [found.status for found in due.run(workspace, out, now=at)]


def count(job: Path) -> int:
    return len(list(publish.newest(job)))


def command(*words: str, code: int = 0) -> str:
    result = CliRunner().invoke(main, ["report", *words], prog_name="workbench")
    assert result.exit_code == code, result.output
    assert "Traceback" not in result.output
    return result.output


def test_what_was_missed_is_made_up_for_once(workspace, out):
    assert look(workspace, out, START) == []  # new: it begins with its next moment
    assert look(workspace, out, START + 10 * HOUR) == []
    assert look(workspace, out, START + 20 * HOUR) == ["ok"]
    assert look(workspace, out, START + 21 * HOUR) == []
    assert look(workspace, out, START + 24 * 5 * HOUR) == ["ok"]
    assert look(workspace, out, START + 24 * 5 * HOUR + HOUR) == []
    assert state.read(out, "daily").slot == dt.datetime(2026, 11, 28, 7, 30, tzinfo=dt.UTC)


def test_a_clock_that_ran_ahead_does_not_stop_a_job_until_then(workspace, out):
    look(workspace, out, START)
    assert look(workspace, out, START + 20 * HOUR) == ["ok"]
    assert look(workspace, out, START + 24 * 900 * HOUR) == ["ok"]  # years ahead, and set right again
    assert look(workspace, out, START + 21 * HOUR) == []
    assert look(workspace, out, START + 44 * HOUR) == ["ok"]
    assert look(workspace, out, START + 43.4 * HOUR) == []  # a correction of minutes repeats nothing
    assert look(workspace, out, START + 45 * HOUR) == []


def test_two_that_look_at_once_do_the_work_once(workspace, out):
    look(workspace, out, START)
    with ThreadPoolExecutor(2) as pool:
        found = list(pool.map(lambda _: look(workspace, out, START + 20 * HOUR), range(2)))
    assert sorted(found) == [[], ["ok"]]
    assert count(out / "daily") == 1


def test_a_run_that_died_is_run_again(workspace, out):
    look(workspace, out, START)
    slot = dt.datetime(2026, 11, 24, 7, 30, tzinfo=dt.UTC)
    state.write(out, "daily", state.State(slot, state.RUNNING, slot))
    assert look(workspace, out, START + 20 * HOUR) == ["ok"]


def test_a_failure_is_not_repeated_before_its_next_moment(workspace, out):
    report_worlds.schedule(workspace, DAILY + "parameters = { x = 2 }\n")
    look(workspace, out, START)
    assert look(workspace, out, START + 20 * HOUR) == ["failed"]
    assert look(workspace, out, START + 21 * HOUR) == []
    (health,) = due.health(workspace, out, START + 22 * HOUR)
    assert health.sentence.startswith("It was due at 24 Nov 2026")
    assert "ValueError: no" in health.sentence
    assert look(workspace, out, START + 44 * HOUR) == ["failed"]
    assert count(out / "daily") == 2


def test_late_data_are_looked_at_again_until_they_have_come(tmp_path, out):
    workspace = report_worlds.world(tmp_path / "ws")
    job = '[jobs.spend]\nwhen = "daily at 07:30"\nfresh = "2026-03-18"\n'
    report_worlds.schedule(workspace, job)
    look(workspace, out, START)
    assert look(workspace, out, START + 20 * HOUR) == ["stale"]
    assert look(workspace, out, START + 20.1 * HOUR) == ["stale"]
    assert look(workspace, out, START + 21 * HOUR) == ["stale"]
    assert count(out / "spend") == 1
    assert "应于" in due.health(workspace, out, START + 22 * HOUR, lang="zh")[0].sentence
    report_worlds.load(workspace, report_worlds.export(tmp_path / "more.csv", last=dt.date(2026, 3, 18)))
    assert look(workspace, out, START + 22 * HOUR) == ["ok"]
    assert look(workspace, out, START + 23 * HOUR) == []


def test_a_job_that_does_not_fit_fails_and_leaves_the_others_alone(workspace, out):
    report_worlds.schedule(workspace, DAILY + '[jobs.broken]\nnotebook = "nothing"\nwhen = "hourly"\n')
    assert look(workspace, out, START) == ["failed"]
    assert look(workspace, out, START + 20 * HOUR) == ["failed", "ok"]
    assert count(out / "broken") == 1
    broken, daily = due.health(workspace, out, START + 20 * HOUR)
    assert (broken.good, daily.good) == (False, True)
    assert "Unknown notebook 'nothing'" in broken.sentence


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("--timeout", "inf"), 2, "is not in the range"),
        (("--timeout", "0"), 2, "is not in the range"),
        (("--job", "../elsewhere"), 1, "A job cannot be called '../elsewhere'."),
    ],
    ids=["endless", "none", "elsewhere"],
)
def test_what_no_report_can_take_is_refused_before_it_begins(workspace, out, words, code, said):
    assert said in command("run", "daily", *words, "-w", str(workspace), "--out", str(out), code=code)
    assert not out.exists()


@pytest.fixture
def office(out):
    """A webhook called `hook`, and what it took."""
    with web() as found:
        out.mkdir()
        service = f'[hook]\nkind = "webhook"\naddress = "http://127.0.0.1:{found.port}/in"\n'
        (out / "notify.toml").write_text(service, encoding="utf-8")
        yield found


def test_of_a_schedule_that_is_no_toml_those_are_told_whom_it_named_last(workspace, out, office):
    good = DAILY + 'notify = ["hook", "json://user:s3cret@127.0.0.1:1"]\n'
    for text in (good, good + "[jobs.", good + "[jobs.", good, good, good + "[jobs."):
        report_worlds.schedule(workspace, text)
        if text == good:
            assert look(workspace, out, START) == []
        else:
            with pytest.raises(ReportError, match="not valid TOML"):
                look(workspace, out, START)
    said = [body["message"] for _, _, body in office.taken]
    assert ["not valid TOML" in message for message in said] == [True, False, True]
    assert said[1] == "It works again."
    assert not any("report run" in message for message in said)
    assert [run["status"] for run in publish.runs(out / "schedule.toml")] == ["failed", "ok", "failed"]
    assert "s3cret" not in (out / fallback.FILE).read_text(encoding="utf-8")


def test_of_a_disk_that_keeps_nothing_those_are_told_once(workspace, out, office, tmp_path, monkeypatch):
    report_worlds.schedule(workspace, DAILY + 'notify = ["hook"]\n')
    look(workspace, out, START)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with monkeypatch.context() as patch:

        def full(*_: object) -> None:
            raise OSError(28, "No space left on device")

        for room, name in ((state, "write"), (publish, "write"), (memory, "note")):
            patch.setattr(room, name, full)
        assert [look(workspace, out, START + hours * HOUR) for hours in (20, 21)] == [["failed"], ["failed"]]
        assert len(office.taken) == 1
        assert "No space left on device" in office.taken[0][2]["message"]
    words = shlex.split(office.taken[0][2]["message"].split("with: ")[1].splitlines()[0])
    assert words[words.index("--out") + 1] == str(out)
    assert look(workspace, out, START + 22 * HOUR) == ["ok"]
    assert not list(tmp_path.glob(".workbench-full-*"))


def test_of_a_job_that_does_not_fit_those_are_told_whom_it_names_once_and_of_its_end(workspace, out, office):
    wrong = DAILY + 'parameters = { y = 1 }\nnotify = ["hook"]\n'
    report_worlds.schedule(workspace, wrong)
    assert look(workspace, out, START) == look(workspace, out, START + HOUR) == ["failed"]
    [(_, _, told)] = office.taken
    assert "Unknown parameter 'y'" in told["message"]
    report_worlds.schedule(workspace, wrong.replace("y = 1", "x = 1"))
    assert look(workspace, out, START + HOUR) == []
    assert look(workspace, out, START + 22 * HOUR) == ["ok"]
    assert "It works again." in office.taken[1][2]["message"]


def test_health_says_what_nobody_looks_at_and_what_was_missed(workspace, out):
    (never,) = due.health(workspace, out, START)
    assert (never.good, never.last) == (False, None)
    assert "workbench report due" in never.sentence
    look(workspace, out, START)
    assert due.health(workspace, out, START + 20 * HOUR)[0].good  # within its patience of an hour
    missed = due.health(workspace, out, START + 21 * HOUR)[0]
    assert missed.sentence.endswith("it was not run.")
    look(workspace, out, START + 22 * HOUR)
    (well,) = due.health(workspace, out, START + 23 * HOUR)
    assert (well.good, well.next) == (True, dt.datetime(2026, 11, 25, 7, 30, tzinfo=dt.UTC))


def test_the_commands_say_how_jobs_are(workspace, out):
    words = ("-w", str(workspace), "--out", str(out), "--lang", "en")
    assert "daily" in command("list", *words)
    assert "30 7 * * *" in command("schedule", "-w", str(workspace))
    assert command("due", *words) == ""
    assert "Nobody" not in command("health", *words)
    assert command("run", "daily", *words).startswith("Report: ")
    assert "Nothing has changed" in command("daily", *words)
    assert " ok " in command("history", *words)
    shown = command("show", "daily", *words)
    assert "report.html" in shown
    assert command("show", publish.runs(out / "daily")[0]["run"][:15], *words) == shown
    assert "No runs have an id" in command("show", "nothing", *words, code=1)
    command("run", "daily", "-p", "x=2", *words, code=1)
    report_worlds.schedule(workspace, DAILY + 'fresh = "yesterday"\n')
    assert "There are no data yet" in command("run", "daily", *words, code=3)
    report_worlds.schedule(workspace, DAILY + "colour = 1\n")
    assert "schedule.toml:4: Unknown key 'colour'" in command("run", "daily", *words, code=1)


class _Heard(http.server.BaseHTTPRequestHandler):
    asked: list[str]

    def do_GET(self) -> None:
        self.asked.append(self.path)
        self.send_response(500 if "broken" in self.path else 200)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        return


@pytest.fixture
def server():
    handler = type("Heard", (_Heard,), {"asked": []})
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as running:
        threading.Thread(target=running.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{running.server_port}", handler.asked
        running.shutdown()


def test_a_heartbeat_tells_success_from_everything_else(workspace, out, server, monkeypatch, caplog):
    address, asked = server
    monkeypatch.setenv("BEAT", f"{address}/secret")
    job = Job("tiny", heartbeat="${BEAT}")
    engine.carry_out(job, workspace, out)
    engine.carry_out(Job("bad", "tiny", {"x": 2}, heartbeat="${BEAT}"), workspace, out)
    engine.carry_out(Job("late", "tiny", fresh="1", heartbeat="${BEAT}"), workspace, out)
    assert asked == ["/secret", "/secret/fail", "/secret/fail"]
    for wrong in (f"{address}/broken", "${NO_SUCH}", "file:///etc/hostname"):
        assert engine.carry_out(Job("tiny", heartbeat=wrong), workspace, out).status == "ok"
    said = [record.getMessage() for record in caplog.records if record.name == "workbench.reports"]
    assert ["did not reach" in line for line in said] == [True, False, False]
    assert ["sent:" in line for line in said] == [False, True, True]
    assert "secret" not in caplog.text


def as_cron(line: str) -> subprocess.CompletedProcess[str]:
    """Run a line of a crontab as cron does: its environment, at home, `\\%` read as a percent sign."""
    written = line.split(None, 5)[5].replace("\\%", "%")
    environ = timers.bare()
    command = ["/bin/sh", "-c", written]
    return subprocess.run(
        command, env=environ, cwd=environ["HOME"], capture_output=True, text=True, check=False
    )


@pytest.fixture
def odd_place(tmp_path):
    """A workspace and a folder of reports as awkward as paths are, with a job that is due."""
    made = tiny_notebooks.workspace(tmp_path / "it's $HOME" / "ws", tiny=tiny_notebooks.HELLO)
    report_worlds.schedule(made, '[jobs.minutely]\nnotebook = "tiny"\nwhen = "* * * * *"\n')
    past = dt.datetime.now(dt.UTC) - HOUR
    state.write(tmp_path / "50% of it", "minutely", state.State(past, "ok", past))
    return made, tmp_path / "50% of it"


def printed(odd_place, kind: str, every: int = 5) -> str:
    workspace, out = odd_place
    return command(
        "schedule", "--print", kind, "--every", str(every), "-w", str(workspace), "--out", str(out)
    )


def test_the_line_of_a_crontab_runs_a_job(odd_place):
    line = printed(odd_place, "cron")
    assert line.startswith("*/5 * * * * ")
    run = as_cron(line.strip())
    assert run.returncode == 0, run.stderr
    assert run.stdout.startswith("Report: ")
    assert publish.runs(odd_place[1] / "minutely")[0]["status"] == "ok"


def _units(odd_place, folder: Path) -> dict[str, Path]:
    folder.mkdir()
    for part in printed(odd_place, "systemd").split("# ~/.config/systemd/user/")[1:]:
        name, _, content = part.partition("\n")
        (folder / name).write_text(content.partition("\n# systemctl")[0], encoding="utf-8")
    return {file.suffix: file for file in folder.iterdir()}


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="systemd-analyze is not on this machine")
def test_systemd_takes_the_units(odd_place, tmp_path):
    units = _units(odd_place, tmp_path / "units")
    found = subprocess.run(
        ["systemd-analyze", "--user", "verify", *map(str, units.values())],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "XDG_RUNTIME_DIR": str(tmp_path)},
    )
    assert (found.returncode, found.stderr) == (0, "")


def test_the_command_of_the_unit_is_the_one_of_the_crontab(odd_place, tmp_path):
    """Read as systemd reads it: quotes off, `%%` and `$$` are single; then it is what the test above ran."""
    service = _units(odd_place, tmp_path / "units")[".service"].read_text(encoding="utf-8")
    line = next(line for line in service.splitlines() if line.startswith("ExecStart="))
    words = shlex.split(line.partition("=")[2].replace("%%", "%").replace("$$", "$"))
    assert words == timers.due(*odd_place)


def as_systemd(service: str) -> subprocess.CompletedProcess[str]:
    """Run a oneshot service of a user as systemd does: no shell, and no environment but what it sets."""
    lines = [line.partition("=")[::2] for line in service.splitlines() if "=" in line]
    setting = {name: [value for key, value in lines if key == name] for name, _ in lines}
    assert set(setting) == {"Description", "Type", "Environment", "ExecStart", "TimeoutStartSec"}
    person = timers.bare()
    base = {name: person[name] for name in ("HOME", "LOGNAME", "SHELL")} | {"PATH": "/usr/bin:/bin"}
    given = [shlex.split(value.replace("%%", "%"))[0].split("=", 1) for value in setting["Environment"]]
    words = shlex.split(setting["ExecStart"][0].replace("%%", "%").replace("$$", "$"))
    assert Path(words[0]).is_absolute()
    return subprocess.run(
        words, env=base | dict(given), cwd=person["HOME"], capture_output=True, text=True, check=False
    )


def test_the_printed_service_runs_a_job(odd_place, tmp_path, monkeypatch):
    monkeypatch.setenv("WORKBENCH_HOME", str(tmp_path / "50% of $HOME"))
    service = _units(odd_place, tmp_path / "units")[".service"].read_text(encoding="utf-8")
    assert f'Environment="WORKBENCH_HOME={tmp_path}/50%% of $HOME"' in service
    run = as_systemd(service)
    assert run.returncode == 0, run.stderr
    assert publish.runs(odd_place[1] / "minutely")[0]["status"] == "ok"


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="systemd-analyze is not on this machine")
@pytest.mark.parametrize("every", [1, 5, 20])
def test_systemd_looks_when_the_crontab_would(every):
    from cronsim import CronSim

    timer = timers.systemd(Path("/w"), Path("/r"), every)[f"{timers.UNIT}.timer"]
    calendar = next(line.partition("=")[2] for line in timer.splitlines() if line.startswith("OnCalendar="))
    base = "2026-11-29 05:58:30 UTC"
    command = ["systemd-analyze", "calendar", "--iterations=4", f"--base-time={base}", calendar]
    said = subprocess.run(command, capture_output=True, text=True, check=True, env={"TZ": "UTC"}).stdout
    found = re.findall(r"(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d) UTC", said)
    line = timers.cron(Path("/w"), Path("/r"), every)
    ours = CronSim(" ".join(line.split()[:5]), dt.datetime(2026, 11, 29, 5, 58, 30, tzinfo=dt.UTC))
    assert list(dict.fromkeys(found)) == [f"{next(ours):%Y-%m-%d %H:%M:%S}" for _ in range(4)]


def test_a_job_is_tried_in_the_bare_environment_of_cron(workspace, out, monkeypatch):
    monkeypatch.setenv("PRIVATE_DATABASE", "here")
    said = command("check", "daily", "-w", str(workspace), "--lang", "en")
    assert said == "daily works in the bare environment of cron.\n"
    assert not (workspace / "reports" / "daily").exists()
    needs = "import os\nif x == 1: os.environ['PRIVATE_DATABASE']"
    tiny_notebooks.write(workspace / "notebooks" / "tiny.ipynb", needs)
    failed = command("check", "daily", "-w", str(workspace), "--lang", "en", code=1)
    assert "KeyError: 'PRIVATE_DATABASE'" in failed
    assert "exit code of daily is 1" in failed


@pytest.mark.soak
@pytest.mark.skipif(not (shutil.which("cron") and os.getuid() == 0), reason="needs Debian's cron, as root")
def test_debians_cron_runs_the_printed_line(odd_place):
    line, job = printed(odd_place, "cron", every=1), odd_place[1] / "minutely"
    kept = subprocess.run(["crontab", "-l"], capture_output=True, text=True, check=False).stdout
    subprocess.run(["crontab", "-"], input=line, text=True, check=True)
    cron = subprocess.Popen(["cron", "-f"])
    try:
        until = time.monotonic() + 200
        while time.monotonic() < until and not publish.runs(job):
            time.sleep(1)
    finally:
        cron.terminate()
        cron.wait()
        subprocess.run(["crontab", "-"] if kept else ["crontab", "-r"], input=kept, text=True, check=True)
    assert publish.runs(job)[0]["status"] == "ok"


def test_a_folder_that_takes_nothing_fails_its_job_and_no_other(workspace, out, monkeypatch):
    report_worlds.schedule(workspace, DAILY + DAILY.replace("daily]", "other]"))
    look(workspace, out, START)
    write = state.write

    def full(root, job, kept):
        if job == "daily":
            raise OSError(28, "No space left on device")
        write(root, job, kept)

    monkeypatch.setattr(state, "write", full)
    first, second = due.run(workspace, out, now=START + 20 * HOUR)
    assert (first.status, second.status) == ("failed", "ok")
    assert "No space left on device" in first.error
