"""Every value has a name in both languages."""

from __future__ import annotations

import re

import pytest

from workbench import schema


def rows(store, sql):
    return store.query(sql).to_pylist()


@pytest.mark.parametrize(
    "dimension",
    [column.name for column in schema.ROLLUP_DIMENSIONS],
)
def test_every_value_of_the_roll_up_has_a_name_in_both_languages(demo_store, dimension):
    english, chinese = demo_store.labels("en"), demo_store.labels("zh")
    for row in rows(demo_store, f"SELECT DISTINCT {dimension} AS v FROM performance_hourly"):
        value = (dimension, row["v"])
        assert not re.search(r"[\u4e00-\u9fff]", english[value])
        assert re.search(r"[\u4e00-\u9fff]", chinese[value]), value


@pytest.mark.parametrize(
    ("dimension", "sql"),
    [
        ("product_id", "SELECT product_id FROM products"),
        ("category", "SELECT DISTINCT category FROM products"),
        ("interest", "SELECT DISTINCT interest FROM customers"),
        ("value_class", "SELECT DISTINCT value_class FROM customers"),
        ("industry", "SELECT DISTINCT industry FROM customers WHERE industry IS NOT NULL"),
        ("method", "SELECT DISTINCT method FROM interactions"),
        ("interaction_kind", "SELECT DISTINCT kind FROM interactions"),
        ("message", "SELECT DISTINCT message FROM interactions"),
        ("reaction", "SELECT DISTINCT reaction FROM interactions WHERE reaction IS NOT NULL"),
        ("marketer", "SELECT DISTINCT marketer FROM interactions"),
        ("feedback_mood", "SELECT DISTINCT mood FROM feedback"),
        ("experiment", "SELECT DISTINCT experiment FROM assignments"),
        ("kind", "SELECT DISTINCT kind FROM conversions"),
        ("kind", "SELECT DISTINCT kind FROM transactions"),
    ],
)
def test_other_values_have_names_in_both_languages(demo_store, dimension, sql):
    for lang in ("en", "zh"):
        names = demo_store.labels(lang)
        for row in rows(demo_store, sql):
            (value,) = row.values()
            assert names[dimension, value]
