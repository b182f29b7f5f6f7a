"""The built guide: no warning, no other host, and everything that can be used is in it."""

from __future__ import annotations

import dataclasses
import re
import subprocess
import sys
from html.parser import HTMLParser
from urllib.parse import unquote, urlsplit

import click
import guide
import pytest
import source

LOADING = {"script": "src", "link": "href", "img": "src", "iframe": "src", "source": "src"}


@pytest.fixture(scope="session")
def site(tmp_path_factory):
    """Folder of the built guide."""
    folder = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "sphinx", "-W", "--keep-going", "-q", "-d", f"{folder}/doctrees"]
    run = subprocess.run(
        [*command, str(guide.DOCS), f"{folder}/html"], capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stderr
    return folder / "html"


def page(site, name: str) -> str:
    """HTML of a page."""
    return (site / f"{name}.html").read_text(encoding="utf-8")


class Loads(HTMLParser):
    """Collects what a page loads and links."""

    def __init__(self) -> None:
        super().__init__()
        self.loaded: list[str] = []
        self.links: list[str] = []

    def handle_starttag(self, tag, attrs):
        values = dict(attrs)
        if tag in LOADING and values.get(LOADING[tag]) and values.get("rel") != "canonical":
            self.loaded.append(values[LOADING[tag]])
        if tag == "a" and values.get("href"):
            self.links.append(values["href"])


def read(file) -> Loads:
    loads = Loads()
    loads.feed(file.read_text(encoding="utf-8"))
    return loads


def test_no_page_loads_from_another_host(site):
    pages = sorted(site.rglob("*.html"))
    assert len(pages) > 10
    for file in pages:
        assert not [address for address in read(file).loaded if urlsplit(address).netloc], file.name


def test_style_sheets_load_from_no_other_host(site):
    for file in site.rglob("*.css"):
        addresses = re.findall(r"(?:url\(|@import)\s*['\"]?([^'\")\s;]+)", file.read_text(encoding="utf-8"))
        assert not [address for address in addresses if urlsplit(address).netloc], file.name


def test_links_inside_the_guide_lead_somewhere(site):
    for file in site.rglob("*.html"):
        for address in read(file).links:
            parts = urlsplit(address)
            if not parts.scheme and parts.path:
                assert (file.parent / unquote(parts.path)).exists(), f"{file.name}: {address}"


@pytest.mark.browser
def test_a_browser_shows_the_guide_from_disk_without_asking_anyone(site, guarded_page):
    watched = guarded_page(offline=True)
    watched.page.goto((site / "reference" / "metrics.html").as_uri())
    assert "CTR" in watched.page.inner_text("article").upper()
    watched.assert_clean()


def test_pictures_of_the_pages_exist():
    for file in (*guide.READMES, *guide.GUIDE):
        text = file.read_text(encoding="utf-8")
        for name in re.findall(r"!\[[^\]]*\]\(([^)]+)\)|\{image\} (\S+)", text):
            assert (file.parent / "".join(name)).is_file(), f"{file.name}: {name}"


def test_every_metric_is_in_the_glossary(site):
    from workbench import catalogue

    text = page(site, "reference/metrics")
    for metric in catalogue.builtin().values():
        assert f">{metric.id}<" in text
        assert metric.zh in text


def test_every_setting_is_documented(site):
    from workbench.settings import Settings

    text = page(site, "reference/settings")
    assert all(f">{item.name}<" in text and item.metadata["doc"] for item in dataclasses.fields(Settings))


def test_every_table_and_column_is_documented(site):
    from workbench.schema import TABLES

    text = page(site, "reference/tables")
    for table in TABLES.values():
        assert table.name in text
        assert all(f">{name}<" in text for name in table.names)


def test_every_platform_is_documented(site):
    from workbench.sources.profile import profiles

    text = page(site, "reference/platforms")
    assert all(f">{name}<" in text for name in profiles())


def test_every_command_and_option_is_documented(site):
    from workbench.cli import main

    text = page(site, "reference/commands")
    for name, command in main.commands.items():
        assert f"workbench {name}" in text
        assert command.help
        for option in (item for item in command.params if isinstance(item, click.Option)):
            assert all(spelling in text for spelling in option.opts), option.name
            assert option.help, f"{name} {option.opts}"


def test_both_readmes_show_the_same_commands_and_pictures():
    english, chinese = guide.READMES
    shown = [
        [
            re.sub(r"\s*#.*", "", line)
            for snippet in guide.snippets(file, "bash")
            for line in snippet.text.splitlines()
        ]
        for file in (english, chinese)
    ]
    assert shown[0] == shown[1]
    heads = [len(re.findall(r"^#+ ", file.read_text(encoding="utf-8"), re.M)) for file in (english, chinese)]
    assert heads[0] == heads[1]


@pytest.mark.parametrize("file", guide.READMES, ids=source.name)
def test_a_readme_says_the_two_commands_and_the_systems(file):
    text = file.read_text(encoding="utf-8")
    assert all(word in text for word in ("make app", "make test", "Linux", "macOS", "WSL"))
