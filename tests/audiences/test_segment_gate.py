"""The gate for a segment by name: the same people as by hand, in Python and by the command."""

from __future__ import annotations

import csv

import pytest
from click.testing import CliRunner

import workbench as wb
from workbench import audiences
from workbench.cli import main
from workbench.errors import QuestionError
from workbench.privacy import audit
from workbench.segments import field, rule


@pytest.fixture
def everyone(people):
    """All customers as a saved segment."""
    wb.segments.save(people, rule(field("created_date").known() | ~field("created_date").known()), "Everyone")
    return people


def test_a_name_asks_the_same_as_its_members(everyone):
    members = wb.segments.load(everyone, "Everyone").members(everyone)
    by_hand = audiences.prepare(everyone, members, "marketing", "email", "meta_ads")
    by_name = audiences.of_segment(everyone, "everyone", "marketing", "email", "meta_ads")
    assert by_name.to_dict()["held"] == by_hand.to_dict()["held"]
    assert by_name.ids == by_hand.ids
    assert by_name.name == "Everyone"
    with pytest.raises(QuestionError, match="Unknown segment"):
        audiences.of_segment(everyone, "Nobody", "marketing", "email", "meta_ads")


def command(store, *more):
    asked = ["audience", "Everyone", "--purpose", "marketing", "--channel", "email", "--format", "google_ads"]
    return CliRunner().invoke(main, [*asked, "-w", str(store.path), *more])


def test_the_command_counts_and_writes_only_when_told_where(everyone, tmp_path):
    told = command(everyone)
    wanted = audiences.of_segment(everyone, "Everyone", "marketing", "email", "google_ads")
    assert told.exit_code == 0
    assert told.output.splitlines() == [wanted.sentence(), *(held.sentence for held in wanted.held())]
    file = tmp_path / "list.csv"
    done = command(everyone, "--out", str(file), "--reason", "spring offer")
    assert done.exit_code == 0, done.output
    assert f"The list is in {file}" in done.output
    with file.open() as lines:
        rows = list(csv.DictReader(lines))
    assert 0 < len(rows) <= wanted.size
    assert f"{len(rows)} of" in done.output
    log = audit.frame(everyone.path).astype(str).agg(" ".join, axis=1)
    assert log.str.contains("Everyone").any()
    assert log.str.contains("spring offer").any()


def test_the_command_refuses_without_a_reason_and_with_nobody(everyone, tmp_path):
    refused = command(everyone, "--out", str(tmp_path / "list.csv"))
    assert refused.exit_code == 1
    assert not (tmp_path / "list.csv").exists()
    few = CliRunner().invoke(
        main,
        ["audience", "Everyone", "--purpose", "marketing", "--channel", "email", "--format", "tiktok_ads",
         "-w", str(everyone.path), "--lang", "zh"],
    )  # fmt: skip
    assert few.exit_code == 1
    assert "不可触达" in few.output
