"""Exports of every Chinese platform, made with known sums: whatever the encoding, they agree to the cent."""

from __future__ import annotations

import csv
import io
import random
from dataclasses import dataclass
from decimal import Decimal

import pytest

from workbench.sources import load

ENCODINGS = ["gb18030", "utf-8-sig"]
HOUR, DAY = "2026-01-{day:02d} {hour:02d}:00", "2026-01-{day:02d}"
ROWS = 24


@dataclass(frozen=True)
class Kind:
    """One kind of export.

    Attributes:
        source: Platform.
        time: Header and form of the time.
        names: Headers of what tells rows apart; the last one's values are campaign names.
        impressions, clicks, cost, goal: Headers of the facts.
        total: First cell of the totals row.
        fen: Whether amounts are whole hundredths.
        other: A second conversion column, on another clock.
        preamble: Lines above the header.
        ending: What the platform puts behind a name.
    """

    source: str
    time: tuple[str, str]
    names: tuple[str, ...]
    impressions: str
    clicks: str
    cost: str
    goal: str
    total: str = "总计"
    fen: bool = False
    other: str = ""
    preamble: str = ""
    ending: str = ""


KINDS = {
    "oceanengine": Kind(
        "oceanengine", ("时间", HOUR), ("账户ID", "项目ID", "项目名称"), "展示数", "点击数", "消耗（元）",
        "转化数", other="转化数（计费时间）", preamble="巨量引擎 投放数据\n",
    ),
    "oceanengine, new fields": Kind(
        "oceanengine", ("stat_datetime", HOUR + ":00"), ("advertiser_id", "project_id", "project_name"),
        "show_cnt", "click_cnt", "stat_cost", "convert_cnt", "汇总", other="attribution_convert_cnt",
    ),
    "oceanengine, old fields": Kind(
        "oceanengine", ("stat_datetime", HOUR + ":00"), ("advertiser_id", "campaign_id", "campaign_name"),
        "show", "click", "cost", "convert", "合计", other="attribution_convert",
    ),
    "tencent": Kind(
        "tencent_ads", ("日期", DAY), ("账户ID", "推广计划ID", "推广计划名称"), "曝光次数", "点击次数",
        "花费（元）", "目标转化量", "合计",
    ),
    "tencent, fields in fen": Kind(
        "tencent_ads", ("date", DAY), ("account_id", "campaign_id", "campaign_name"), "view_count",
        "valid_click_count", "cost", "conversions_count", "总计", fen=True,
    ),
    "baidu": Kind(
        "baidu", ("日期", HOUR), ("账户", "推广计划ID", "推广计划"), "展现", "点击", "消费", "目标转化量",
        "2026-01-01至2026-01-24", other="目标转化量（转化时间）", ending="[已删除]",
        preamble="数据生成时间：2026-01-25 14:06\n",
    ),
    "kuaishou": Kind(
        "kuaishou", ("stat_date", DAY), ("account_id", "campaign_id", "campaign_name"), "show", "bclick",
        "charge", "conversion_num", "汇总",
    ),
    "kuaishou, Chinese": Kind(
        "kuaishou", ("日期", DAY), ("账户ID", "广告计划ID", "广告计划名称"), "封面曝光数", "行为数",
        "花费（元）", "转化数", "合计",
    ),
    "xiaohongshu": Kind(
        "xiaohongshu", ("时间", DAY), ("账户ID", "计划ID", "创意ID", "计划名称"), "展现量", "点击量", "消费",
        "私信留资数",
    ),
    "xiaohongshu, orders in fen": Kind(
        "xiaohongshu", ("日期", DAY), ("账户ID", "笔记ID", "计划名称"), "展现量", "点击量", "总消耗（分）",
        "转化数", "合计", fen=True,
    ),
}  # fmt: skip


@dataclass(frozen=True)
class Row:
    """What one row says; None: `--` in the file."""

    day: int
    hour: int
    impressions: int
    clicks: int
    cents: int
    goal: int | None
    other: int

    @property
    def facts(self) -> tuple[int, int, int, int, int]:
        """Everything that adds up."""
        return self.impressions, self.clicks, self.cents, self.goal or 0, self.other


def made(seed: int) -> list[Row]:
    """Rows of plausible rates, one a day."""
    pick = random.Random(seed)
    rows = []
    for day in range(1, ROWS + 1):
        shown = pick.randint(1000, 900_000)
        clicks = shown // pick.randint(30, 90) + 1
        goal = None if day % 5 == 0 else clicks // 20
        rows.append(
            Row(day, pick.randrange(24), shown, clicks, clicks * pick.randint(61, 399), goal, clicks // 25)
        )
    return rows


def written(kind: Kind, rows: list[Row], total: tuple[int, ...]) -> str:
    """The export as text: grouped thousands, ￥ on every second amount, `--` for what is missing."""
    out = io.StringIO()
    write = csv.writer(out, lineterminator="\r\n").writerow
    shares = [kind.other] if kind.other else []
    write([kind.time[0], *kind.names, kind.impressions, kind.clicks, kind.cost, kind.goal, *shares])
    for number, row in enumerate(rows):
        when = kind.time[1].format(day=row.day, hour=row.hour)
        names = [f"70{place}" for place in range(1, len(kind.names))] + [
            "春节大促" + kind.ending * (number % 2)
        ]
        goal = "--" if row.goal is None else row.goal
        cells = [f"{row.impressions:,}", row.clicks, _money(kind, row.cents, number % 2 == 1), goal]
        write([when, *names, *cells, *([row.other] if shares else [])])
    cells = [f"{total[0]:,}", f"{total[1]:,}", _money(kind, total[2], True), total[3]]
    write([kind.total, *([""] * len(kind.names)), *cells, *([total[4]] if shares else [])])
    return kind.preamble + out.getvalue()


def _money(kind: Kind, cents: int, sign: bool) -> str:
    if kind.fen:
        return f"{cents:,}"
    return ("￥" if sign else "") + f"{Decimal(cents) / 100:,.2f}"


def sums(rows: list[Row]) -> tuple[int, ...]:
    """The file's own totals."""
    return tuple(map(sum, zip(*(row.facts for row in rows), strict=True)))


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("name", KINDS)
def test_totals_agree_to_the_cent(name, encoding, workspace, export, facts):
    kind, rows = KINDS[name], made(7)
    total = sums(rows)
    review = load(workspace, export(written(kind, rows, total), encoding=encoding))
    assert (review.status, review.source, review.reconciled) == ("PASS", kind.source, True), review
    assert (review.rows_ok, review.rows_quarantined, review.rows_total) == (ROWS, 0, 1)
    stored = facts(workspace)
    assert [row["cost_micros"] for row in stored] == [row.cents * 10_000 for row in rows]
    assert [(row["impressions"], row["clicks"]) for row in stored] == [
        (r.impressions, r.clicks) for r in rows
    ]
    assert {row["currency"] for row in stored} == {"CNY"}
    assert {row["timezone"] for row in stored} == {"Asia/Shanghai"}
    assert {row["campaign"] for row in stored} == {"春节大促"}
    hours = [row.hour for row in rows] if "{hour" in kind.time[1] else [None] * ROWS
    assert [row["local_hour"] for row in stored] == hours
    goals = [row["conversions"] for row in facts(workspace, "conversions") if row["is_goal"]]
    assert goals == [row.goal for row in rows], "-- is unknown, not 0"


@pytest.mark.parametrize("name", [name for name, kind in KINDS.items() if kind.other])
def test_both_clocks_are_kept_and_only_the_goals_is_answered(name, workspace, export, facts):
    kind, rows = KINDS[name], made(7)
    load(workspace, export(written(kind, rows, sums(rows))))
    stored = facts(workspace, "conversions")
    bases = {row["is_goal"]: row["time_basis"] for row in stored}
    assert "conversion" in bases.values()
    assert len(set(bases.values())) == 2
    assert sum(row["conversions"] for row in stored if not row["is_goal"]) == sums(rows)[4]
    answered = workspace.query("SELECT sum(conversions) AS n FROM performance_hourly")["n"][0].as_py()
    assert answered == sums(rows)[3]


@pytest.mark.parametrize("name", KINDS)
def test_one_cent_too_many_is_told(name, workspace, export):
    kind, rows = KINDS[name], made(7)
    total = list(sums(rows))
    total[2] += 1
    review = load(workspace, export(written(kind, rows, tuple(total))))
    assert (review.status, review.reconciled) == ("REVIEW", False), review
    assert [item.code for item in review.findings if item.status != "PASS"] == ["totals_differ"]


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("name", KINDS)
def test_a_row_set_aside_explains_the_difference_by_its_own_sums(name, encoding, workspace, export):
    kind, rows = KINDS[name], made(11)
    text = written(kind, rows, sums(rows))
    bad = rows[6]
    when = kind.time[1].format(day=bad.day, hour=bad.hour)
    review = load(
        workspace, export(text.replace(when, when.replace("2026-01", "2026-13")), encoding=encoding)
    )
    assert (review.status, review.reconciled) == ("REVIEW", False), review
    assert (review.rows_ok, review.rows_quarantined, review.rows_total) == (ROWS - 1, 1, 1)
    told = {item.values["header"]: item for item in review.findings if item.code == "totals_explained"}
    cost = next(item for header, item in told.items() if header == kind.cost)
    shown = f"{bad.cents:,}" if kind.fen else f"{Decimal(bad.cents) / 100:,.2f}"
    assert shown in cost.sentence
    assert {"totals_explained"} == {item.code for item in review.findings if item.code.startswith("totals_")}
    line = 6 + 2 + kind.preamble.count("\n")
    assert review.quarantine["line"].tolist() == [line]
    assert review.quarantine["raw"][0].startswith("2026-13-07")
