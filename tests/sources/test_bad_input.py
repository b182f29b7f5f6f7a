"""Unusable content gives one FAIL sentence, wrong arguments one InputError, and nothing is imported."""

from __future__ import annotations

import pytest

from workbench.errors import InputError
from workbench.sources import load

GOOD = "date,campaign,impressions,clicks,cost\n2026-01-15,A,100,5,1.50\n"

FAILS = {
    "empty": b"",
    "blank": b"\n\n  \n",
    "binary": bytes(range(256)) * 40,
    "western": "date,campaign,impressions,clicks\n2026-01-15,Zürich Märkte,100,5\n".encode("cp1252"),
    "japanese": "日付,表示回数\n2026-01-15,100\n".encode("shift_jis"),
    "prose": b"Dear colleague,\nplease find the numbers attached.\nRegards\n",
    "numbers": b"1,2,3\n4,5,6\n",
    "header only": b"date,campaign,impressions,clicks\n",
    "no date": b"campaign,impressions,clicks\nA,100,5\n",
    "no metric": b"date,campaign\n2026-01-15,A\n",
    "no dates": b"date,campaign,impressions,clicks\nmonday,A,100,5\ntuesday,A,100,5\n",
    "ambiguous": b"date,campaign,impressions,clicks\n01/02/2026,A,100,5\n03/02/2026,A,100,5\n",
    "mixed": b"date,campaign,impressions,clicks\n13/02/2026,A,100,5\n02/13/2026,A,100,5\n",
    "broken workbook": b"PK\x03\x04 this is no workbook",
    "broken parquet": b"PAR1 this is no parquet",
    "json": b'{"date": "2026-01-15", "impressions": 100}\n',
    "html": b"<html><body><table><tr><td>date</td></tr></table></body></html>",
}


@pytest.mark.parametrize("name", FAILS)
def test_unusable_content_is_one_sentence(name, workspace, export):
    review = load(workspace, export(FAILS[name]))
    assert review.status == "FAIL", review
    first = review.findings[0]
    assert first.status == "FAIL"
    assert first.sentence.endswith(".")
    assert first.action
    assert workspace.version == 0
    assert not (workspace.path / "quarantine").exists() or not list((workspace.path / "quarantine").iterdir())


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("empty", "empty"),
        ("blank", "empty"),
        ("binary", "encoding"),
        ("western", "encoding"),
        ("prose", "no_header"),
        ("numbers", "no_header"),
        ("header only", "no_rows"),
        ("no date", "no_date_column"),
        ("no metric", "no_metrics"),
        ("no dates", "no_good_rows"),
        ("ambiguous", "dates_ambiguous"),
        ("mixed", "dates_mixed"),
        ("broken workbook", "damaged"),
        ("broken parquet", "damaged"),
    ],
)
def test_the_sentence_is_the_right_one(name, code, workspace, export):
    assert load(workspace, export(FAILS[name])).findings[0].code == code


@pytest.mark.parametrize(("order", "day"), [("dmy", 1), ("mdy", 2)])
def test_an_ambiguous_file_imports_once_the_order_is_said(order, day, workspace, export):
    review = load(workspace, export(FAILS["ambiguous"]), date_order=order)
    assert review.status == "REVIEW"
    assert workspace.query("SELECT min(local_date) AS d FROM performance")["d"][0].as_py().day == day


def test_another_encoding_can_be_named(workspace, export):
    review = load(workspace, export(FAILS["western"]), encoding="cp1252")
    assert review.rows_ok == 1
    assert workspace.query("SELECT campaign FROM performance")["campaign"].to_pylist() == ["Zürich Märkte"]


def test_a_missing_path_and_an_empty_folder_are_input_errors(workspace, tmp_path):
    with pytest.raises(InputError, match="no file or folder"):
        load(workspace, tmp_path / "missing.csv")
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "notes.md").write_text("x")
    with pytest.raises(InputError, match="holds no exports"):
        load(workspace, tmp_path / "folder")


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ({"source": "gogle_ads"}, "Did you mean 'google_ads'"),
        ({"mapping": {"local_date": "dates", "cost": "cost"}}, "header 'dates'.*Did you mean 'date'"),
        ({"mapping": {"local_date": "date", "kost": "cost"}}, "Did you mean 'cost'"),
        ({"mapping": {"local_date": "date", "cost_micros": "cost"}}, "canonical column 'cost_micros'"),
        ({"mapping": {"local_date": "date", "cost": 3}}, "no header"),
        ({"mapping": ["date"]}, "mapping is a list"),
        ({"timezone": "Asia/Shangai"}, "Did you mean 'Asia/Shanghai'"),
        ({"timezone": "../etc/passwd"}, "time zone"),
        ({"currency": "YUAN"}, "Unknown currency"),
        ({"grain": "adset"}, "grain"),
        ({"date_order": "ymd"}, "date_order"),
        ({"decimal": ";"}, "decimal"),
        ({"encoding": "klingon"}, "encoding"),
        ({"encoding": "base64"}, "encoding"),
        ({"goal": "Sales"}, "goal 'Sales'"),
        ({"account": 7}, "account is 7"),
    ],
)
def test_wrong_arguments_say_what_is_allowed(arguments, says, workspace, export):
    file = export(GOOD)
    with pytest.raises(InputError, match=says):
        load(workspace, file, **arguments)
    assert workspace.version == 0


def test_a_currency_against_the_files_own_is_refused(workspace, export):
    text = "date,campaign,impressions,cost (USD)\n2026-01-15,A,100,1.5\n"
    with pytest.raises(InputError, match="USD"):
        load(workspace, export(text), currency="EUR")


@pytest.mark.parametrize("cut", range(60, 100))
def test_a_half_written_file_keeps_its_whole_rows(cut, workspace, export):
    whole = GOOD + '2026-01-16,B,200,7,"2,000.25"\n2026-01-17,"展示, 广告",300,8,3.75\n'
    content = whole.encode()[: len(GOOD.encode()) + cut - 60 + 1]
    review = load(workspace, export(content), dry_run=True)
    assert review.status == "REVIEW"
    whole_rows = content.decode("utf-8", "ignore").count("\n") - 1
    assert whole_rows <= review.rows_ok <= whole_rows + 1
    assert review.rows_in == review.rows_ok + review.rows_quarantined


def test_a_row_cut_in_half_is_set_aside_and_told(workspace, export):
    review = load(workspace, export(GOOD + "2026-01-16,B,20"))
    assert (review.rows_ok, review.rows_quarantined) == (1, 1)
    assert {"cells", "cut"} <= {item.code for item in review.findings}
    assert review.quarantine["raw"].tolist() == ["2026-01-16,B,20"]


def test_a_folder_or_file_that_cannot_be_read(workspace, export, monkeypatch):
    from pathlib import Path

    file = export(GOOD)
    original = Path.open

    def refuse(self, *args, **kwargs):
        if self == file:
            raise PermissionError(13, "Permission denied")
        return original(self, *args, **kwargs)

    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(InputError, match="Permission denied"):
        load(workspace, file)
