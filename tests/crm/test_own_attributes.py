"""Own attributes: which columns of a customers' file are kept, as what; changed, undone, forgotten."""

from __future__ import annotations

import pytest

import workbench as wb
from workbench import privacy
from workbench import segments as sg
from workbench.errors import InputError

PEOPLE = 40
SCHOOLS = ("PhD", "Master", "本科")


def sheet(more="", drop=()):
    """A file of customers with columns of every kind beside the known ones."""
    columns = {
        "ID": lambda n: f"k{n:02d}",
        "region": lambda n: ("north", "south")[n % 2],
        "Income": lambda n: "" if n == 7 else f"{1000 + 250 * n:,}",
        "学历": lambda n: SCHOOLS[n % 3],
        "Since": lambda n: f"2025-{1 + n % 12:02d}-03",
        "Constant": lambda _n: "3",
        "Notes": lambda n: f"spoke of {n} things on the phone",
        "Second phone": lambda n: f"138000{n:05d}",
        "Card": lambda n: f"{6_000_000_000 + n}",
        "loyalty no": lambda n: f"{100 + n}",
        "Reached by": lambda n: f"a{n}@example.com",
    }
    kept = [name for name in columns if name not in drop]
    lines = ['"' + '","'.join(columns[name](n) for name in kept) + '"' for n in range(PEOPLE)]
    return "\n".join([",".join(kept), *lines, more, ""])


@pytest.fixture
def customers(workspace, export):
    """The file, imported."""
    review = wb.data.load(workspace, export(sheet(), "customers.csv"), table="customers")
    return workspace, review


def stored(store):
    rows = store.query(
        "SELECT trait, count(value) n, count(number) f, count(day) d FROM traits GROUP BY 1"
    ).to_pylist()
    return {row["trait"]: (row["n"], row["f"], row["d"]) for row in rows}


def test_figures_days_and_classes_are_kept_and_what_names_somebody_is_not(customers):
    store, review = customers
    assert stored(store) == {"Income": (39, 39, 0), "学历": (40, 0, 0), "Since": (40, 0, 40)}
    assert {key for key in review.mapping if key.startswith("own:")} == {
        "own:Income",
        "own:学历",
        "own:Since",
    }
    codes = {item.code: item.values for item in review.findings}
    assert codes["crm.own_kept"]["count"] == 3
    for name in ("Constant", "Notes", "Second phone", "Card", "loyalty no", "Reached by"):
        assert name in codes["unused"]["headers"]
    assert sg.rule(sg.field("Income") == 1250).count(store) == 1
    assert sg.rule(sg.field("Since").days_ago >= 0).count(store) == PEOPLE
    assert sg.rule(sg.field("学历").is_in(["PhD"])).count(store) == 14


def test_the_mapping_says_what_is_kept_and_under_which_name(workspace, export):
    file = export(sheet(), "customers.csv")
    only = {"own:年收入": "Income", "customer_id": "ID"}
    review = wb.data.load(workspace, file, table="customers", mapping=only)
    assert set(stored(workspace)) == {"年收入"}
    assert review.mapping["own:年收入"] == "Income"
    review = wb.data.load(workspace, file, table="customers", mapping={"own:": ""}, dry_run=True)
    assert not [key for key in review.mapping if key.startswith("own:")]
    free = wb.data.load(workspace, file, table="customers", mapping={"own:Notes": "Notes"}, dry_run=True)
    assert free.mapping["own:Notes"] == "Notes"


def test_a_new_value_of_an_own_attribute_is_a_change_of_its_customer(customers, export):
    store, _ = customers
    richer = export(sheet().replace('"1,000"', '"99,000"').replace('"1,250"', '"99,250"'), "richer.csv")
    for dry in (True, False):
        review = wb.data.load(store, richer, table="customers", dry_run=dry)
        moves = next(item.values for item in review.findings if item.code == "crm.moves")
        assert moves == {"new": "0", "changed": "2", "same": str(PEOPLE - 2)}
    assert sg.rule(sg.field("Income") >= 99_000).count(store) == 2


@pytest.mark.parametrize(
    "alike", [("Income", "income"), ("Income", "Income "), ("ID", "id"), ("Income",) * 2]
)
def test_headers_that_nobody_can_tell_apart_are_named(workspace, export, alike):
    rows = "\n".join(f"k{n},{n % 7},{n % 5}" for n in range(PEOPLE))
    first = "ID" if alike[0] != "ID" else "city of birth"
    review = wb.data.load(
        workspace, export(f"{first},{','.join(alike)}\n{rows}\n", "c.csv"), table="customers"
    )
    assert review.status == "FAIL"
    assert "differ in capitals and spaces at most" in review.findings[0].sentence
    assert all(repr(header.strip()) in review.findings[0].sentence for header in alike)


@pytest.mark.parametrize(
    ("mapping", "said"),
    [
        ({"own:x": "Incme"}, "Did you mean 'Income'"),
        ({"own:region": "Income"}, "cannot be the name of an own attribute"),
        ({"own:" + "x" * 70: "Income"}, "cannot be the name of an own attribute"),
    ],
)
def test_a_mapping_that_does_not_fit_is_told(workspace, export, mapping, said):
    with pytest.raises(InputError, match=said):
        wb.data.load(workspace, export(sheet(), "customers.csv"), table="customers", mapping=mapping)


def test_contact_data_and_other_tables_have_no_own_attributes(workspace, export):
    file = export(sheet(), "customers.csv")
    review = wb.data.load(workspace, file, table="customers", mapping={"own:Mail": "Reached by"})
    assert [item.code for item in review.findings] == ["crm.own_contact"]
    with pytest.raises(InputError, match="kept of customers, not of tags"):
        wb.data.load(
            workspace,
            file,
            table="tags",
            mapping={"customer_id": "ID", "tag": "Notes", "own:Income": "Income"},
        )


def test_a_later_file_changes_values_and_an_undo_brings_them_back(customers, export):
    store, _ = customers
    rule = sg.rule(sg.field("Income") >= 10_000)
    before = rule.count(store)
    raised = "ID,Income\nk00,99000\nk07,88000\n"
    review = wb.data.load(store, export(raised, "later.csv"), table="customers")
    assert review.mapping["own:Income"] == "Income"
    assert rule.count(store) == before + 2
    wb.data.undo(store, review.import_id)
    assert rule.count(store) == before
    again = wb.data.load(store, export(sheet(), "customers.csv"), table="customers")
    assert again.version is not None
    assert rule.count(store) == before


def test_one_odd_cell_of_a_short_file_makes_no_texts_of_figures(customers, export):
    store, _ = customers
    before = sg.rule(sg.field("Income") >= 10_000).count(store)
    later = "ID,Income,Since\nk00,99000,2027-01-02\nk01,unknown yet,soon\n"
    wb.data.load(store, export(later, "later.csv"), table="customers")
    assert sg.rule(sg.field("Income") >= 10_000).count(store) == before + 1
    assert sg.rule(sg.field("Since") >= "2027-01-01").count(store) == 1
    assert sg.rule(sg.field("Since").between("2027-01-01", "2027-12-31")).count(store) == 1


def test_a_forgotten_customer_leaves_no_value(customers):
    store, _ = customers
    privacy.forget(store, "k05")
    rows = store.query(
        "SELECT count(value) n, count(number) f, count(day) d, count(*) r FROM traits GROUP BY customer_id "
        "ORDER BY n LIMIT 1"
    ).to_pylist()
    assert rows == [{"n": 0, "f": 0, "d": 0, "r": 3}]
    assert stored(store)["学历"] == (39, 0, 0)


def test_a_rule_that_takes_an_attribute_for_something_else_is_told(customers):
    store, _ = customers
    for wrong, said in (
        (sg.field("Incom") > 1, "Unknown attribute 'Incom'. Did you mean 'Income'"),
        (sg.field("Income") == "much", "'Income' is of type number, and the rule takes it for text"),
        (sg.field("学历") > 3, "'学历' is of type text, and the rule takes it for number"),
    ):
        with pytest.raises(wb.errors.QuestionError, match=said):
            sg.rule(wrong).count(store)


def test_an_editor_offers_what_is_known_of_each(customers):
    store, _ = customers
    known = sg.known(store)
    assert known.own == {"Income": "number", "Since": "date", "学历": "text"}
    assert known.values["customers.学历"] == SCHOOLS
    marks = known.marks["Income"]
    assert (marks["lowest"], marks["highest"]) == (1000, 10_800)
    assert list(marks.values()) == sorted(marks.values())
    assert known.marks["Since"]["lowest"].isoformat() == "2025-01-03"
