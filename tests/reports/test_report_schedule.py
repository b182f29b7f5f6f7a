"""The schedule of a workspace: what it takes, what it refuses with a sentence, and when a job is due."""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import tiny_notebooks

from workbench.errors import ReportError
from workbench.i18n.errors import retold, told
from workbench.reports import schedule, when
from workbench.reports.jobs import keys

UTC = dt.UTC
GUIDE = Path(__file__).parents[2] / "docs" / "reports.md"


@pytest.fixture
def workspace(tmp_path):
    return tiny_notebooks.workspace(tmp_path / "ws", tiny=tiny_notebooks.HELLO)


def plan(workspace, text):
    (workspace / "reports").mkdir(exist_ok=True)
    (workspace / "reports" / "schedule.toml").write_text(text, encoding="utf-8")
    return schedule.load(workspace)


def test_a_workspace_without_a_schedule_has_no_jobs(workspace):
    assert dict(schedule.load(workspace).jobs) == {}


def test_a_job_is_read_with_defaults_of_all_jobs(workspace):
    found = plan(
        workspace,
        """
        [defaults]
        timezone = "Asia/Shanghai"
        lang = "zh"
        retries = 1

        [jobs.weekly]
        notebook = "tiny"
        when = "mondays at 07:30"
        parameters = { x = 3, names = ["{last_full_week.start}"] }
        fresh = 2

        [jobs."own words"]
        notebook = "campaigns"
        batch = "advertiser"
        lang = "en"
        formats = ["pdf", "xlsx"]
        """,
    )
    weekly, own = found.jobs["weekly"], found.jobs["own words"]
    assert (weekly.when, weekly.timezone, weekly.lang, weekly.retries) == (
        "30 7 * * 1",
        "Asia/Shanghai",
        "zh",
        1,
    )
    assert (weekly.fresh, weekly.parameters["x"]) == ("2", 3)
    assert (own.batch, own.lang, own.formats, own.when) == ("advertiser", "en", ("pdf", "xlsx"), "")


@pytest.mark.parametrize(
    ("line", "at", "sentence"),
    [
        ('notbook = "tiny"', 3, "Unknown key 'notbook'. Did you mean 'notebook'?"),
        ('notebook = "tinny"', 3, "Unknown notebook 'tinny'. Did you mean 'tiny'?"),
        ('when = "teatime"', 3, "'teatime' names no time"),
        ('when = "61 * * * *"', 3, "'61 \\* \\* \\* \\*' names no time"),
        ('when = "* * * * * *"', 3, "names no time"),
        ("parameters = { y = 1 }", 3, "Unknown parameter 'y'"),
        ('parameters = { x = "1" }', 3, "'x' takes int"),
        ('parameters = { lang = "{last_ful_week}" }', 3, "'last_ful_week' names no period. Did you mean"),
        ('timezone = "Asia/Shangai"', 3, "Did you mean 'Asia/Shanghai'"),
        ('formats = ["pfd"]', 3, "Unknown format 'pfd'. Did you mean 'pdf'?"),
        ('formats = "pdf"', 3, "formats takes a list of texts, not 'pdf'"),
        ("retries = -1", 3, "retries takes a whole number, 0 or more, not -1"),
        ("keep = true", 3, "keep takes a whole number"),
        ("timeout = 0", 3, "timeout must be more than 0"),
        ('fresh = "soon"', 3, "fresh='soon' names no day"),
        ('fresh_by = "acount"', 3, "Did you mean 'account'"),
        ('reviews = "ignore"', 3, "Unknown reviews 'ignore'"),
        ('batch = "region"', 3, "takes no 'region', so it cannot be run for each"),
        ('lang = "fr"', 3, "Unknown lang 'fr'"),
        ("timeout = inf", 3, "timeout takes a number"),
        ('currency = "EURO"', 3, "There is no currency 'EURO'"),
        ('heartbeat = "hc.example.com/x"', 3, "begins with http:// or https://"),
        ('members = ["North"]', 3, "names members of no batch"),
        ('heartbeat = "https://x:99999/y"', 3, "begins with http:// or https://"),
        ("late = -5", 3, "late takes a whole number, 0 or more, not -5"),
        ("wait = 1e9", 3, "wait takes at most 86400, not 1000000000.0"),
        ("jobs = 65", 3, "jobs takes at most 64"),
    ],
)
def test_what_does_not_fit_is_said_with_its_line(workspace, line, at, sentence):
    head = "" if line.startswith("notebook") else 'notebook = "tiny"'
    found = plan(workspace, f"\n[jobs.weekly]\n{line}\n{head}\n[jobs.good]\nnotebook = 'tiny'\n")
    (error,) = found.bad.values()
    assert re.search(sentence, str(error)), error
    assert error.where.endswith(f"schedule.toml:{at}")
    assert "good" in found.jobs
    with pytest.raises(ReportError, match=r"schedule\.toml"):
        found.job("weekly")
    assert re.search("[\u4e00-\u9fff]", told(error, "zh"))


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ('[defaults]\nretries = 1\n\n[jobs]\nweekly.notebook = "tiny"\nweekly.when = "never"\n', 6),
        ('# all in one\n\njobs.weekly.notebook = "tiny"\njobs.weekly.when = "never"\n', 4),
        ('[jobs]\nweekly = { notebook = "tiny", when = "never" }\n', 2),
        ('[jobs.weekly]\nnotebook = "tiny"\nnotify = [\n  "when = 1",\n]\nwhen = "never"\n', 6),
        ('[jobs."weekly"]\r\nnotebook = "tiny"\r\n"when" = "never"\r\n', 3),
        ('[jobs.weekly]\nnotebook = "tiny"\nlink = """\n[jobs.x]\nwhen = 1\n"""\nwhen = "never"\n', 7),
        ('[jobs]\nweekly.notebook = "tiny"\nweekly.parameters.names = []\nweekly.parameters.x = "a"\n', 4),
    ],
    ids=range(7),
)
def test_a_key_is_found_however_it_is_written(workspace, text, line):
    assert plan(workspace, text).bad["weekly"].where.endswith(f"schedule.toml:{line}")


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-8"])
def test_a_file_from_windows_is_read(workspace, encoding):
    text = '[jobs.weekly]\r\n\tnotebook = "tiny"\r\n\twhen = "每周一 07:30"\r\n'
    (workspace / "reports").mkdir()
    (workspace / "reports" / "schedule.toml").write_bytes(text.encode(encoding))
    assert schedule.load(workspace).jobs["weekly"].when == "30 7 * * 1"


def test_a_file_in_another_encoding_is_said(workspace):
    (workspace / "reports").mkdir()
    (workspace / "reports" / "schedule.toml").write_text("[jobs]", encoding="utf-16")
    with pytest.raises(ReportError, match="Save it as UTF-8"):
        schedule.load(workspace)


def test_a_day_of_the_files_own_kind_is_a_text_for_the_notebook(workspace):
    found = plan(workspace, "[jobs.weekly]\nnotebook = 'tiny'\nparameters = { lang = 2026-10-12 }\n")
    assert found.jobs["weekly"].parameters == {"lang": "2026-10-12"}


def test_a_kind_of_several_words_is_said_in_chinese(workspace):
    found = plan(workspace, "[jobs.weekly]\nnotebook = 'tiny'\ntimezone = 'Asia/Shangai'\n")
    assert "未知的时区 'Asia/Shangai'" in told(found.bad["weekly"], "zh")


def test_parameters_in_a_table_of_their_own_are_found_by_line(workspace):
    found = plan(
        workspace, "[jobs.weekly]\nnotebook = 'tiny'\n[jobs.weekly.parameters]\nnames = []\nx = 'a'\n"
    )
    assert found.bad["weekly"].where.endswith(":5")


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("[jobs", "not valid TOML"),
        ("[tasks.weekly]\n", "Unknown table 'tasks'"),
        ("[defaults]\nnotebook = 'tiny'\n", "a matter of each job"),
        ("[defaults]\nretrys = 1\n", "Did you mean 'retries'"),
    ],
)
def test_a_file_that_does_not_fit_is_refused(workspace, text, sentence):
    with pytest.raises(ReportError, match=sentence):
        plan(workspace, text)


def test_a_job_that_is_not_there_is_named_with_the_nearest(workspace):
    with pytest.raises(ReportError, match="Did you mean 'weekly'"):
        plan(workspace, "[jobs.weekly]\nnotebook = 'tiny'\n").job("wekly")


def test_every_key_is_documented():
    guide = GUIDE.read_text(encoding="utf-8")
    assert [name for name, (_, doc, _) in keys().items() if not doc or f"`{name}`" not in guide] == []


def test_the_example_of_the_guide_fits(tmp_path):
    written = re.findall(r"```toml\n(.*?)```", GUIDE.read_text(encoding="utf-8"), re.S)
    (example,) = (text for text in written if "[jobs." in text)
    workspace = tiny_notebooks.workspace(tmp_path / "of the guide")
    found = plan(workspace, example)
    assert dict(found.bad) == {}
    assert found.jobs["weekly"].when == "30 7 * * 1"


@pytest.mark.parametrize(
    ("said", "cron"),
    [
        ("daily at 07:30", "30 7 * * *"),
        ("every day 7:05", "5 7 * * *"),
        ("Weekdays at 18:00", "0 18 * * 1-5"),
        ("mondays at 07:30", "30 7 * * 1"),
        ("every sunday at 23:59", "59 23 * * 0"),
        ("monthly on day 3 at 08:00", "0 8 3 * *"),
        ("hourly", "0 * * * *"),
        ("每天 07:30", "30 7 * * *"),
        ("工作日 9:00", "0 9 * * 1-5"),
        ("每周一 07:30", "30 7 * * 1"),
        ("每星期天 07：30", "30 7 * * 0"),
        ("每月3日 08:00", "0 8 3 * *"),
        ("*/15 8-18 * * mon-fri", "*/15 8-18 * * mon-fri"),
        ("", ""),
    ],
)
def test_words_are_cron_expressions(said, cron):
    assert when.expression(said) == cron


@pytest.mark.parametrize("said", ["daily at 25:00", "monthly on day 32 at 08:00", "on the moon at 07:30"])
def test_times_that_never_come_are_refused(said):
    with pytest.raises(ReportError, match="names no time"):
        when.expression(said)


def test_due_moments_are_of_the_jobs_own_clock():
    shanghai, berlin = ZoneInfo("Asia/Shanghai"), ZoneInfo("Europe/Berlin")
    monday = dt.datetime(2026, 11, 23, 0, 0, tzinfo=UTC)
    assert when.before("30 7 * * 1", monday, shanghai) == dt.datetime(2026, 11, 22, 23, 30, tzinfo=UTC)
    assert when.before("30 7 * * 1", monday, berlin) == dt.datetime(2026, 11, 16, 6, 30, tzinfo=UTC)
    (summer,) = when.after("30 7 * * *", dt.datetime(2027, 3, 28, 0, 0, tzinfo=UTC), berlin)
    assert summer == dt.datetime(2027, 3, 28, 5, 30, tzinfo=UTC)  # clocks went forward in the night


def test_the_very_minute_is_due():
    moment = dt.datetime(2026, 11, 23, 7, 30, 42, 5, tzinfo=UTC)
    assert when.before("30 7 * * 1", moment, ZoneInfo("UTC")) == moment.replace(second=0, microsecond=0)
    exact = moment.replace(second=0, microsecond=0)
    assert when.before("30 7 * * 1", exact, ZoneInfo("UTC")) == exact
    earlier = exact - dt.timedelta(seconds=1)
    assert when.before("30 7 * * 1", earlier, ZoneInfo("UTC")) == exact - dt.timedelta(days=7)


def test_an_error_that_was_written_down_is_said_in_chinese():
    wrong = "filters: The data holds no advertiser 'Nobody'. It holds: Northlight Home, Lumi Beauty."
    assert (
        retold(wrong, "zh") == "filters：数据中没有 广告主 'Nobody'。其中有：Northlight Home, Lumi Beauty。"
    )
    assert retold(wrong, "en") == wrong
    assert retold("There is no notebook 'x'. Check the path.", "zh") == "没有笔记本 'x'。请检查路径。"
    unknown = "Cell 3 failed: ValueError: x. Look there."
    assert retold(unknown, "zh") == unknown
