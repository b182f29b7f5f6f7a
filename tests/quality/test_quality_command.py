"""`workbench review` says whether the data can be trusted, and an old report comes back to the digit."""

from __future__ import annotations

import pytest
from click.testing import CliRunner

import workbench as wb
from workbench.cli import main

TEXT = """时间,账户ID,项目ID,消耗,展示数,点击数,转化数
2026-01-01,7,1,120.50,52310,801,{late}
2026-01-02,7,1,98.25,48100,690,38
"""
WORDS = {"en": "Freshness · The newest data", "zh": "时效 · 最新数据"}


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "workspace"


@pytest.fixture
def run(folder):
    def command(*arguments):
        result = CliRunner().invoke(main, [*map(str, arguments), "-w", str(folder)])
        assert result.exit_code == 0, result.output
        return result.output

    return command


@pytest.mark.parametrize(
    ("lang", "words"), [("en", "Freshness · The newest data"), ("zh", "时效 · 最新数据")]
)
def test_the_review_of_a_workspace_stands_above_its_imports(lang, words, run, folder, tmp_path):
    file = tmp_path / "a.csv"
    file.write_text(TEXT.format(late=42), encoding="utf-8")
    run("import", file)
    said = run("review", "--lang", lang)
    assert said.startswith("REVIEW")
    assert words in said
    assert said.index(words) < said.index("a.csv")
    assert wb.quality.review(wb.open(folder)).status == "REVIEW"


def test_an_import_without_days_has_no_period(run, tmp_path, monkeypatch):
    monkeypatch.setenv("WORKBENCH_HOME", str(tmp_path / "home"))
    file = tmp_path / "customers.csv"
    file.write_text("customer no,region\nc1,north\n", encoding="utf-8")
    run("import", file, "--table", "customers")
    assert "None" not in run("review")


def test_a_unit_is_said_in_a_terminal(run, folder, tmp_path):
    file = tmp_path / "partner.csv"
    rows = "".join(f"2026-01-{day:02d},A,9000,90,{day}00000000\n" for day in range(10, 20))
    file.write_text("date,campaign,impressions,clicks,cost\n" + rows, encoding="utf-8")
    said = run("import", file, "--currency", "USD")
    assert "--unit" in said
    run("import", file, "--currency", "USD", "--unit", "micros")
    cost = wb.metrics.kpis(wb.open(folder), None, "cost", "all").table["cost"][0]
    assert cost == sum(range(10, 20)) * 100


def test_late_conversions_move_history_and_the_old_answer_comes_back_to_the_digit(run, folder, tmp_path):
    file = tmp_path / "a.csv"
    file.write_text(TEXT.format(late=42), encoding="utf-8")
    run("import", file)
    store = wb.open(folder)
    before = store.version
    told = wb.metrics.kpis(store, "date", ["cost", "conversions", "cpa"], "all")
    file.write_text(TEXT.format(late=47), encoding="utf-8")
    run("import", file)
    store.refresh()
    now = wb.metrics.kpis(store, "date", ["cost", "conversions", "cpa"], "all")
    assert now.table["conversions"].tolist() == [47, 38]
    assert str(now.moving_until) == "2026-02-01"
    again = wb.metrics.kpis(store.at(before), "date", ["cost", "conversions", "cpa"], "all")
    assert again.table.equals(told.table)
    assert again.data_version == told.data_version == before
    assert again.stamp("en") == told.stamp("en")
    version = store.version
    run("import", file)
    assert store.refresh() == version, "the same file changes nothing"
