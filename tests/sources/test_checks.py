"""The rules of an import, asked in either way, against a plain loop over the same rows."""

import random

import pytest

from workbench.sources import checks
from workbench.sources.checks import Rule
from workbench.store import parquet

RULES = (
    Rule("no_date", "d IS NULL", header="Day"),
    Rule("negative", "clicks < 0", header="Clicks", value="clicks::VARCHAR"),
    Rule("future", "d > DATE '2026-01-20'", False, header="Day", value="d::VARCHAR"),
    Rule("not_whole", "cost <> trunc(cost)", header="Cost", value="cost::VARCHAR"),
)
SAID = (
    "Day is empty.",
    "Clicks '{clicks}' is negative.",
    "",
    "Cost '{cost}' is no whole number.",
)


def _rows():
    draw = random.Random(5)
    days = (None, "2026-01-04", "2026-01-19", "2026-01-21")
    return [
        (line, draw.choice(days), draw.choice((None, -3, 0, 8)), draw.choice((None, 0.5, 2.0)), not line % 50)
        for line in range(1, 401)
    ]


def _broken(day, clicks, cost):
    asked = (day is None, (clicks or 0) < 0, (day or "") > "2026-01-20", cost == 0.5)
    return [place for place, breaks in enumerate(asked) if breaks]


def _expected():
    """Line → state and the places of the rules that it breaks."""
    found = {}
    for line, day, clicks, cost, is_total in _rows():
        places = _broken(day, clicks, cost)
        bad = any(RULES[place].rejects for place in places)
        found[line] = ("total" if is_total else "bad" if bad else "ok", places)
    return found


@pytest.fixture(params=["table", "view"])
def asked(request):
    """A connection whose rows were checked, as those of a sheet are and as those of a report are."""
    with parquet.connect() as connection:
        connection.execute(
            "CREATE TEMP TABLE rows_ (line BIGINT, d DATE, clicks BIGINT, cost DOUBLE, is_total BOOLEAN)"
        )
        connection.executemany("INSERT INTO rows_ VALUES (?, ?, ?, ?, ?)", _rows())
        connection.execute(f"CREATE TEMP {request.param} parsed AS FROM rows_")
        columns = ("line", "clicks") if request.param == "view" else ()
        yield connection, checks.check(connection, RULES, columns)


def test_every_row_has_its_state_and_every_break_its_line(asked):
    connection, _ = asked
    expected = _expected()
    states = dict(connection.execute("SELECT line, state FROM checked").fetchall())
    assert states == {line: state for line, (state, _) in expected.items()}
    broken = connection.execute("SELECT line, rule, rejects FROM broken ORDER BY line, rule").fetchall()
    assert broken == [
        (line, place, RULES[place].rejects) for line, (_, places) in expected.items() for place in places
    ]


def test_reasons_are_those_of_bad_rows_in_the_order_of_the_rules(asked):
    connection, checked = asked
    values = {line: {"clicks": clicks, "cost": cost} for line, _, clicks, cost, _ in _rows()}
    expected = [
        {
            "line": line,
            "reasons": " ".join(
                SAID[place].format(**values[line]) for place in places if RULES[place].rejects
            ),
        }
        for line, (state, places) in _expected().items()
        if state == "bad"
    ]
    assert checks.reasons(connection, checked, "en").to_pylist() == expected


def test_findings_count_bad_rows_for_rules_that_reject_and_good_ones_for_those_that_only_tell(asked):
    connection, checked = asked
    told = {
        place: [
            line
            for line, (state, places) in _expected().items()
            if place in places and state == ("bad" if rule.rejects else "ok")
        ]
        for place, rule in enumerate(RULES)
    }
    found = checks.findings(connection, checked, "en")
    assert [item.lines for item in found] == [
        tuple(lines[: checks.MAX_LINES]) for lines in told.values() if lines
    ]
    assert [dict(item.values)["rows"] for item in found] == [len(lines) for lines in told.values() if lines]


def test_a_line_set_aside_afterwards_has_one_reason_more(asked):
    connection, checked = asked
    line = next(line for line, (state, places) in _expected().items() if state == "ok" and not places)
    checked = checks.reject(connection, checked, Rule("crm.copy", "false"), [line])
    reasons = {row["line"]: row["reasons"] for row in checks.reasons(connection, checked, "en").to_pylist()}
    assert len(checked.rules) == len(RULES) + 1
    assert reasons[line]
    assert len(reasons) == 1 + sum(state == "bad" for state, _ in _expected().values())


def test_without_rules_every_row_is_good():
    for kind, columns in (("TABLE", ()), ("VIEW", ("line",))):
        with parquet.connect() as connection:
            connection.execute(f"CREATE TEMP {kind} parsed AS SELECT 1::BIGINT AS line, false AS is_total")
            checked = checks.check(connection, (), columns)
            assert connection.execute("SELECT state FROM checked").fetchall() == [("ok",)]
            assert not len(checks.reasons(connection, checked, "en"))
            assert not checks.findings(connection, checked, "en")
