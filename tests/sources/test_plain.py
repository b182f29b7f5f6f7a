"""Columns that are found to be plain are read as the slow readers would read them, cell by cell."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest

import workbench as wb
from workbench.sources import load, parse
from workbench.sources.plain import Plain

DAYS = ("2026-01-01", "2026-01-02", "2026-01-03")
NAMES = ("Sale", "Total 2026", "合计", "春 季", "n/a", "", " Sale", "5e+3", "x+y", "nan", "Grand total")
COUNTS = ("1", "20", "0", "007", "", "1234", "1,234", "-3", "2.0", "x", "9999999999999", "--")
AMOUNTS = (
    "1.5",
    "0.25",
    "12",
    "",
    "1234.56",
    "1.234",
    "1,5",
    "¥3.10",
    "123456789.12",
    "0.123456",
    "-1",
    "1.",
)
CODES = ("CNY", "usd", "XX", "C|Y", "", "CNYUSD")


def table(seed, names, counts, amounts, codes):
    """A file of 40 rows with values from some lists."""
    chosen = random.Random(seed).choice
    lines = ["Date,Campaign,Impressions,Clicks,Cost,Currency,Conversions"]
    lines += [
        f'{chosen(DAYS)},"{chosen(names)}",{chosen(counts[:3])},"{chosen(counts)}","{chosen(amounts)}",'
        f"{chosen(codes)},{chosen(counts[:2])}"
        for _ in range(40)
    ]
    return "\n".join(lines) + "\n"


def brought(folder, file):
    """What an import says and brings."""
    store = wb.open(folder)
    review = load(store, file, source="generic")
    rows = store.query("SELECT * FROM performance ORDER BY line").to_pylist() if review.rows_ok else []
    goals = store.query("SELECT * FROM conversions ORDER BY line").to_pylist() if review.rows_ok else []
    aside = review.quarantine.to_dict("records")
    return replace(review, rejected=None, version=None), aside, rows, goals


KINDS = {
    "everything plain": (NAMES[:1], COUNTS[:3], AMOUNTS[:3], CODES[:1]),
    "empty cells": (NAMES[:2], COUNTS[:6], AMOUNTS[:5], CODES[:2]),
    "names that mean something": (NAMES, COUNTS[:3], AMOUNTS[:3], CODES[:1]),
    "numbers of every kind": (NAMES[:1], COUNTS, AMOUNTS, CODES[:1]),
    "points before three digits": (NAMES[:1], ("1", "1.234", "2.345"), ("1.234", "5.678"), CODES[:1]),
    "codes that are none": (NAMES[:1], COUNTS[:3], AMOUNTS[:3], CODES),
}


@pytest.mark.parametrize("kind", KINDS)
def test_plain_columns_bring_what_the_slow_readers_bring(kind, tmp_path, export, monkeypatch):
    file = export(table(sorted(KINDS).index(kind), *KINDS[kind]))
    quick = brought(tmp_path / "quick", file)
    monkeypatch.setattr(parse, "plain", lambda *_: Plain())
    assert quick == brought(tmp_path / "slow", file)
    assert quick[0].rows_in == 40


def test_plain_columns_are_found(export, tmp_path, monkeypatch):
    found = []
    known = parse.plain
    monkeypatch.setattr(parse, "plain", lambda *given: found.append(known(*given)) or found[-1])
    load(
        wb.open(tmp_path / "w"), export(table(1, *KINDS["everything plain"])), source="generic", dry_run=True
    )
    assert found == [Plain(frozenset({"c0", "c1", "c5"}), frozenset({"c2", "c3", "c6"}), frozenset({"c4"}))]
