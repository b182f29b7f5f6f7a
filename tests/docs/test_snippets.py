"""What README and guide show works: Python is run, shell commands exist."""

from __future__ import annotations

import contextlib
import io
import re
import shlex

import click
import guide
import pytest
import source

PAGES = [page for page in (*guide.READMES, *guide.GUIDE) if guide.snippets(page, "python", "bash")]
EXPLAINED = {"index.md", "python.md"}
"""Pages that lead to others or list docstrings."""


@pytest.mark.parametrize("page", PAGES, ids=source.name)
def test_python_snippets_of_a_page_run_in_order(page, demo_store, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    names: dict = {}
    for snippet in guide.snippets(page, "python"):
        # Blank lines first, so that a traceback names the line of the page.
        code = compile("\n" * snippet.line + snippet.text, str(page), "exec")
        with contextlib.redirect_stdout(io.StringIO()):
            exec(code, names)


@pytest.mark.parametrize("page", [page for page in guide.GUIDE if page.parent == guide.DOCS], ids=source.name)
def test_every_page_of_the_guide_has_a_snippet(page):
    assert page.name in EXPLAINED or guide.snippets(page, "python", "bash")


def shell_lines(page):
    """Commands of a page, without comments and with continued lines joined."""
    for snippet in guide.snippets(page, "bash"):
        for line in snippet.text.replace("\\\n", " ").splitlines():
            if words := shlex.split(line, comments=True):
                yield words


@pytest.mark.parametrize("page", PAGES, ids=source.name)
def test_shell_commands_of_a_page_exist(page):
    targets = set(re.findall(r"^(\w+):", (source.ROOT / "Makefile").read_text(encoding="utf-8"), re.M))
    for words in shell_lines(page):
        match words:
            case ["make", target, *variables]:
                assert target in targets
                assert all(re.match(r"[A-Z_]+=", variable) for variable in variables)
            case ["workbench" | ".venv/bin/workbench", *arguments]:
                with contextlib.suppress(click.exceptions.Exit):  # --help
                    parse(arguments)
            case [first, *_]:
                assert first in ("git", "cd", "conda", "pip", "bash")


def parse(arguments: list[str]) -> None:
    """Let click read a command line without running it."""
    from workbench.cli import main

    command, context = main, main.make_context("workbench", list(arguments), resilient_parsing=False)
    while hasattr(command, "resolve_command"):
        rest = [*context._protected_args, *context.args]
        if not rest:
            return
        name, command, rest = command.resolve_command(context, rest)
        context = command.make_context(name, list(rest), parent=context)
