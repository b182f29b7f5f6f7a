"""Who is told about a report, in which words, how often, and that no secret is ever written down."""

from __future__ import annotations

import email
import email.policy
import logging
import shlex
from dataclasses import dataclass
from pathlib import Path

import pytest
import tiny_notebooks
from click.testing import CliRunner
from nbformat import read as read_notebook
from nbformat import write as write_notebook
from nbformat.v4 import new_output
from post_office import mail, web

from workbench.cli import main
from workbench.errors import ReportError
from workbench.reports import notify, runner
from workbench.reports.notify import deliver, memory, message, secrets
from workbench.reports.notify.conclusions import of_run
from workbench.reports.runner import Run

SECRET = "s3cr3t-0f-th3-t3st"
PAGE = (
    '<section><p class="wb-lead">Spend was on plan.</p>'
    + "".join(f'<p class="wb-say">Finding {number} &amp; more.</p>' for number in range(1, 8))
    + '<p class="wb-say">Finding 1 &amp; more.</p><p class="wb-quiet">No finding.</p></section>'
)


@dataclass(frozen=True)
class Job:
    """As much of a job as telling needs."""

    name: str = "weekly"
    notify: tuple[str, ...] = ("hook",)
    link: str = ""


def made(root: Path, status: str = "ok", error: str = "", member: str = "", lang: str = "en", **more) -> Run:
    """A published run with a notebook that says something."""
    folder = root / "weekly" / f"run{len([*root.glob('weekly/*')])}"
    file = tiny_notebooks.write(folder / "report.ipynb", "1", title={"en": "The week", "zh": "周报"})
    node = read_notebook(file, as_version=4)
    node.cells[2].outputs = [new_output("display_data", {"text/html": PAGE})]
    write_notebook(node, file)
    given = {"lang": lang, "period": "last_full_week", "filters": {"channel": ["a b"]}}
    manifest = {"lang": lang, "parameters": given, "checks": [], "member": member, **more}
    return Run("weekly", folder, status, 1.0, error, manifest)


def settled(root: Path, text: str) -> Path:
    """A reports folder with services."""
    root.mkdir(exist_ok=True)
    (root / "notify.toml").write_text(text, encoding="utf-8")
    return root


def hook(root: Path, port: int, more: str = "") -> Path:
    """A reports folder whose service `hook` is a webhook on this machine."""
    return settled(root, f'[hook]\nkind = "webhook"\naddress = "http://127.0.0.1:{port}/in?to=me"\n{more}')


def test_a_report_is_told_with_its_conclusions_and_link(tmp_path):
    with web() as office:
        job = Job(link="https://reports.example/{job}/{run}/")
        told = notify.tell(made(tmp_path / "r"), job, hook(tmp_path / "r", office.port))
    assert told == notify.Told(("hook",), ())
    [(path, _, body)] = office.taken
    assert path == "/in?to=me"
    assert body["title"] == "Report: The week (weekly)"
    lines = body["message"].splitlines()
    assert lines[0] == "Spend was on plan."
    assert lines[1:6] == [f"• Finding {number} & more." for number in range(1, 6)]
    assert lines[6] == "https://reports.example/weekly/run0/"
    assert body["type"] == "success"


def test_a_failure_names_job_parameters_cause_and_command(tmp_path):
    with web() as office:
        notify.tell(made(tmp_path / "r", "failed", "No data."), Job(), hook(tmp_path / "r", office.port))
    [(_, _, body)] = office.taken
    assert body["title"] == "Failed: The week (weekly)"
    assert body["type"] == "failure"
    cause, job, again, *_ = body["message"].splitlines()
    assert cause == "No data."
    assert job == "Job weekly; parameters: period=last_full_week, filters={'channel': ['a b']}."
    words = shlex.split(again.partition(": ")[2])
    assert words == [
        *("workbench", "report", "run", "weekly", "--out", str(tmp_path / "r")),
        *("-p", "period=last_full_week", "-p", 'filters={"channel": ["a b"]}', "--lang", "en"),
    ]


def test_the_command_of_a_failure_makes_that_run_and_no_other(tmp_path):
    asked = {"batch": "campaign", "formats": ["pdf"], "past": True, "data_version": 7, "currency": "USD"}
    run = made(tmp_path / "r", "failed", "No data.", "A & B", "zh", **asked)
    words = shlex.split(message.command("mine", run, "weekly"))
    assert words[words.index("-p") :] == [
        *("-p", "period=last_full_week", "-p", 'filters={"channel": ["a b"]}', "-p", "currency=USD"),
        *("--batch", "campaign", "--member", "A & B", "--lang", "zh", "--format", "pdf", "--as-of", "7"),
        *("--job", "mine"),
    ]
    assert "--job" not in shlex.split(message.command("weekly", run))


def test_a_failure_that_never_began_links_to_nothing(tmp_path):
    root = tmp_path / "r"
    with web() as office:
        hook(root, office.port)
        began = made(root, "failed", "It raised.")
        never = runner.note(root, "weekly", "failed", "No data.", {"lang": "en", "workspace": ""})
        for run in (began, never):
            notify.tell(run, Job(), root)
        notify.tell(
            runner.note(root, "weekly", "stale", "Late.", {"lang": "en"}), Job(link="https://x/{run}"), root
        )
    links = [body["message"].splitlines()[-1] for _, _, body in office.taken]
    assert links[0] == str(began.folder / "report.ipynb")
    assert links[1].startswith("The same cause is not told again")
    assert links[2].startswith("https://x/2")


def test_a_message_speaks_the_language_of_the_report(tmp_path):
    with web() as office:
        root = hook(tmp_path / "r", office.port)
        notify.tell(made(root, lang="zh"), Job(), root)
        notify.tell(made(root, "stale", lang="zh"), Job(), root)
    assert [body["title"] for _, _, body in office.taken] == [
        "报告：周报（weekly）",
        "数据过期，报告暂缓：周报（weekly）",
    ]
    assert "重新运行：workbench report run weekly" in office.taken[1][2]["message"]


def test_one_cause_of_a_batch_is_told_once_and_its_end_once(tmp_path):
    with web() as office:
        root = hook(tmp_path / "r", office.port)
        for name in ("A", "B", "C"):
            notify.tell(made(root, "failed", f"Nothing of '{name}' since 12 days.", name), Job(), root)
        notify.tell(made(root, "ok", member="D"), Job(), root)
        notify.tell(made(root, "failed", "Nothing of 'A' since 13 days.", "A"), Job(), root)
        assert [body["type"] for _, _, body in office.taken] == ["failure", "success"]
        for name in ("A", "B", "C", "A"):
            notify.tell(made(root, "ok", member=name), Job(), root)
        again = [body["message"].startswith("It works again.") for _, _, body in office.taken]
        assert again == [False, False, False, False, True, False]
        notify.tell(made(root, "failed", "Nothing of 'B' since 2 days.", "B"), Job(), root)
        notify.tell(made(root, "failed", "It died.", "B"), Job(), root)
    assert [body["message"].splitlines()[0] for _, _, body in office.taken[-2:]] == [
        "Nothing of 'B' since 2 days.",
        "It died.",
    ]


def test_a_job_that_could_not_begin_is_over_when_any_member_works(tmp_path):
    memory.note(tmp_path, "weekly", "The data are late.")
    assert memory.works(tmp_path, "weekly", "A")
    assert not memory.works(tmp_path, "weekly", "B")
    assert memory.is_new(tmp_path, "weekly", "The data are late.")


def test_a_run_that_was_there_already_and_a_job_without_services_are_not_told(tmp_path):
    with web() as office:
        root = hook(tmp_path / "r", office.port)
        run = made(root)
        notify.tell(Run(run.job, run.folder, "ok", 1.0, "", run.manifest, reused=True), Job(), root)
        notify.tell(run, Job(notify=()), root)
    assert office.taken == []


def test_a_service_that_is_down_is_tried_again_and_then_said_in_one_sentence(tmp_path):
    with web() as office:
        root = hook(tmp_path / "r", office.port)
        office.answers[:] = [503, 429]
        assert notify.tell(made(root), Job(), root, waits=(0.0, 0.0)).sent == ("hook",)
        assert len(office.taken) == 3
        office.answers[:] = [403]
        found = notify.tell(made(root, lang="zh"), Job(), root, waits=(0.0, 0.0))
        assert len(office.taken) == 4
    assert found.sentences == ("服务 'hook' 拒收了消息（HTTP 403）。请检查密钥和地址。",)
    found = notify.tell(made(root), Job(notify=("hook", "nobody")), root, waits=(0.0,))
    assert found.sent == ()
    assert found.sentences[0].startswith("Service 'hook' took no message.")
    assert "Unknown service 'nobody'" in found.sentences[1]


def test_a_failure_that_nobody_heard_of_is_told_next_time(tmp_path):
    with web() as office:
        root = hook(tmp_path / "r", office.port)
        office.answers[:] = [500]
        assert not notify.tell(made(root, "failed", "No data."), Job(), root, waits=()).sent
        assert notify.tell(made(root, "failed", "No data."), Job(), root, waits=()).sent
        assert not notify.tell(made(root, "failed", "No data."), Job(), root, waits=()).sent
    assert len(office.taken) == 2


def test_a_damaged_memory_tells_rather_twice_than_never(tmp_path):
    memory.note(tmp_path, "weekly", "No data.")
    assert not memory.is_new(tmp_path, "weekly", "No data.")
    (tmp_path / memory.FILE).write_text("{", encoding="utf-8")
    assert memory.is_new(tmp_path, "weekly", "No data.")


ROBOTS = {
    "wecom": ('key = "env:KEY"', "wecombot.NotifyWeComBot", "notify_url", "/send?key={key}"),
    "dingtalk": ('token = "env:KEY"', "dingtalk.NotifyDingTalk", "notify_url", "/robot?access_token={token}"),
    "feishu": ('token = "env:KEY"', "feishu.NotifyFeishu", "notify_url", "/hook/{token}"),
    "slack": ('webhook = "env:HOOK"', "slack.NotifySlack", "webhook_url", "/slack"),
}


@pytest.mark.parametrize("kind", ROBOTS)
def test_robots_of_chats_get_the_shape_they_take(tmp_path, monkeypatch, kind):
    line, plugin, name, path = ROBOTS[kind]
    monkeypatch.setenv("KEY", "abc123def456")
    parts = "T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ"
    monkeypatch.setenv("HOOK", f"https://hooks.slack.com/services/{parts}")
    with web() as office:
        monkeypatch.setattr(f"apprise.plugins.{plugin}.{name}", f"http://127.0.0.1:{office.port}{path}")
        root = settled(tmp_path / "r", f'[chat]\nkind = "{kind}"\n{line}\n')
        told = notify.tell(made(root, lang="zh"), Job(notify=("chat",)), root, waits=())
    assert told == notify.Told(("chat",), ())
    [(address, _, body)] = office.taken
    assert ("abc123def456" if kind != "slack" else parts) in address
    said = {
        "wecom": lambda: (body["msgtype"], body["text"]["content"]),
        "dingtalk": lambda: (body["msgtype"], body["text"]["content"]),
        "feishu": lambda: (body["msg_type"], body["content"]["text"]),
        "slack": lambda: ("text", body["attachments"][0]["title"] + body["attachments"][0]["text"]),
    }[kind]()
    assert said[0] == "text"
    assert "周报" in said[1]
    assert "• Finding 5" in said[1]


ANSWERS = {
    "wecom": ('{"errcode": 0}', '{"errcode": 93000, "errmsg": "invalid webhook url."}', "93000"),
    "dingtalk": ('{"errcode": 0}', '{"errcode": 310000, "errmsg": "keywords not\\n in content"}', "310000"),
    "feishu": ('{"StatusCode": 0, "code": 0}', '{"code": 19024, "msg": "Key Words Not Found"}', "19024"),
}
BUSY = {"wecom": '{"errcode": 45009}', "dingtalk": '{"errcode": -1}', "feishu": '{"code": 11232}'}


@pytest.fixture(params=ANSWERS)
def robot(request, tmp_path, monkeypatch):
    """A group robot of a chat on this machine: its kind, its folder of reports, its office."""
    line, plugin, name, path = ROBOTS[request.param]
    monkeypatch.setenv("KEY", "abc123def456")
    with web() as office:
        monkeypatch.setattr(f"apprise.plugins.{plugin}.{name}", f"http://127.0.0.1:{office.port}{path}")
        yield request.param, settled(tmp_path / "r", f'[chat]\nkind = "{request.param}"\n{line}\n'), office


def test_a_robot_that_refuses_with_a_success_has_refused(robot):
    kind, root, office = robot
    good, bad, code = ANSWERS[kind]
    job = Job(notify=("chat",))
    office.bodies[:] = [bad]
    found = notify.tell(made(root), job, root, waits=(0.0, 0.0))
    assert found.sent == ()
    [sentence] = found.sentences
    assert sentence.startswith(f"Service 'chat' refused the message (code {code}: ")
    assert len(office.taken) == 1, "asking again is of no use"
    assert memory.unheard(root) == {"chat": sentence}
    office.bodies[:] = [BUSY[kind], good]
    assert notify.tell(made(root), job, root, waits=(0.0,)).sent == ("chat",)
    assert len(office.taken) == 3, "a robot that is busy is asked again"
    assert memory.unheard(root) == {}


def test_a_failure_that_a_robot_refused_is_told_next_time(robot):
    kind, root, office = robot
    job = Job(notify=("chat",))
    office.bodies[:] = [ANSWERS[kind][1]]
    assert not notify.tell(made(root, "failed", "No data."), job, root, waits=()).sent
    assert notify.tell(made(root, "failed", "No data."), job, root, waits=()).sent == ("chat",)


def test_an_answer_that_repeats_the_key_is_not_repeated(robot):
    kind, root, office = robot
    field = "code" if kind == "feishu" else "errcode"
    word = "msg" if kind == "feishu" else "errmsg"
    office.bodies[:] = [f'{{"{field}": 7, "{word}": "no key abc123def456 here"}}']
    found = notify.tell(made(root, lang="zh"), Job(notify=("chat",)), root, waits=())
    assert found.sentences[0].startswith("服务 'chat' 拒收了消息（返回码 7）。")


def test_health_fails_while_a_service_takes_no_message(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    place = tiny_notebooks.workspace(tmp_path / "ws")
    root = place / "reports"
    with web() as office:
        hook(place / "reports", office.port)
        office.answers[:] = [403]
        tiny_notebooks.write(place / "notebooks" / "weekly.ipynb", "1")
        (root / "schedule.toml").write_text('[jobs.weekly]\nnotify = ["hook"]\n', encoding="utf-8")
        notify.tell(made(root), Job(), root, waits=())
        result = CliRunner().invoke(main, ["report", "health", "-w", str(place)])
        assert result.exit_code == 1
        assert "hook: Service 'hook' refused the message (HTTP 403)." in result.output
        (root / "schedule.toml").write_text("[jobs.weekly]\n", encoding="utf-8")
        assert CliRunner().invoke(main, ["report", "health", "-w", str(place)]).exit_code == 0
        (root / "schedule.toml").write_text('[jobs.weekly]\nnotify = ["hook"]\n', encoding="utf-8")
        notify.tell(made(root), Job(), root, waits=())
        assert CliRunner().invoke(main, ["report", "health", "-w", str(place)]).exit_code == 0


def test_teams_gets_a_card(tmp_path, monkeypatch):
    sent = []

    class Answer:
        status_code, content = 202, b""

    monkeypatch.setattr("requests.post", lambda url, **given: sent.append((url, given)) or Answer())
    address = "https://prod-12.westeurope.logic.azure.com:443/workflows/3XX5/triggers/manual/paths/invoke"
    monkeypatch.setenv(
        "HOOK", f"{address}?api-version=2016-06-01&sp=%2Ftriggers%2Fmanual%2Frun&sv=1.0&sig={SECRET}"
    )
    root = settled(tmp_path / "r", '[chat]\nkind = "teams"\nwebhook = "env:HOOK"\n')
    assert notify.tell(made(root), Job(notify=("chat",)), root, waits=()).sent == ("chat",)
    [(url, given)] = sent
    assert "/workflows/3XX5/" in url
    assert given["params"]["sig"] == SECRET
    assert '"type": "AdaptiveCard"' in given["data"]
    assert "Spend was on plan." in given["data"]


MAIL = """[boss]
kind = "email"
host = "127.0.0.1"
port = {port}
security = "none"
from = "reports@example.com"
to = ["boss@example.com", "deputy@example.com"]
user = "reports"
password = "env:MAIL_PASSWORD"
"""


def test_a_mail_reaches_all_receivers(tmp_path, monkeypatch):
    monkeypatch.setenv("MAIL_PASSWORD", SECRET)
    with mail() as office:
        root = settled(tmp_path / "r", MAIL.format(port=office.port))
        told = notify.tell(made(root, lang="zh"), Job(notify=("boss",)), root, waits=())
    assert told == notify.Told(("boss",), ())
    receivers = {line for _, lines, _ in office.taken for line in lines}
    assert {part for line in receivers for part in ("boss@", "deputy@") if part in line} == {
        "boss@",
        "deputy@",
    }
    found = email.message_from_bytes(office.taken[0][2], policy=email.policy.default)
    assert found["Subject"] == "报告：周报（weekly）"
    assert "Finding 5 &" in found.get_body().get_content()


@pytest.mark.parametrize("status", ["ok", "failed"])
def test_a_secret_is_in_no_file_log_or_sentence(tmp_path, monkeypatch, caplog, status):
    monkeypatch.setenv("MAIL_PASSWORD", SECRET)
    monkeypatch.setenv("KEY", SECRET)
    caplog.set_level(logging.DEBUG)
    with web() as office:
        where = f"http://127.0.0.1:{office.port}/send?key={{key}}"
        monkeypatch.setattr("apprise.plugins.wecombot.NotifyWeComBot.notify_url", where)
        text = MAIL.format(port=1) + '[team]\nkind = "wecom"\nkey = "env:KEY"\n[hook]\nkind = "webhook"\n'
        root = settled(
            tmp_path / "r", f'{text}address = "http://127.0.0.1:{office.port}"\ntoken = "env:KEY"\n'
        )
        office.answers[:] = [500, 401]
        job = Job(notify=("boss", "team", "hook", f"json://user:{SECRET}@127.0.0.1:1"))
        told = notify.tell(made(root, status, "No data."), job, root, waits=())
    assert told.sent == ()
    assert len(told.sentences) == 4
    assert len(office.taken) == 2  # both had the secret with them
    assert SECRET in office.taken[0][0]
    assert office.taken[1][1]["Authorization"] == f"Bearer {SECRET}"
    written = [file.read_text(encoding="utf-8") for file in root.rglob("*") if file.is_file()]
    assert written
    assert not [text for text in (*written, *told.sentences, caplog.text) if SECRET in text]


def test_loggers_speak_again_afterwards(tmp_path):
    with web() as office:
        root = hook(tmp_path / "r", office.port)
        notify.tell(made(root), Job(), root)
    assert not logging.getLogger("urllib3.connectionpool").disabled
    assert logging.getLogger("apprise").propagate


WRONG = {
    "[a]\nkind = 'fax'\n": ("line 2, a.kind", "Unknown kind of service 'fax'"),
    "[a]\nkind = 'wecom'\nkey = 'plain-secret'\n": ("line 3, a.key", "A secret does not belong into a file."),
    "[a]\nkind = 'wecom'\n": ("line 1, a", "Service 'a' has no 'key'."),
    "\n[a]\nkind = 'wecom'\ntoken = 'env:X'\n": ("line 4, a.token", "Unknown key of a service 'token'"),
    "x = 1\n": ("line 1, x", "'x' stands outside of any service."),
    "[m]\nkind='email'\nhost='h'\nfrom='f'\nto='x@y.z'\n": (
        "line 5, m.to",
        "This key takes a list of addresses.",
    ),
    "[m]\nkind='email'\nhost='h'\nfrom='f'\nto=['x']\nport=true\n": (
        "line 6, m.port",
        "takes a whole number.",
    ),
    "[m]\nkind='email'\nhost='h'\nfrom='f'\nto=['x']\nsecurity='tls'\n": (
        "m.security",
        "Unknown value 'tls'",
    ),
    "[m]\nkind='email'\nhost='h'\nfrom='f'\nto=['x']\nport=99999\n": (
        "line 6, m.port",
        "takes a number from 1 to 65535.",
    ),
    "a.kind = 'wecom'\na.key = 'env:X'\nb.kind = 'fax'\n": ("line 3, b.kind", "Unknown kind of service"),
    "[a\n": ("notify.toml", "It is not valid TOML"),
}


@pytest.mark.parametrize("text", WRONG, ids=range(len(WRONG)))
def test_a_wrong_line_is_said_with_file_line_and_key(tmp_path, text):
    root = settled(tmp_path / "r", text)
    with pytest.raises(ReportError) as caught:
        notify.services(root)
    where, what = WRONG[text]
    assert where in str(caught.value)
    assert what in str(caught.value)
    assert "plain-secret" not in str(caught.value)
    told = notify.tell(made(root), Job(), root)
    assert len(told.sentences) == 1


def test_a_missing_secret_is_said_and_never_guessed(tmp_path, monkeypatch):
    monkeypatch.delenv("KEY", raising=False)
    root = settled(tmp_path / "r", '[team]\nkind = "wecom"\nkey = "env:KEY"\n')
    told = notify.tell(made(root), Job(notify=("team",)), root, waits=())
    assert told.sentences == (
        "notify.toml, line 3, team.key: The variable KEY is not set. "
        "Set it where the scheduler starts the report.",
    )


def test_a_keyring_keeps_a_secret(monkeypatch):
    keyring = pytest.importorskip("keyring", reason="the extra 'keyring' is not installed")
    monkeypatch.setattr(keyring, "get_password", lambda service, name: f"{service}/{name}")
    assert secrets.fetched("keyring:ding", "x") == "ad-crm-workbench/ding"
    monkeypatch.setattr(keyring, "get_password", lambda _service, _name: None)
    with pytest.raises(ReportError, match="keyring set ad-crm-workbench ding"):
        secrets.fetched("keyring:ding", "x")


def test_a_short_message_loses_findings_and_keeps_its_link():
    said = message.Message(
        "标题", ("结论。",), tuple(f"第 {n} 条" + "字" * 200 for n in range(5)), "https://x/y"
    )
    body = said.body(2000)
    assert len((said.title + "\n" + body).encode()) <= 2000
    assert body.splitlines()[0] == "结论。"
    assert body.endswith("https://x/y")
    assert 0 < body.count("•") < 5
    assert deliver.SHORT["wecom"] == 2000


def test_conclusions_of_a_run_without_a_notebook_are_none(tmp_path):
    assert of_run(tmp_path) == ("", ())


def test_the_command_lists_services_and_tries_one(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    place = tiny_notebooks.workspace(tmp_path / "ws")
    with web() as office:
        hook(place / "reports", office.port)
        result = CliRunner().invoke(main, ["notify", "-w", str(place)])
        assert "hook" in result.output
        assert "webhook" in result.output
        result = CliRunner().invoke(main, ["notify", "--test", "hook", "-w", str(place), "--lang", "zh"])
    assert result.exit_code == 0, result.output
    assert "hook" in office.taken[0][2]["message"]
    result = CliRunner().invoke(main, ["notify", "--test", "hook", "-w", str(place)])
    assert result.exit_code == 1
    assert result.output.startswith("Service 'hook' took no message.")
