"""Jobs that run unattended: batches, late data, held imports, as-of, and notebooks that misbehave."""

from __future__ import annotations

import datetime as dt
import importlib.machinery
import json
import os
import resource
import signal
import subprocess
import sys
import time
import types
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest
import report_worlds
import tiny_notebooks
from click.testing import CliRunner
from report_worlds import CAMPAIGNS

from workbench import data, errors, reports
from workbench import published as shown
from workbench.cli import main
from workbench.reports import engine, execute, publish, runner, state, when
from workbench.reports.engine import How
from workbench.reports.jobs import Job

SPEND = Job("spend")


@pytest.fixture
def out(tmp_path):
    return tmp_path / "out"


@pytest.fixture(scope="module")
def spent(tmp_path_factory):
    """A workspace that tests only read."""
    return report_worlds.world(tmp_path_factory.mktemp("spent") / "ws")


def command(*words: str, code: int = 0, **env: str) -> str:
    result = CliRunner().invoke(main, ["report", *words], prog_name="workbench", env=env)
    assert result.exit_code == code, result.output
    assert "Traceback" not in result.output
    return result.output


def published(job: Path) -> list[str]:
    return sorted(
        file.parent.name for file in job.glob("[!.]*/manifest.json") if not file.parent.is_symlink()
    )


def costs(result) -> dict[str, float]:
    return {run.member: run.manifest["figures"][0]["value"] for run in result.runs}


def test_a_batch_is_one_report_for_each_member_at_one_data_version(spent, out):
    job = Job("spend", batch="campaign", jobs=2)
    found = engine.carry_out(job, spent, out)
    assert found.status == "ok"
    assert costs(found) == {name: 3.0 * (at + 1) for at, name in enumerate(CAMPAIGNS)}
    assert {run.manifest["data_version"] for run in found.runs} == {1}
    assert len(published(out / "spend")) == 3
    for run in found.runs:
        assert (out / "spend" / f"latest-{publish.in_path(run.member)}").resolve() == run.folder
        assert run.member in run.html.read_text(encoding="utf-8")
        assert set(run.manifest["files"]) == {"report.html", "report.ipynb"}
    again = engine.carry_out(job, spent, out)
    assert all(run.reused for run in again.runs)
    assert len(published(out / "spend")) == 3
    some = engine.carry_out(
        Job("one", "spend", batch="campaign", members=("Autumn", "Brnd 品牌")), spent, out
    )
    assert [(run.member, run.status) for run in some.runs] == [("Autumn", "ok"), ("Brnd 品牌", "failed")]
    assert some.error.startswith("Unknown member 'Brnd 品牌'. Did you mean 'Brand 品牌'?")


ASKED = ("job", "batch", "member", "parameters", "lang", "currency", "timezone", "formats", "past")
"""What the manifest of a run says of what was asked for."""


def test_one_of_a_batch_is_made_again_and_no_other(spent, out):
    where = ("-w", str(spent), "--out", str(out))
    command("run", "spend", "--batch", "campaign", "--member", CAMPAIGNS[1], "--job", "mine", "--as-of", "1",
            "-p", "currency=EUR", "--lang", "zh", *where)  # fmt: skip
    (one,) = shown.every(out)
    assert (one.job, one.member) == ("mine-v1", CAMPAIGNS[1])
    command("run", *shown.again(one), "--force", *where)
    first, second = ([run[key] for key in ASKED] for run in publish.runs(out / "mine-v1"))
    assert first == second
    said = command("run", "spend", "--batch", "campaign", "--member", "Autum", *where, code=1)
    assert "Did you mean 'Autumn'?" in said
    assert "no batch" in command("run", "spend", "--member", "Autumn", *where, code=1)


def test_a_batch_is_done_once_each_member_that_failed_is_mended(tmp_path, out):
    workspace = report_worlds.world(tmp_path / "ws", "1")
    job = Job("spend", batch="campaign", when="0 0 * * *")
    slot = when.before(job.when, dt.datetime.now(dt.UTC), job.zone)
    stood = state.State(slot, "failed", slot, "No.")
    engine.carry_out(job, workspace, out)  # all of them, by hand
    for name in CAMPAIGNS[:2]:
        runner.note(out, "spend", "failed", "No.", {"member": name})
    state.write(out, "spend", stood)
    again = How(force=True, members=CAMPAIGNS[:1])
    assert [run.member for run in engine.carry_out(job, workspace, out, again).runs] == ["Autumn"]
    assert state.read(out, "spend") == stood
    engine.carry_out(job, workspace, out, replace(again, members=CAMPAIGNS[1:2]))
    assert state.read(out, "spend").status == "ok"
    waiting = state.State(slot - dt.timedelta(days=1), "ok", slot)
    state.write(out, "spend", waiting)
    engine.carry_out(job, workspace, out, again)
    assert state.read(out, "spend") == waiting, "one member is not the whole batch of today"


def test_two_runners_at_once_do_the_work_once(spent, out):
    job = Job("spend", batch="campaign", members=CAMPAIGNS[:2])
    with ThreadPoolExecutor(2) as pool:
        found = list(pool.map(lambda _: engine.carry_out(job, spent, out), range(2)))
    assert [result.status for result in found] == ["ok", "ok"]
    assert len(published(out / "spend")) == 2
    assert sorted(run.reused for result in found for run in result.runs) == [False, False, True, True]


def _killed(workspace: Path, out: Path, members: int) -> set[str]:
    """Runs that stand after a batch was killed as soon as so many of its members were published."""
    words = ["report", "run", "slow", "--batch", "campaign", "--jobs", "2", "-w", str(workspace)]
    process = subprocess.Popen(
        [sys.executable, "-m", "workbench", *words, "--out", str(out)],
        start_new_session=True,
        stdout=subprocess.DEVNULL,
    )
    until = time.monotonic() + 120
    while time.monotonic() < until and len(published(out / "slow")) < members and process.poll() is None:
        time.sleep(0.02)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    return set(published(out / "slow"))


def _whole(out: Path) -> dict[str, str]:
    """Run → member of every run that can be seen, each looked at: it is a whole report."""
    found = {}
    for name in published(out):
        manifest = json.loads((out / name / "manifest.json").read_text(encoding="utf-8"))
        assert manifest["status"] == "ok"
        assert "</html>" in (out / name / "report.html").read_text(encoding="utf-8")
        found[name] = manifest["member"]
    return found


def test_a_batch_that_was_killed_goes_on_where_it_was(tmp_path, out):
    workspace = report_worlds.world(tmp_path / "ws", "import time; time.sleep(1)", name="slow")
    stood = _killed(workspace, out, 1)
    before = _whole(out / "slow")
    assert set(before) == stood
    assert 1 <= len(before) < 3
    said = command("run", "slow", "--batch", "campaign", "-w", str(workspace), "--out", str(out))
    after = _whole(out / "slow")
    assert sorted(after.values()) == sorted(CAMPAIGNS)
    assert before.items() <= after.items()
    assert said.count("Nothing has changed") == len(before)
    assert not list((out / "slow").glob(".part-*"))


@pytest.mark.soak
def test_kills_at_any_moment_of_twenty_never_show_half_a_report(tmp_path, out, monkeypatch):
    names = tuple(f"Campaign {at:02d}" for at in range(20))
    monkeypatch.setattr(report_worlds, "CAMPAIGNS", names)
    workspace = report_worlds.world(tmp_path / "ws", "import time; time.sleep(0.2)", name="slow")
    seen: dict[str, str] = {}
    for members in (1, 3, 7, 12, 18, 19):
        _killed(workspace, out, members)
        stands = _whole(out / "slow")
        assert seen.items() <= stands.items()
        seen = stands
    command("run", "slow", "--batch", "campaign", "-w", str(workspace), "--out", str(out))
    assert sorted(_whole(out / "slow").values()) == sorted(names)


def test_last_months_report_gives_last_months_digits_and_todays_says_what_moved(tmp_path, out):
    workspace = report_worlds.world(tmp_path / "ws")
    first = engine.carry_out(SPEND, workspace, out).runs[0]
    report_worlds.load(workspace, report_worlds.export(tmp_path / "second.csv", factor=1.25))
    today = engine.carry_out(SPEND, workspace, out).runs[0]
    then = engine.carry_out(SPEND, workspace, out, How(as_of=first.manifest["data_version"])).runs[0]
    figures = [run.manifest["figures"][0]["value"] for run in (first, today, then)]
    assert figures == [18.0, 22.5, 18.0]
    assert "COST 18.0" in then.html.read_text(encoding="utf-8")
    assert (then.moved, then.job, then.manifest["data_version"]) == ((), "spend-v1", 1)
    (sentence,) = today.moved
    assert sentence.startswith("Cost, 1 Mar 2026 – 31 Mar 2026: €22.50, where the report of ")
    assert "€18.00 (+25.0%)" in sentence
    assert sentence in today.html.read_text(encoding="utf-8")
    assert today.manifest["moved"][0]["data_version"] == 1
    assert first.moved == ()
    assert "€22.50" in command("show", "spend", "-w", str(workspace), "--out", str(out))


def test_a_panel_keeps_its_totals_and_those_compared_with(demo_store, out):
    options = {"out": out, "workspace": demo_store.path, "lang": "en"}
    run = reports.run("campaigns", {"period": "2026-10", "compare": "2026-09"}, **options)
    kept = {(item["name"], item["start"]): item["value"] for item in run.manifest["figures"]}
    import workbench as wb

    table = wb.metrics.kpis(demo_store, by=[], metrics=["cost"], period="2026-10", compare="2026-09").table
    assert kept["cost", "2026-10-01"] == table["cost"].iloc[0]
    assert kept["cost", "2026-09-01"] == table["cost_before"].iloc[0]


def test_late_data_are_stale_once_in_the_history_and_never_a_success(spent, out):
    job = Job("spend", fresh="yesterday")
    found = engine.carry_out(job, spent, out)
    assert (found.status, engine.EXIT[found.status]) == ("stale", 3)
    assert found.error.startswith("The data reach 15 Mar 2026, and this report needs them up to ")
    assert not engine.carry_out(job, spent, out).runs[0].folder.samefile(out)
    assert len(published(out / "spend")) == 1
    assert not (out / "spend" / "latest").exists()


def test_one_account_that_lags_can_be_waited_for(tmp_path):
    from workbench.reports import fresh

    workspace = report_worlds.world(tmp_path / "ws")
    file = report_worlds.export(tmp_path / "other.csv", last=dt.date(2026, 3, 12))
    data.load(data.open(workspace), str(file), currency="EUR", channel="display", account="Late")
    now, store = dt.datetime(2026, 3, 16, 6, tzinfo=dt.UTC), data.open(workspace)
    assert fresh.lateness(Job("spend", fresh="1"), store, "en", now) == ""
    waits = Job("spend", fresh="1", fresh_by="account")
    assert fresh.lateness(waits, store, "en", now).startswith("The data of Late do not reach 15 Mar 2026")
    assert "数据未到" in fresh.lateness(waits, store, "zh", now)


def test_an_import_that_needs_a_look_holds_the_report_until_somebody_looked(tmp_path, out):
    workspace = report_worlds.world(tmp_path / "ws")
    odd = report_worlds.export(tmp_path / "in" / "odd.csv", last=dt.date(2026, 3, 18))
    odd.write_text(odd.read_text(encoding="utf-8").replace(",5,1.00", ",x,1.00"), encoding="utf-8")
    job = Job("spend", imports=(str(odd.parent),))
    held = engine.carry_out(job, workspace, out)
    assert (held.status, engine.EXIT[held.status]) == ("held", 4)
    assert held.error.startswith("The import of odd.csv needs a look")
    assert data.open(workspace).as_of == dt.date(2026, 3, 15)
    assert engine.carry_out(job, workspace, out).runs[0].reused
    assert data.load(data.open(workspace), str(odd)).status == "REVIEW"
    released = engine.carry_out(job, workspace, out)
    assert released.status == "ok"
    assert data.open(workspace).as_of == dt.date(2026, 3, 18)


def test_a_job_may_accept_what_needs_a_look(tmp_path, out):
    workspace = report_worlds.world(tmp_path / "ws")
    odd = report_worlds.export(tmp_path / "odd.csv", last=dt.date(2026, 3, 18))
    odd.write_text(odd.read_text(encoding="utf-8").replace(",5,1.00", ",x,1.00"), encoding="utf-8")
    job = Job("spend", imports=(str(odd),), reviews="accept", fresh="2026-03-18")
    assert engine.carry_out(job, workspace, out).status == "ok"


def test_a_job_imports_first_and_a_file_that_is_none_fails_it(tmp_path, out):
    workspace = report_worlds.world(tmp_path / "ws")
    report_worlds.export(tmp_path / "in" / "more.csv", last=dt.date(2026, 3, 18))
    job = Job("spend", imports=("../in",), fresh="2026-03-18")
    found = engine.carry_out(job, workspace, out)
    assert (found.status, data.open(workspace).as_of) == ("ok", dt.date(2026, 3, 18)), found.error
    (tmp_path / "in" / "bad.csv").write_text("a,b\n1,2\n", encoding="utf-8")
    failed = engine.carry_out(job, workspace, out)
    assert failed.status == "failed"
    assert failed.error.startswith("bad.csv could not be imported, so no report was made: ")


def test_a_wrong_parameter_of_a_job_is_one_sentence_1_and_in_the_history(spent, out):
    found = engine.carry_out(Job("wrong", "spend", {"x": "1"}), spent, out)
    assert (found.status, engine.EXIT[found.status]) == ("failed", 1)
    assert found.error.startswith("spend: Parameter 'x' takes int, not '1'")
    assert found.runs[0].folder.name in command("history", "wrong", "-w", str(spent), "--out", str(out))


MISBEHAVE = """
import sys, time
if x == 2: raise ValueError("no\\nsuch thing")
if x == 3: time.sleep(60)
if x == 4:
    while True: print("x" * 100_000)
if x == 5:
    import resource, tempfile
    resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, 300_000))
    open(tempfile.gettempdir() + "/big", "wb").write(b"z" * 2_000_000)
"""


@pytest.mark.parametrize(
    ("x", "sentence"),
    [
        (2, "Cell [3] stopped with ValueError: no such thing."),
        (3, "The report was stopped after 2 seconds"),
        (4, "The notebook was stopped because it printed more than 5 MB of text"),
        (5, "Cell [3] stopped with OSError: [Errno 27] File too large"),
    ],
)
def test_a_notebook_that_misbehaves_is_one_sentence_1_and_in_the_history(tmp_path, out, x, sentence):
    workspace = tiny_notebooks.workspace(tmp_path / "ws", odd=MISBEHAVE)
    words = ("-w", str(workspace), "--out", str(out), "--lang", "en")
    said = command("run", "odd", "-p", f"x={x}", *words, "--timeout", "2" if x == 3 else "60", code=1)
    assert said.startswith(sentence)
    assert len(said.splitlines()) == 2
    (run,) = published(out / "odd")
    assert {file.name for file in (out / "odd" / run).iterdir()} == {"report.ipynb", "manifest.json"}
    assert (out / "odd" / run / "report.ipynb").stat().st_size < 1e6 * execute.PRINTED_MB * 1.2
    assert run in command("history", *words)


def test_a_notebook_that_removes_its_own_folder_is_one_sentence_1_and_in_the_history(tmp_path, out):
    code = (
        f"import shutil, pathlib\nfor one in pathlib.Path({str(out)!r}).glob('*/.part-*'): shutil.rmtree(one)"
    )
    workspace = tiny_notebooks.workspace(tmp_path / "ws", odd=code)
    said = command("run", "odd", "-w", str(workspace), "--out", str(out), "--lang", "en", code=1)
    assert said.startswith("The folder of the run was removed while it was made")
    (name,) = published(out / "odd")
    assert {file.name for file in (out / "odd" / name).iterdir()} == {"manifest.json"}


def test_a_disk_that_renames_nothing_is_one_sentence(tmp_path, monkeypatch):
    def refuse(*_: object) -> None:
        raise OSError(116, "Stale file handle")

    monkeypatch.setattr(Path, "rename", refuse)
    with pytest.raises(errors.ReportError, match="Stale file handle"), publish.part(tmp_path / "job") as made:
        publish.publish(made, tmp_path / "job", "0" * 64, {"status": "ok"})
    assert not list((tmp_path / "job").iterdir())


@pytest.mark.parametrize("mode", [0o700, 0o750, 0o755])
def test_who_may_look_into_a_job_may_look_into_its_runs(tmp_path, mode):
    job = tmp_path / "job"
    job.mkdir()
    job.chmod(mode)
    with publish.part(job) as made:
        found = publish.publish(made, job, "0" * 64, {"status": "ok"})
    assert found.stat().st_mode & 0o777 == mode


def test_a_full_disk_is_one_sentence_1_and_in_the_history(tmp_path, out):
    """A limit on the size of files stands for the disk."""
    workspace = tiny_notebooks.workspace(tmp_path / "ws", odd="print('y' * 400_000)")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, before[1]))
    try:
        said = command("run", "odd", "-w", str(workspace), "--out", str(out), "--lang", "en", code=1)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert said.startswith("The report could not be written: File too large. Free some space")
    (name,) = published(out / "odd")
    assert {file.name for file in (out / "odd" / name).iterdir()} == {"manifest.json"}


def test_only_passing_faults_are_tried_again(tmp_path, out, monkeypatch):
    code = """
from pathlib import Path
tries = Path("tries")
tries.write_text(tries.read_text() + "x" if tries.exists() else "x")
if len(tries.read_text()) < 3: raise ConnectionResetError("gone") if x == 1 else ValueError("no")
"""
    workspace = tiny_notebooks.workspace(tmp_path / "ws", shaky=code)
    waited: list[float] = []
    monkeypatch.setattr("workbench.reports.ending.within", waited.append)
    found = engine.carry_out(Job("shaky", retries=2, wait=8), workspace, out)
    assert (found.status, found.runs[0].manifest["attempts"]) == ("ok", 3)
    long = [seconds for seconds in waited if seconds > 1]
    assert [round(seconds / base) for seconds, base in zip(long, (8, 16), strict=True)] == [1, 1]
    (workspace / "notebooks" / "tries").unlink()
    found = engine.carry_out(Job("other", "shaky", {"x": 2}, retries=2), workspace, out)
    assert (found.status, found.runs[0].manifest["attempts"]) == ("failed", 1)


def test_old_runs_go_but_the_newest_success_stays(tmp_path, out):
    workspace = tiny_notebooks.workspace(tmp_path / "ws", tiny="if x > 5: raise ValueError(x)")
    for x in (1, 2, 6, 7):
        engine.carry_out(Job("tiny", parameters={"x": x}), workspace, out)
    assert [run["parameters"]["x"] for run in publish.newest(out / "tiny")] == [7, 6, 2, 1]
    assert publish.prune(out / "tiny", keep=1) == 2
    assert [run["parameters"]["x"] for run in publish.newest(out / "tiny")] == [7, 2]
    assert (out / "tiny" / "latest" / "report.html").is_file()
    assert not list((out / "tiny").glob(".gone-*"))


def test_a_member_that_fails_leaves_the_others_alone(spent, out, tmp_path):
    code = "if campaign == 'Autumn': raise ValueError('no autumn')"
    tiny_notebooks.write(spent / "notebooks" / "picky.ipynb", code, parameters=report_worlds.PARAMETERS)
    found = engine.carry_out(Job("picky", batch="campaign"), spent, out)
    assert sorted((run.status, run.member) for run in found.runs)[0] == ("failed", "Autumn")
    assert [run.status for run in found.runs].count("ok") == 2
    assert found.status == "failed"


def test_days_in_braces_count_back_from_the_last_day_of_the_data(spent, out):
    days = 'start: str = ""\nend: str = ""'
    tiny_notebooks.write(spent / "notebooks" / "days.ipynb", "print('DAYS', start, end)", parameters=days)
    given = {"start": "{last_full_week.start}", "end": "{last_7_days.end}"}
    run = reports.run("days", given, out, spent)
    assert run.manifest["parameters"] == {"start": "2026-03-09", "end": "2026-03-15"}


def _room(monkeypatch, name: str, **functions) -> None:
    """Let a room of reports be one with these functions."""
    room = types.ModuleType(f"workbench.reports.{name}")
    room.__spec__ = importlib.machinery.ModuleSpec(room.__name__, None)
    for function, does in functions.items():
        setattr(room, function, does)
    monkeypatch.setitem(sys.modules, room.__name__, room)


def test_services_hear_of_each_new_run_and_cannot_spoil_it(spent, out, monkeypatch):
    heard: list[tuple[str, str, Path]] = []

    def tell(run, job, root):
        heard.append((run.status, job.name, root))
        raise RuntimeError("nobody there")

    _room(monkeypatch, "notify", tell=tell)
    job = Job("spend", notify=("team",))
    assert engine.carry_out(job, spent, out).status == "ok"
    engine.carry_out(job, spent, out)
    engine.carry_out(Job("late", "spend", notify=("team",), fresh="1"), spent, out)
    engine.carry_out(Job("spend", notify=("team",)), spent, out, How(force=True, trial=True))
    assert heard == [("ok", "spend", out), ("stale", "late", out)]


def test_other_files_are_in_the_same_rename_or_the_run_failed(spent, out, monkeypatch):
    def write(folder, notebook, formats, lang, **given):
        if "xlsx" in formats:
            raise ValueError("no sheets")
        (folder / "report.pdf").write_bytes(b"%PDF")
        assert given["workspace"] == spent

    monkeypatch.setattr("workbench.reports.formats.write", write)
    good = engine.carry_out(Job("spend", formats=("pdf",)), spent, out)
    assert set(good.runs[0].manifest["files"]) == {"report.html", "report.ipynb", "report.pdf"}
    bad = engine.carry_out(Job("spend", formats=("pdf", "xlsx")), spent, out)
    assert bad.error.startswith("The report ran, but could not be finished: ValueError: no sheets.")
    assert set(bad.runs[0].manifest["files"]) == {"report.ipynb"}


def test_currency_and_zone_reach_a_notebook(spent, out):
    code = "import workbench as wb\nprint('SEEN', wb.open().settings.currency, timezone, currency)"
    known = 'timezone: str = ""\ncurrency: str = ""'
    tiny_notebooks.write(spent / "notebooks" / "abroad.ipynb", code, parameters=known)
    job = Job("abroad", currency="USD", timezone="Europe/London")
    page = engine.carry_out(job, spent, out).runs[0].html.read_text(encoding="utf-8")
    assert "SEEN USD Europe/London USD" in page


def test_a_batch_goes_where_the_notebook_takes_it():
    from workbench.errors import ReportError
    from workbench.reports import notebooks, relative

    packaged = notebooks.packaged()
    assert relative.batch_parameter(packaged["campaigns"].node, "region") == "filters"
    assert relative.batch_parameter(packaged["segments"].node, "segment") == "segment"
    given = {"filters": {"channel": ["search"]}}
    made = relative.for_member(packaged["campaigns"].node, given, "region", "East")
    assert made == {"filters": {"channel": ["search"], "region": ["East"]}}
    with pytest.raises(ReportError, match="cannot be run for each"):
        relative.batch_parameter(packaged["data"].node, "region")
    with pytest.raises(ReportError, match="Did you mean 'advertiser'"):
        relative.batch_parameter(packaged["campaigns"].node, "advertizer")


def test_a_schedule_that_is_no_toml_stops_no_notebook_run_by_name(tmp_path, out):
    workspace = tiny_notebooks.workspace(tmp_path / "ws", tiny=tiny_notebooks.HELLO)
    (workspace / "reports").mkdir()
    (workspace / "reports" / "schedule.toml").write_text("[jobs.tiny\n", encoding="utf-8")
    words = ("-w", str(workspace), "--out", str(out), "--lang", "en")
    said = command("run", "tiny", *words)
    assert "schedule.toml: It is not valid TOML: " in said
    assert "Correct that line. None of its jobs is needed to run tiny.\n" in said
    assert len(published(out / "tiny")) == 1
    assert "It is not valid TOML" in command("run", "weekly-job", *words, code=1)
    assert "It is not valid TOML" in command("due", *words, code=1)


def test_a_batch_over_segments_has_the_saved_ones(tmp_path):
    from workbench import segments
    from workbench.reports import relative

    workspace = report_worlds.world(tmp_path / "ws")
    store = data.open(workspace)
    assert relative.members(store, "segment", workspace) == ()
    tiny_notebooks.write(
        workspace / "notebooks" / "each.ipynb", "1", parameters='segment: str = ""\nlang: str = "zh"'
    )
    said = command("run", "each", "--batch", "segment", "-w", str(workspace), "--lang", "zh", code=1)
    assert said.startswith("没有可生成报告的对象：尚未保存任何客户细分。")
    segments.save(store, segments.rule(segments.ordered(2)), "Regulars")
    assert relative.members(store, "segment", workspace) == ("Regulars",)
