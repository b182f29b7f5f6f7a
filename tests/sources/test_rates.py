"""Exchange rates from every kind of table, all or nothing, with doubts where one looks wrong."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pandas as pd
import pyarrow as pa
import pytest
from click.testing import CliRunner
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from workbench import data
from workbench.errors import InputError, WorkbenchError

DAY = dt.date(2026, 3, 2)


@pytest.fixture
def store(tmp_path):
    return data.open(tmp_path / "workspace")


def stored(store):
    rows = store.query(store.table("exchange_rates")).to_pylist()
    return {(row["date"].isoformat(), row["from_currency"], row["to_currency"]): row["rate"] for row in rows}


def file(tmp_path, text, name="rates.csv", encoding="utf-8"):
    path = tmp_path / name
    path.write_text(text, encoding=encoding)
    return path


LONG = "date,from_currency,to_currency,rate\n2026-03-02,USD,CNY,7.1234\n2026-03-03,USD,CNY,7.1301\n"


def test_a_long_file(store, tmp_path):
    loaded = data.load_rates(store, file(tmp_path, LONG))
    assert stored(store) == {("2026-03-02", "USD", "CNY"): 7.1234, ("2026-03-03", "USD", "CNY"): 7.1301}
    assert (loaded.status, loaded.rates, loaded.new, loaded.changed) == ("PASS", 2, 2, 0)
    assert loaded.pairs == ("USD→CNY",)
    assert (loaded.start, loaded.end) == (DAY, DAY + dt.timedelta(1))
    assert "2 rates" in loaded.headline("en")
    assert "汇率" in loaded.headline("zh")
    assert loaded.to_dict()["start"] == "2026-03-02"


def test_the_same_rates_again_change_nothing_and_others_replace_or_add(store, tmp_path):
    data.load_rates(store, file(tmp_path, LONG))
    version = store.version
    again = data.load_rates(store, file(tmp_path, LONG))
    assert (again.new, again.changed, store.version) == (0, 0, version)
    more = LONG.replace("7.1301", "7.15") + "2026-03-03,EUR,CNY,8.3\n"
    loaded = data.load_rates(store, file(tmp_path, more))
    assert (loaded.new, loaded.changed, store.version) == (1, 1, version + 1)
    assert stored(store)["2026-03-03", "USD", "CNY"] == 7.15
    assert len(stored(store)) == 3


def test_a_wide_file_of_a_central_bank(store, tmp_path):
    text = "Date, USD, JPY, BGN,\n2 March 2026, 1.0842, 161.5, N/A,\n27 February 2026, 1.08, N/A, 1.9558,\n"
    loaded = data.load_rates(store, file(tmp_path, text), from_currency="EUR")
    assert stored(store) == {
        ("2026-03-02", "EUR", "USD"): 1.0842,
        ("2026-03-02", "EUR", "JPY"): 161.5,
        ("2026-02-27", "EUR", "USD"): 1.08,
        ("2026-02-27", "EUR", "BGN"): 1.9558,
    }
    assert loaded.blank == 2


def test_a_chinese_file_that_quotes_a_hundred_foreign_units(store, tmp_path):
    text = "日期,美元,欧元,日元\n2026-03-02,712.34,831.05,4.7213\n"
    data.load_rates(store, file(tmp_path, text, encoding="gb18030"), to_currency="人民币", per=100)
    assert stored(store) == {
        ("2026-03-02", "USD", "CNY"): 7.1234,
        ("2026-03-02", "EUR", "CNY"): 8.3105,
        ("2026-03-02", "JPY", "CNY"): 0.047213,
    }


@pytest.mark.parametrize("kind", ["pandas", "arrow", "dict", "xlsx", "parquet"])
def test_frames_workbooks_and_parquet(store, tmp_path, kind):
    frame = pd.DataFrame(
        {
            "day": [DAY, DAY + dt.timedelta(1)],
            "base": ["USD", "usd"],
            "quote": ["CNY", "CNY"],
            "rate": [7.1234, None],
        }
    )
    if kind == "xlsx":
        frame.to_excel(given := tmp_path / "rates.xlsx", index=False)
    elif kind == "parquet":
        frame.to_parquet(given := tmp_path / "rates.parquet")
    else:
        given = {"pandas": frame, "arrow": pa.Table.from_pandas(frame), "dict": frame.to_dict("list")}[kind]
    loaded = data.load_rates(store, given)
    assert stored(store) == {("2026-03-02", "USD", "CNY"): 7.1234}
    assert loaded.blank == 1


def test_exact_decimals_survive(store):
    exact = [Decimal("7.1234567"), Decimal("0.047213"), Decimal("123456.789012")]
    frame = {"date": [DAY] * 3, "from": ["USD", "JPY", "BTN"], "to": ["CNY"] * 3, "rate": exact}
    data.load_rates(store, frame)
    assert sorted(Decimal(repr(rate)) for rate in stored(store).values()) == sorted(exact)


@pytest.mark.parametrize(
    ("text", "given", "said"),
    [
        (LONG + "2026-03-04,USD,CNY,-7\n", {}, "line 4.*cannot be -7"),
        (LONG + "2026-03-04,USD,CNY,0\n", {}, "cannot be 0"),
        (LONG + "2026-03-04,USD,CNY,1e99\n", {}, "cannot be"),
        (LONG + "2026-03-04,USD,CNY,seven\n", {}, "'seven' is no rate"),
        (LONG + '2026-03-04,USD,CNY,"7,12"\n', {}, "decimal=','"),
        (LONG + "2026-03-04,USD,QQQ,7\n", {}, "'QQQ' is no currency"),
        (LONG + "yesterday,USD,CNY,7\n", {}, "'yesterday' is no date"),
        (LONG + "2026-03-03,USD,CNY,7.2\n", {}, "line 4.*7.2 here and 7.1301 in line 3"),
        (LONG + "2026-03-04,USD,USD,7\n", {}, "One USD is said to be worth 7 USD"),
        ("date,from,to,rate\n01/02/2026,USD,CNY,7\n", {}, "date_order"),
        ("date,from,rate\n2026-03-02,USD,7\n", {}, "to_currency="),
        ("date,USD,JPY\n2026-03-02,1.08,161\n", {}, "against which one"),
        ("date,USD,JPY\n2026-03-02,1.08,161\n", {"from_currency": "XYZ"}, "Unknown currency 'XYZ'"),
        ("date,a,b\n2026-03-02,1.08,161\n", {}, "No column holds rates"),
        ("from,to,rate\nUSD,CNY,7\n", {}, "No column is the date"),
        ("date,from,to,rate\n2026-03-02,USD,CNY,\n", {}, "not one rate"),
        (LONG, {"per": 0}, "per is 0"),
        (LONG, {"date_order": "ymd"}, "date_order"),
        ("", {}, "empty"),
    ],
)
def test_one_wrong_rate_and_nothing_is_loaded(store, tmp_path, text, given, said):
    with pytest.raises(InputError, match=said):
        data.load_rates(store, file(tmp_path, text), **given)
    assert store.version == 0


@pytest.mark.parametrize("given", [7, None, object(), "missing.csv"])
def test_what_is_no_table_is_refused(store, given):
    with pytest.raises(InputError):
        data.load_rates(store, given)


def test_a_comma_as_decimal_mark_and_thousands(store, tmp_path):
    text = "date;from;to;rate\n2026-03-02;USD;IDR;16.250,5\n"
    data.load_rates(store, file(tmp_path, text), decimal=",")
    plain = 'date,from,to,rate\n2026-03-02,EUR,IDR,"17,250.5"\n'
    data.load_rates(store, file(tmp_path, plain))
    assert set(stored(store).values()) == {16250.5, 17250.5}


def test_jumps_and_contradictions_are_told_and_loaded(store, tmp_path):
    jump = LONG + "2026-03-04,USD,CNY,712.34\n"
    loaded = data.load_rates(store, file(tmp_path, jump))
    assert (loaded.status, [doubt.code for doubt in loaded.doubts]) == ("REVIEW", ["jump"])
    assert "7.1301 to 712.34 on 2026-03-04" in loaded.doubts[0].sentence("en")
    apart = "date,from,to,rate\n2026-03-02,CNY,USD,7.1\n"
    loaded = data.load_rates(store, file(tmp_path, apart))
    assert [doubt.code for doubt in loaded.doubts] == ["apart"]
    assert len(stored(store)) == 4


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text(alphabet="date,fromtrUSDCNY0127.-/\n;\"' 日期汇率", max_size=120))
def test_any_text_is_loaded_or_refused_with_a_sentence(store, tmp_path, text):
    version, said = store.version, ""
    try:
        data.load_rates(store, file(tmp_path, text))
    except WorkbenchError as error:
        said = str(error)
    assert "\n" not in said
    assert not said or store.version == version


def test_the_command(tmp_path):
    from workbench.cli import main

    path, folder = file(tmp_path, LONG + "2026-03-04,USD,CNY,99\n"), tmp_path / "w"
    run = CliRunner().invoke(main, ["rates", str(path), "-w", str(folder)])
    assert run.exit_code == 0, run.output
    assert "3 rates" in run.output
    assert "REVIEW USD → CNY goes from" in run.output
    bad = CliRunner().invoke(main, ["rates", str(file(tmp_path, "date\n")), "-w", str(folder)])
    assert bad.exit_code == 1
    assert len(stored(data.open(folder))) == 3
