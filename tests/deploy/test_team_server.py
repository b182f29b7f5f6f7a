"""A team's server in small: the files as they are written, tried from another network."""

from __future__ import annotations

import os
import signal
import subprocess
from contextlib import ExitStack, contextmanager
from types import SimpleNamespace
from urllib.parse import urlsplit

import browser
import pytest
import team_network
from team_network import HOST

from workbench import deploy

pytestmark = [
    pytest.mark.soak,
    pytest.mark.skipif(bool(team_network.missing()), reason=team_network.missing() or "-"),
]
PORT = 8866
CONFINED = """
for folder in "$WORKBENCH_WORKSPACE" "$WORKBENCH_HOME" /tmp; do mount --bind "$folder" "$folder"; done
mount -o remount,bind,ro /
exec setpriv --no-new-privs --bounding-set=-all --inh-caps=-all -- "$@"
"""
"""What the unit asks of systemd, as far as it goes without one: a system that is only read, no privileges."""


@pytest.fixture(scope="module")
def team(demo_store, tmp_path_factory):
    """The apps and nginx in one namespace; the reader is in the other."""
    folder = tmp_path_factory.mktemp("team")
    (home := folder / "home").mkdir()
    chain, key = team_network.certificate(folder)
    site = deploy.Site(demo_store.path, f"https://{HOST}", PORT, 3, certificate=str(chain), key=str(key))
    with ExitStack() as running:
        nets = running.enter_context(team_network.networks())
        around = nets.inside(nets.server)
        env = {"WORKBENCH_HOME": str(home), "WORKBENCH_WORKSPACE": str(demo_store.path)}
        confined = ("unshare", "--mount", "sh", "-ec", CONFINED, "sh")
        running.enter_context(served([*around, *confined, *started_by(site)], env, folder / "log"))
        team_network.reachable(PORT, *around)
        running.enter_context(team_network.nginx(folder, deploy.written("nginx", site), *around))
        team_network.reachable(443, *around)
        token = (home / "state" / "token").read_text(encoding="ascii")
        yield SimpleNamespace(nets=nets, chain=chain, token=token, folder=folder)


def started_by(site: deploy.Site) -> list[str]:
    """The command of the unit."""
    lines = deploy.written("systemd", site).splitlines()
    (line,) = [line for line in lines if line.startswith("ExecStart=")]
    return line.removeprefix("ExecStart=").split()


@contextmanager
def served(command, env, log):
    """The server, until the block ends as systemd would end it."""
    with log.open("wb") as output:
        server = subprocess.Popen(
            command, env={**os.environ, **env}, stdin=subprocess.DEVNULL, stdout=output, stderr=output,
            start_new_session=True,
        )  # fmt: skip
    try:
        yield
    finally:
        server.send_signal(signal.SIGINT)
        try:
            server.wait(30)
        finally:
            if server.poll() is None:
                os.killpg(server.pid, signal.SIGKILL)


def test_strangers_get_the_login_page_by_tls_and_nothing_else(team):
    for path in ("/", "/campaigns", "/nowhere"):
        answer = team.nets.ask(f"https://{HOST}{path}", team.chain)
        assert answer["status"] == 302
        assert answer["headers"]["Location"].startswith("/login")
    login = team.nets.ask(f"https://{HOST}/login", team.chain)
    assert login["status"] == 200
    assert 'name="password"' in login["text"]
    assert "max-age" in login["headers"]["Strict-Transport-Security"]


def test_plain_http_is_sent_to_tls(team):
    answer = team.nets.ask(f"http://{HOST}/campaigns", team.chain)
    assert (answer["status"], answer["headers"]["Location"]) == (301, f"https://{HOST}/campaigns")


def test_another_host_is_refused_by_both_doors(team):
    assert team.nets.ask(f"https://{HOST}/login", team.chain, "evil.example")["status"] == 421
    ask = ("curl", "-s", "-o", "/dev/null", "-w", "%{http_code}", "-H", "Host: evil.example")
    behind = team.nets.inside(team.nets.server, *ask, f"http://127.0.0.1:{PORT}/login")
    assert subprocess.run(behind, capture_output=True, text=True, check=True).stdout == "403"


def test_the_apps_themselves_are_not_reached_from_outside(team):
    ask = ("curl", "-s", "--max-time", "5", f"http://{team.nets.address}:{PORT}/login")
    run = subprocess.run(team.nets.inside(team.nets.reader, *ask), capture_output=True, check=False)
    assert run.returncode == 7  # nobody listens there


@pytest.mark.browser
@pytest.mark.skipif(not browser.find(), reason="no browser on this machine")
def test_a_reader_in_another_network_logs_in_and_moves_a_chart(team):
    from playwright.sync_api import sync_playwright

    program, arguments = team.nets.chromium(team.folder)
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=program, args=arguments)
        context = launched.new_context(ignore_https_errors=True)
        page, asked, told = context.new_page(), [], []
        page.set_default_timeout(90_000)
        page.on("request", lambda request: asked.append(request.url))
        page.on("websocket", lambda line: asked.append(line.url))
        page.on("console", lambda said: said.type == "error" and told.append(said.text))
        page.goto(f"https://{HOST}/campaigns")
        page.fill("input[name=password]", team.token)
        page.keyboard.press("Enter")
        marks = page.locator("figure[data-chart=trend] svg.marks")
        marks.wait_for()
        before = marks.inner_html()
        page.locator("input[type=range][data-key=days]").press("ArrowRight")
        page.wait_for_function(
            "(before) => document.querySelector('figure[data-chart=trend] svg.marks').innerHTML !== before",
            arg=before,
        )
        cookies = {cookie["name"]: cookie for cookie in context.cookies()}
        launched.close()
    assert {urlsplit(url).hostname for url in asked if not url.startswith(("data:", "blob:"))} == {HOST}
    assert {urlsplit(url).scheme for url in asked} <= {"https", "wss", "data", "blob"}
    assert told == []
    login = [cookie for name, cookie in cookies.items() if name.startswith("username-")]
    assert [(cookie["secure"], cookie["httpOnly"]) for cookie in login] == [(True, True)]
