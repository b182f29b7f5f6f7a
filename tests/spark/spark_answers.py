"""Every question asked of one engine, and what else it must do.

`python spark_answers.py ENGINE` keeps one session and reads questions from the standard input, a JSON object
a line: `ask` names a function below, `out` the file for its answer, the others are its arguments.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

sys.path[:0] = [
    str(Path(__file__).parents[place] / name) for place, name in ((0, ""), (1, "metrics"), (1, "support"))
]

ALL = ["impressions", "clicks", "ctr", "cost", "cpc", "conversions", "cvr", "cpa", "revenue", "roas", "aov"]


class Occasions:
    """What `fit_clv` asks of the engine."""

    def __init__(self, store):
        from workbench.customers.occasions import per_occasion
        from workbench.customers.orders import read

        orders = read(store, "2026-03-02", currency="CNY")
        self.rows = _rows(store, per_occasion(orders.counted, orders.currency))

    def to_dict(self):
        return {"rows": self.rows}


class People:
    """The measures and habits that clusters ask of the engine."""

    def __init__(self, store):
        from workbench.segments.people import people

        found = people(store, "2026-03-01", currency="CNY")
        self.rows = json.loads(found.table.to_json(orient="records", double_precision=15))

    def to_dict(self):
        return {"rows": self.rows}


class Offers:
    """What the model of offers says: its check, its rules, and what is offered to whom."""

    def __init__(self, store):
        from workbench import offers

        model = offers.fit(store, "2026-03-08", horizon_days=25, k=2)
        tables = (model.check, model.rules(least=5), model.offers(k=2, channel="email"))
        texts = [table.to_json(orient="records", double_precision=15) for table in tables]
        self.rows = [row for text in texts for row in json.loads(text)]
        self.weights = dict(model.weights)

    def to_dict(self):
        return {"rows": [*self.rows, self.weights]}


class Together:
    """Who is in each of many segments that one question was asked for."""

    def __init__(self, found):
        self.found = found

    def to_dict(self):
        return {
            "rows": [
                {"rule": name, "who": who}
                for name, one in self.found.items()
                for who in one.table["customer_id"]
            ]
        }


def about_customers(store):
    """Name → question about groups of customers."""
    from workbench import segments

    day = "2026-03-01"
    return {
        "cohorts": lambda: segments.cohorts(store, day, currency="CNY"),
        "cohorts by week": lambda: segments.cohorts(store, day, "week", within=14, currency="CNY"),
        "cohorts by region": lambda: segments.cohorts(store, day, "region", "week", currency="CNY"),
        "people": lambda: People(store),
        "offers": lambda: Offers(store),
    }


def questions(store):
    """Name → question to ask."""
    from workbench import attribution, compare, customers, metrics

    spring = {"goal": "lead", "period": "2026-02-01..2026-03-10"}
    return {
        "total": lambda: metrics.kpis(store, None, ALL, "all"),
        "channel × weekday": lambda: metrics.kpis(store, ["channel", "weekday"], ALL, "all"),
        "campaign, compared": lambda: metrics.kpis(
            store, "campaign", ALL, "last_28_days", "previous_period", {"channel": ["search", "(unknown)"]}
        ),
        "in US dollars": lambda: metrics.kpis(store, ["month", "region"], ALL, "all", currency="USD"),
        "levels": lambda: metrics.kpis(store, ["account", "region"], ["cost", "cpm"], "all"),
        "levels, filtered": lambda: metrics.kpis(
            store, "campaign", "cost", "all", where={"device": "mobile"}
        ),
        "unknown parts": lambda: metrics.kpis(store, "campaign", ["ctr", "cpc", "cpm"], "all"),
        "last year": lambda: metrics.kpis(store, "source", ALL, "2026-02", "previous_year"),
        "a period of its own": lambda: metrics.kpis(
            store, ["date", "device"], ["cost", "cvr"], "2026-02-01..2026-02-14", "2026-01-01..2026-01-14"
        ),
        "three deep": lambda: metrics.kpis(store, ["channel", "campaign", "ad_group"], ALL, "all"),
        "drilled down": lambda: metrics.kpis(
            store, "region", ALL, "all", where={"channel": "search", "campaign": ["c1", "c2"]}
        ),
        "hours": lambda: metrics.kpis(store, ["hour", "channel"], ["clicks", "conversions"], "last_90_days"),
        "target": lambda: metrics.kpis(store, "channel", ["cost", "clicks", "cpc"], "2026-01", "target"),
        "reach": lambda: metrics.kpis(store, "campaign", ["reach", "frequency"], "2026-01"),
        "time travel": lambda: metrics.kpis(store.at(1), "channel", ALL, "all"),
        "experiment": lambda: compare.experiment(
            store,
            ["converted", "orders", "revenue", ("revenue", "orders"), compare.Quantile("orders", 0.8)],
            covariates={"orders": ["orders_before"]},
            days=2,
            keep=["region"],
        ),
        "experiment by region": lambda: compare.experiment(store, "orders", by="region", strata="gender"),
        "looks": lambda: compare.looks(store, None, "orders", every=1, covariates=["orders_before"]),
        "purchases": lambda: customers.purchases(store, "2026-03-01", currency="CNY"),
        "purchases of orders": lambda: customers.purchases(store, "2026-02-27", "order", "USD"),
        **_looked_after(store),
        **about_customers(store),
        **_of_rules(store),
        **{
            f"attribution, {model}": lambda model=model: attribution.attribute(store, model, 14, **spring)
            for model in attribution.MODELS
        },
        "attribution, two steps back": lambda: attribution.attribute(
            store, "markov", 9, by="campaign", goal="lead", order=2, direct_channel="c1", draws=60
        ),
        "attribution, all days": lambda: attribution.attribute(
            store, "position", 3, goal="lead", direct="leave_out", ends=(0.5, 0.2)
        ),
        "paths": lambda: attribution.paths(store, 14, least_people=10, **spring),
        "slots": lambda: metrics.slots(store, "cvr", "channel"),
        "slots of a sum": lambda: metrics.slots(store, "cost", [], where={"device": ["mobile", "(unknown)"]}),
        "days": lambda: metrics.trend(store, ["ctr", "cpa"], None, "last_28_days", None, "previous_period"),
        "trend": lambda: metrics.trend(store, ["cost", "roas"], "channel", "all", grain="week"),
    }


def _of_rules(store):
    """Rules drawn at random as two questions, and what else rules answer."""
    import rule_trees

    from workbench import customers, segments

    day = "2026-03-10"
    many = {f"rule {seed}": segments.rule(rule_trees.tree(seed, 2)) for seed in range(4)}
    more = {f"rule {seed}": segments.rule(rule_trees.tree(seed, 3)) for seed in range(4, 16)}
    vip = segments.rule(segments.tagged("vip"))
    wealthy, school = segments.field("Income") >= 1000, segments.field("学历", "text").is_in(["PhD", "本科"])
    own = segments.rule(wealthy & (school | (segments.field("Since").days_ago <= 30)))
    by_channel = segments.rule(segments.spent(10, channel="search", currency="CNY"))
    loyal = segments.rule(segments.ordered() | (segments.rfm_value(currency="CNY") == "loyal"))
    return {
        "rules": lambda: segments.overlap(store, many, day),
        "own attributes": lambda: own.members(store, day),
        "spent by channel": lambda: by_channel.size(store, day),
        "members of a rule": lambda: loyal.members(store, day),
        "members of many rules": lambda: Together(segments.members(store, {"loyal": loyal, **more}, day)),
        "size of a rule": lambda: segments.rule(~segments.tagged("vip")).size(store),
        "purchases of a segment": lambda: customers.purchases(store, day, currency="CNY", segment=vip),
    }


def _looked_after(store):
    """Questions about contacts and cases."""
    from workbench import customers, segments

    teams = {"m1": "north", "m2": "south"}
    return {
        "interactions": lambda: customers.interactions(
            store, "2026-02-15..2026-03-01", by="team", teams=teams
        ),
        "interactions by method": lambda: customers.interactions(store, "2026-02", None, by="method"),
        "rfm": lambda: segments.rfm(store, "2026-03-01", currency="CNY"),
        "occasions": lambda: Occasions(store),
        "interactions by region": lambda: customers.interactions(store, "2026-02", by="region"),
    }


def answers(engine: str, workspace: str | Path) -> dict:
    """All answers of an engine as JSON values."""
    import workbench as wb
    from workbench import metrics

    store = wb.open(workspace, engine=engine)
    asked = {name: ask() for name, ask in questions(store).items()}
    found = {name: answer.to_dict() for name, answer in asked.items()}
    share = metrics.share(asked["campaign, compared"], "cost", 2)
    found["share"] = {"rows": json.loads(share.to_json(orient="records", double_precision=15))}
    return {
        "answers": found,
        "members": {name: list(store.members(name)) for name in ("channel", "region", "account")},
        "labels": sorted(map(str, store.labels("zh").items())),
        "as_of": str(store.as_of),
        "findings": _findings(store),
        "own": _rows(store, store.table("own_table").order_by("number")),
        "empty": store.query(store.table("customers")).num_rows,
        "schema": str(store.query(store.table("exchange_rates").limit(1)).schema),
    }


def _findings(store):
    from workbench import findings

    return [item.to_dict() for item in findings.review(store, "all", None, limit=99)]


def _rows(store, question):
    return [{name: str(value) for name, value in row.items()} for row in store.query(question).to_pylist()]


def checks(engine: str, workspace: str | Path) -> dict:
    """What an engine must do beside answering; sentences of its errors."""
    import shutil

    import spark_world
    import worlds
    from store_helpers import month

    import workbench as wb

    workspace = Path(workspace)
    copy = workspace.parent / f"copy for {engine[:5]}"
    shutil.copytree(workspace, copy)
    store, other = wb.open(copy, engine=engine), wb.open(copy, engine=engine)
    rollup = store.table("performance_hourly")
    total = rollup.clicks.sum().name("n")
    before = _rows(store, total)
    text = _rows(store, "WITH c AS (SELECT clicks FROM performance_hourly) SELECT sum(clicks) AS n FROM c")
    again = _rows(store, store.sql(total.as_table()))
    other.commit([month("new", clicks=10**6)])
    pinned = _rows(store, total)
    moved = store.refresh() == other.version and _rows(
        store, store.table("performance").clicks.sum().name("n")
    )
    wrong = ["SELECT nothing FROM labels", "DROP TABLE labels", "SELEC 1", "SELECT 1; SELECT 2", ""]
    said = {sql: _error(lambda sql=sql: store.query(sql)) for sql in wrong}
    said["another store"] = _error(lambda: other.query(store.table("labels")))
    said["another engine"] = _error(lambda: wb.open(copy, engine="local[1]").query("SELECT 1 AS one"))
    said["past"] = store.at(1).version
    loaded = wb.data.load_rates(store, spark_world.pd.DataFrame({"date": [worlds.START], "rate": [1.5]}),
                                from_currency="AED", to_currency="SAR")  # fmt: skip
    lost = store.path / "tables" / "labels"
    shutil.rmtree(lost)
    said["lost file"] = _error(lambda: wb.open(copy, engine=engine).labels("en"))
    return {
        "same": before == text == again == pinned,
        "moved": moved,
        "said": said,
        "loaded": [loaded.new, loaded.data_version == store.version, store.engine],
    }


def _error(ask):
    from workbench.errors import WorkbenchError

    try:
        ask()
    except WorkbenchError as error:
        return f"{type(error).__name__}: {error}"
    return "no error"


def members(engine: str, workspace: str, day: str, trees: list) -> list[list[str]]:
    """Ids of the members of each of many rules, worked out together: one job."""
    import workbench as wb
    from workbench import segments

    store = wb.open(workspace, engine=engine)
    rules = {str(place): segments.rule(tree) for place, tree in enumerate(trees)}
    found = segments.members(store, rules, day)
    return [found[name].table["customer_id"].tolist() for name in rules]


def limited(engine: str, workspace: str, advertisers: list, queries: list) -> dict:
    """Rows of each table, and what comes of SQL as text, for a visitor of some advertisers."""
    import os

    import workbench as wb
    from workbench import settings
    from workbench.schema import TABLES

    os.environ[settings.ADVERTISERS] = json.dumps(advertisers)
    try:
        store = wb.open(workspace, engine=engine)
        names = sorted({*TABLES, "own_table"})
        return {
            "rows": {name: sorted(map(str, _rows(store, store.table(name)))) for name in names},
            "counts": store.row_counts,
            "as_of": str(store.as_of),
            "said": [_error(lambda sql=sql: store.query(sql)) for sql in queries],
        }
    finally:
        del os.environ[settings.ADVERTISERS]


def serve(engine: str, lines) -> None:
    """Answer questions until there are no more."""
    asked = {"answers": answers, "checks": checks, "members": members, "limited": limited}
    for line in lines:
        question = json.loads(line)
        ask, out = asked[question.pop("ask")], Path(question.pop("out"))
        out.write_text(json.dumps(ask(engine, **question)), encoding="utf-8")
        print("done", flush=True)


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[1] / "store"))
    serve(sys.argv[1], sys.stdin)
