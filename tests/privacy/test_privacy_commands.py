"""The commands of a privacy officer, as typed."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner
from privacy_helpers import person

from workbench import privacy
from workbench.cli import main
from workbench.privacy import audit


def run(*arguments, code=0, said=None):
    """Run a command line; returns what it printed."""
    answer = CliRunner().invoke(main, [str(argument) for argument in arguments], input=said)
    assert answer.exit_code == code, answer.output
    return answer.output


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_forget_asks_does_and_proves(filled, lang):
    arguments = ("forget", "CRM-00007", "-w", filled.path, "--lang", lang)
    run(*arguments, code=1, said="n\n")
    assert privacy.open_personal(filled, "CRM-00007", "still here").values
    told = run(*arguments, said="y\n")
    assert ("No trace is left" if lang == "en" else "未发现任何残留") in told
    run(*arguments, "--yes")
    assert "Nobody" in run("forget", "--again", "-w", filled.path)


def test_a_trace_that_is_left_is_exit_code_1(filled):
    (filled.path / "notebooks" / "x.txt").write_text(person(7)["email"])
    told = run("forget", "CRM-00007", "--yes", "-w", filled.path, code=1)
    assert "FAIL   e-mail found in notebooks/x.txt" in told


def test_forget_needs_a_customer_whom_somebody_knows(filled):
    run("forget", "-w", filled.path, code=2)
    assert "No customer of this workspace" in run("forget", "nobody", "--yes", "-w", filled.path, code=1)


def test_key_show_new_rotate(store, home):
    assert "has no key yet" in run("key", "show", "-w", store.path, code=1)
    assert "Key made" in run("key", "new", "-w", store.path)
    assert "has a key already" in run("key", "new", "-w", store.path, code=1)
    assert "New key in force" in run("key", "rotate", "-w", store.path)
    shown = run("key", "show", "-w", store.path)
    assert "2 in force" in shown
    assert str(home / "keys") in shown


def test_audit_list_and_verify(filled):
    privacy.open_personal(filled, "CRM-00007", "complaint 12", "ada")
    assert "complaint 12" in run("audit", "list", "--customer", "CRM-00007", "-w", filled.path)
    assert "complaint" not in run("audit", "list", "--customer", "CRM-00008", "-w", filled.path)
    assert "whole" in run("audit", "verify", "-w", filled.path)
    log = filled.path / audit.LOG
    line = json.loads(log.read_text())
    log.write_text(json.dumps({**line, "who": "eve"}) + "\n")
    assert "FAIL Line 1 was changed" in run("audit", "verify", "-w", filled.path, code=1)


def test_retain_reads_the_setting_or_the_option(filled):
    assert "No table has a limit" in run("retain", "-w", filled.path)
    assert "Removed" in run("retain", "--days", "transactions=1", "-w", filled.path)
    run("retain", "--days", "transactions", "-w", filled.path, code=2)
    file = filled.path / "workbench.toml"
    file.write_text(file.read_text() + "\nretention_days = { feedback = 1 }\n")
    assert "feedback" in run("retain", "-w", filled.path)


COMMANDS = (
    "forget",
    "retain",
    "key",
    "key new",
    "key rotate",
    "key show",
    "audit",
    "audit list",
    "audit verify",
)


@pytest.mark.parametrize("words", COMMANDS)
def test_help_teaches(words):
    told = run(*words.split(), "--help")
    assert len(told) > 200
