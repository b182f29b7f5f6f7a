"""Whatever a file holds, the answer is a review or one WorkbenchError, and a FAIL changes nothing."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import workbench as wb
from workbench.crm.spec import specs
from workbench.data import ImportReview
from workbench.errors import WorkbenchError

CALM = settings(
    max_examples=60,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
HEADERS = sorted(
    {header for item in specs().values() for field in item.fields for header in field.headers[:4]}
)
VALUES = st.one_of(
    st.text(max_size=12),
    st.integers().map(str),
    st.floats().map(repr),
    st.dates().map(str),
    st.datetimes().map(str),
    st.sampled_from(
        ["", "-", "是", "1,234.5", "1.234,5", "￥9", "a@b.de", "2026-03-01T10:00Z", "01/02/2026", "13/02/2026", "1E+20",  # noqa: E501
         "1700000000", "=1+1", "0000-00-00", "9" * 40, "2026-03-29 02:30:00", "退款", "上午9:00", "\x00", "'", '"', ";"]  # noqa: E501
    ),
)  # fmt: skip


@st.composite
def soups(draw):
    """A CSV file with headers that the tables know and any values."""
    table = draw(st.sampled_from([None, *specs()]))
    needed = list(specs()[table].needs) if table and draw(st.booleans()) else []
    heads = [*needed, *draw(st.lists(st.sampled_from(HEADERS), max_size=6))]
    rows = draw(st.lists(st.lists(VALUES, min_size=len(heads), max_size=len(heads)), max_size=6))
    stream = io.StringIO()
    writer = csv.writer(stream, delimiter=draw(st.sampled_from(",;\t|")))
    writer.writerows([heads, *rows])
    return table, stream.getvalue()


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    """One workspace for all soups."""
    return wb.open(tmp_path_factory.mktemp("soup") / "workspace")


def imported(store, file, **more):
    """The review; nothing but a WorkbenchError may come instead."""
    before = store.refresh()
    try:
        review = wb.data.load(store, file, **more)
    except WorkbenchError as error:
        assert error.what  # noqa: PT017
        assert store.refresh() == before
        return None
    assert isinstance(review, ImportReview)
    assert review.rows_in == review.rows_ok + review.rows_quarantined + review.rows_total
    assert len(review.quarantine) == review.rows_quarantined
    assert str(review)
    assert review.to_html("zh")
    if review.status == "FAIL":
        assert store.refresh() == before
    return review


@CALM
@given(soup=soups(), zone=st.sampled_from([None, "Asia/Shanghai", "Europe/Berlin"]))
def test_any_table_of_texts_is_reviewed(store, tmp_path, soup, zone):
    table, text = soup
    file = tmp_path / "soup.csv"
    file.write_text(text, encoding="utf-8", errors="replace", newline="")
    review = imported(store, file, table=table, timezone=zone)
    if review and review.status != "FAIL":
        again = imported(store, file, table=table, timezone=zone)
        assert again.unchanged


@CALM
@given(content=st.binary(max_size=300), table=st.sampled_from([None, "customers", "events"]))
def test_any_bytes_are_reviewed(store, tmp_path, content, table):
    file = tmp_path / "soup.csv"
    file.write_bytes(content)
    imported(store, file, table=table, dry_run=True)
