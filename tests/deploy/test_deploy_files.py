"""The files for a team's server: right for this installation, and taken by the programs they are for."""

from __future__ import annotations

import ast
import re
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
import team_network

from workbench import deploy
from workbench.errors import SettingsError

SITE = deploy.Site(Path("/srv/ads"), "https://ads.example.com", 8866, 20)


def unit(site: deploy.Site) -> dict[str, list[str]]:
    """The unit's words by name."""
    found: dict[str, list[str]] = {}
    for line in deploy.written("systemd", site).splitlines():
        if "=" in line and not line.startswith("#"):
            name, _, value = line.partition("=")
            found.setdefault(name, []).append(value)
    return found


@pytest.mark.parametrize("kind", sorted(deploy.FILES))
def test_no_place_is_left_open(kind):
    text = deploy.written(kind, SITE)
    assert "{{" not in text
    assert "/srv/ads" in text or kind == "nginx"


def test_the_service_starts_what_is_installed_here():
    (start,) = unit(SITE)["ExecStart"]
    program, *words = start.split()
    assert Path(program).is_file()
    run = subprocess.run([program, "app", "--help"], capture_output=True, text=True, check=True)
    assert all(word in run.stdout for word in words if word.startswith("--"))
    assert words[words.index("--public-url") + 1] == "https://ads.example.com"


def test_the_service_gets_memory_for_its_seats():
    few, many = (int(unit(replace(SITE, seats=seats))["MemoryMax"][0].rstrip("M")) for seats in (5, 40))
    assert many - few == pytest.approx(35 * 1.5 * deploy.SEAT_MB, abs=1)
    assert int(unit(SITE)["MemoryHigh"][0].rstrip("M")) < int(unit(SITE)["MemoryMax"][0].rstrip("M"))


def test_a_service_that_only_shows_writes_nothing_into_the_workspace():
    assert unit(SITE)["ReadWritePaths"] == ["/srv/ads"]
    assert "ReadWritePaths" not in unit(replace(SITE, read_only=True))
    assert "/srv/ads/notebooks" in unit(SITE)["ReadOnlyPaths"][0]


def test_homes_are_hidden_unless_something_is_in_one(monkeypatch):
    monkeypatch.setattr(sys, "prefix", "/opt/workbench")
    assert unit(SITE)["ProtectHome"] == ["yes"]
    assert unit(replace(SITE, workspace=Path("/home/ann/ads")))["ProtectHome"] == ["read-only"]


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="systemd is not installed")
def test_systemd_takes_the_unit_and_finds_it_closed(tmp_path):
    file = tmp_path / "ads-workbench.service"
    file.write_text(deploy.written("systemd", replace(SITE, workspace=tmp_path)), encoding="utf-8")
    looked = subprocess.run(["systemd-analyze", "verify", file], capture_output=True, text=True, check=False)
    assert (looked.returncode, looked.stderr) == (0, "")
    command = ["systemd-analyze", "security", "--offline=yes", "--no-pager", str(file)]
    told = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    exposure = re.search(r"exposure level for \S+ ([\d.]+)", told)
    assert exposure
    assert float(exposure[1]) <= 1.5


@pytest.mark.skipif(bool(team_network.missing()), reason=team_network.missing() or "-")
def test_nginx_takes_its_file_below_a_path_too(tmp_path):
    chain, key = team_network.certificate(tmp_path)
    for url in ("https://ads.example.com", "https://example.com/ads"):
        site = replace(SITE, public_url=url, certificate=str(chain), key=str(key))
        alone = ("unshare", "--net")
        with team_network.nginx(tmp_path, deploy.written("nginx", site), *alone):
            pass
        assert ("location /ads/ {" in deploy.written("nginx", site)) == url.endswith("/ads")


def test_the_hub_file_is_python_that_serves_both():
    settings: dict[str, object] = {}
    for node in ast.parse(deploy.written("jupyterhub", SITE)).body:
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Attribute):
            settings[node.targets[0].attr] = ast.literal_eval(node.value)
    (service,) = settings["services"]
    assert service["url"] == "http://127.0.0.1:8866"
    assert "https://ads.example.com/services/workbench" in service["command"]
    assert settings["environment"] == {"WORKBENCH_WORKSPACE": "/srv/ads"}


@pytest.mark.parametrize("url", ["", "http://ads.example.com"])
def test_a_team_needs_tls(url):
    with pytest.raises(SettingsError, match="TLS"):
        deploy.written("nginx", replace(SITE, public_url=url))


@pytest.mark.parametrize("word", ["/srv/my ads", "/srv/a;b", "/srv/$ads", "/srv/ads\nUser=root", "/srv/%h"])
def test_a_path_that_would_mean_something_else_is_refused(word):
    for kind in deploy.FILES:
        with pytest.raises(SettingsError, match="cannot stand in such a file"):
            deploy.written(kind, replace(SITE, workspace=Path(word)))


def test_an_unknown_kind_is_told_with_the_nearest():
    with pytest.raises(SettingsError, match="nginx"):
        deploy.written("nginxx", SITE)
