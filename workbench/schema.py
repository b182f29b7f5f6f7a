"""Canonical tables: every column with its type, unit, role and privacy class.

Facts are additive sums. Money is stored as integer micros of `currency`; answers show currency
units. Instants are UTC; `local_date`, `local_hour` and `hour_of_week` are the account's own clock.
A null hour says that the source only knows the day; a null fact says that it is unknown, not 0.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Literal

from workbench.errors import unknown

if TYPE_CHECKING:
    import pyarrow as pa

SCHEMA_VERSION = 2
"""Version of the workspace layout; a workspace with a higher one is refused."""

OLDEST_READABLE = 1
"""A workspace with a lower layout version has to be upgraded before it can be opened."""

NO_CURRENCY = "XXX"
"""ISO 4217 code for 'no currency': the source did not say which one."""

Type = Literal["string", "int64", "float64", "bool", "date", "timestamp"]
Role = Literal["key", "dimension", "slice", "time", "fact", "attribute", "provenance"]
Privacy = Literal["none", "pseudonym", "personal"]


@dataclass(frozen=True)
class Column:
    """One canonical column.

    Attributes:
        name: Identifier used in mappings, tables and code.
        type: Logical type; `timestamp` is a UTC instant with microseconds.
        role: What the column does in its table.
        unit: Unit of a fact: `count`, `micros`, `days`, `score`, … (empty for the rest).
        privacy: `personal` columns are masked, `pseudonym` ones identify without naming.
    """

    name: str
    type: Type = "string"
    role: Role = "attribute"
    unit: str = ""
    privacy: Privacy = "none"


@dataclass(frozen=True)
class Table:
    """One canonical table: its columns and, in words, what one row is."""

    name: str
    row: str
    columns: tuple[Column, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """Column names in storage order."""
        return tuple(column.name for column in self.columns)

    def with_role(self, role: Role) -> tuple[str, ...]:
        """Names of the columns that have `role`."""
        return tuple(column.name for column in self.columns if column.role == role)

    def arrow(self) -> pa.Schema:
        """The table's Arrow schema."""
        return _arrow_schema(self.name)


def _columns(role: Role, names: str, type: Type = "string", unit: str = "") -> tuple[Column, ...]:
    return tuple(Column(name, type, role, unit) for name in names.split())


DIMENSIONS = _columns(
    "dimension",
    "source advertiser account channel campaign_id campaign ad_group_id ad_group ad_id ad creative "
    "keyword region device audience placement",
)
SLICE = _columns("slice", "grain breakdown scope")
CLOCK = (
    Column("local_date", "date", "time"),
    Column("local_hour", "int64", "time"),
    Column("hour_of_week", "int64", "time"),
    Column("hour_utc", "timestamp", "time"),
    Column("timezone", "string", "time"),
)
CURRENCY = (Column("currency", "string", "dimension"),)
PROVENANCE = (
    Column("import_id", "string", "provenance"),
    Column("line", "int64", "provenance"),
)
DELIVERY_FACTS = (
    *_columns("fact", "impressions clicks", "int64", "count"),
    Column("cost_micros", "int64", "fact", "micros"),
    *_columns(
        "fact",
        "viewable_impressions measurable_impressions delivered opens likes comments shares",
        "int64",
        "count",
    ),
)
OUTCOME_FACTS = (
    Column("conversions", "float64", "fact", "count"),
    Column("revenue_micros", "int64", "fact", "micros"),
)
ROLLUP_OUTCOMES = (*OUTCOME_FACTS, *_columns("fact", "orders leads new_customers", "float64", "count"))
ROLLUP_DIMENSIONS = _columns(
    "dimension",
    "source advertiser account channel campaign_id campaign ad_group creative region device audience",
)

GRAINS = ("account", "campaign", "ad_group", "ad", "keyword")
"""Levels at which platforms report the same spend, coarse to fine; never added together."""

CONVERSION_KINDS = ("order", "lead", "sign_up", "download", "new_customer", "other")
TIME_BASES = ("impression", "click", "conversion", "unknown")


def _money(name: str) -> Column:
    return Column(name, "int64", "fact", "micros")


def _pseudonym(name: str, role: Role = "key") -> Column:
    return Column(name, "string", role, privacy="pseudonym")


def _personal(name: str, type: Type = "string") -> Column:
    return Column(name, type, "attribute", privacy="personal")


def _when(*names: str) -> tuple[Column, ...]:
    return tuple(Column(name, "timestamp", "time") for name in names)


_TABLES = (
    Table(
        "performance",
        "delivery of one ad object in one hour or day, as one platform report states it",
        (*DIMENSIONS, *SLICE, *CLOCK, *CURRENCY, *DELIVERY_FACTS, *PROVENANCE),
    ),
    Table(
        "conversions",
        "conversions of one goal for one ad object in one hour or day, on one time basis",
        (
            *DIMENSIONS,
            *SLICE,
            *CLOCK,
            *CURRENCY,
            *_columns("attribute", "goal kind time_basis attribution_window attribution_model"),
            Column("is_goal", "bool"),
            *OUTCOME_FACTS,
            *PROVENANCE,
        ),
    ),
    Table(
        "performance_hourly",
        "the roll-up: sums by hour and every dimension; `preferred` marks the one grain that answers",
        (
            *ROLLUP_DIMENSIONS,
            *SLICE,
            Column("preferred", "bool", "slice"),
            Column("local_date", "date", "time"),
            Column("local_hour", "int64", "time"),
            Column("hour_of_week", "int64", "time"),
            Column("hour_utc", "timestamp", "time"),
            *CURRENCY,
            *DELIVERY_FACTS,
            *ROLLUP_OUTCOMES,
        ),
    ),
    Table(
        "reach",
        "distinct people reached by one ad object in exactly one window; not additive",
        (
            *_columns("dimension", "source advertiser account channel campaign_id campaign"),
            Column("grain", "string", "slice"),
            Column("start_date", "date", "time"),
            Column("end_date", "date", "time"),
            Column("impressions", "int64", "fact", "count"),
            Column("reach", "int64", "fact", "count"),
            Column("import_id", "string", "provenance"),
        ),
    ),
    Table(
        "targets",
        "planned sums of one channel from start_date to end_date, both included",
        (
            *_columns("dimension", "channel currency"),
            Column("start_date", "date", "time"),
            Column("end_date", "date", "time"),
            *_columns("fact", "impressions clicks", "int64", "count"),
            _money("cost_micros"),
            Column("conversions", "float64", "fact", "count"),
            _money("revenue_micros"),
        ),
    ),
    Table(
        "exchange_rates",
        "what one unit of a currency was worth in another on one day",
        (
            Column("date", "date", "key"),
            *_columns("key", "from_currency to_currency"),
            Column("rate", "float64", "fact", "to_currency per from_currency"),
        ),
    ),
    Table(
        "campaigns",
        "one campaign and its plan",
        (
            Column("campaign_id", role="key"),
            *_columns("dimension", "campaign advertiser account source channel"),
            *_columns("attribute", "objective audience currency"),
            _money("budget_micros"),
            Column("start_date", "date", "time"),
            Column("end_date", "date", "time"),
            *PROVENANCE,
        ),
    ),
    Table(
        "creatives",
        "one creative",
        (
            Column("creative_id", role="key"),
            *_columns("dimension", "creative campaign_id"),
            *_columns("attribute", "format headline"),
            Column("first_date", "date", "time"),
            *PROVENANCE,
        ),
    ),
    Table(
        "customers",
        "one customer; direct identifiers are personal",
        (
            _pseudonym("customer_id"),
            _personal("name"),
            _personal("email"),
            _personal("phone"),
            _personal("birth_date", "date"),
            *_columns(
                "attribute",
                "company industry company_size position gender region city language interest "
                "acquisition_channel acquisition_campaign_id value_class",
            ),
            Column("created_date", "date", "time"),
            *PROVENANCE,
        ),
    ),
    Table(
        "transactions",
        "one order, contract, payment or (negative) refund; `end_date` is the last day of a contract",
        (
            Column("transaction_id", role="key"),
            _pseudonym("customer_id", "dimension"),
            *_columns("attribute", "kind status refund_of channel campaign_id region"),
            *_when("time"),
            Column("local_date", "date", "time"),
            Column("end_date", "date", "time"),
            *CURRENCY,
            _money("amount_micros"),
            _money("margin_micros"),
            *PROVENANCE,
        ),
    ),
    Table(
        "order_lines",
        "one product in one order",
        (
            Column("transaction_id", role="key"),
            Column("product_id", role="key"),
            Column("quantity", "int64", "fact", "count"),
            _money("amount_micros"),
            *PROVENANCE,
        ),
    ),
    Table(
        "products",
        "one product",
        (
            Column("product_id", role="key"),
            *_columns("attribute", "product category"),
            _money("price_micros"),
            *PROVENANCE,
        ),
    ),
    Table(
        "events",
        "one touch or visit of one customer",
        (
            Column("event_id", role="key"),
            _pseudonym("customer_id", "dimension"),
            *_columns("attribute", "kind channel campaign_id creative device region"),
            *_when("time"),
            Column("local_date", "date", "time"),
            Column("hour_of_week", "int64", "time"),
            *PROVENANCE,
        ),
    ),
    Table(
        "interactions",
        "one contact with one customer: call, mail, meeting, chat, message, service case",
        (
            Column("interaction_id", role="key"),
            _pseudonym("customer_id", "dimension"),
            *_columns("attribute", "method direction kind marketer result reaction message"),
            *_when("time", "first_response_time", "resolved_time"),
            Column("local_date", "date", "time"),
            Column("minutes", "float64", "fact", "minutes"),
            *PROVENANCE,
        ),
    ),
    Table(
        "feedback",
        "one answer of one customer: score, mood, text",
        (
            Column("feedback_id", role="key"),
            _pseudonym("customer_id", "dimension"),
            *_columns("attribute", "channel kind mood language"),
            _personal("text"),
            *_when("time"),
            Column("score", "float64", "fact", "score"),
            *PROVENANCE,
        ),
    ),
    Table(
        "consent",
        "one customer's consent for one purpose and channel, from a moment on",
        (
            _pseudonym("customer_id"),
            *_columns("key", "purpose channel"),
            Column("granted", "bool"),
            *_when("time"),
            *PROVENANCE,
        ),
    ),
    Table(
        "assignments",
        "one customer's variant in one experiment, with outcomes before and after",
        (
            Column("experiment", role="key"),
            _pseudonym("customer_id"),
            Column("variant"),
            *_when("time"),
            *(
                Column(name, "float64", "fact", unit)
                for name, unit in (
                    ("revenue_before", "currency"),
                    ("orders_before", "count"),
                    ("revenue", "currency"),
                    ("orders", "count"),
                    ("converted", "count"),
                )
            ),
            *PROVENANCE,
        ),
    ),
    Table(
        "tags",
        "one tag of one customer, by hand or by a rule",
        (
            _pseudonym("customer_id"),
            Column("tag", role="key"),
            *_columns("attribute", "value origin author"),
            *_when("time"),
            *PROVENANCE,
        ),
    ),
    Table(
        "traits",
        "one own attribute of one customer, as their file calls it; `number` or `day` where it is one",
        (
            _pseudonym("customer_id"),
            Column("trait", role="key"),
            Column("value"),
            Column("number", "float64", "fact", "as the file has it"),
            Column("day", "date", "time"),
            *PROVENANCE,
        ),
    ),
    Table(
        "leads",
        "one lead or opportunity at its latest stage",
        (
            Column("lead_id", role="key"),
            _pseudonym("customer_id", "dimension"),
            *_columns("attribute", "stage owner channel campaign_id region lost_reason"),
            *_when("time", "updated_time", "closed_time"),
            Column("local_date", "date", "time"),
            *CURRENCY,
            _money("value_micros"),
            Column("probability", "float64", "fact", "share"),
            *PROVENANCE,
        ),
    ),
    Table(
        "external",
        "one value of an outside series on one day: market, competitor, holiday, weather, mentions",
        (
            Column("series", role="key"),
            Column("region", role="key"),
            Column("local_date", "date", "key"),
            Column("value", "float64", "fact", "unit"),
            *_columns("attribute", "unit origin"),
            *PROVENANCE,
        ),
    ),
    Table(
        "identities",
        "one name under which one source knows a customer: member number, open id, cookie, e-mail hash",
        (
            *_columns("key", "source kind"),
            _pseudonym("identity"),
            _pseudonym("customer_id", "dimension"),
            *_when("time"),
            *PROVENANCE,
        ),
    ),
    Table(
        "labels",
        "how one value of one dimension is shown in one language",
        _columns("key", "dimension value lang") + _columns("attribute", "label"),
    ),
    Table(
        "vault",
        "the sealed personal values of one row of another table; only its customer's key opens them",
        (
            Column("of_table", role="key"),
            _pseudonym("customer_id"),
            Column("row_id", role="key"),
            Column("sealed"),
            *_when("sealed_at"),
        ),
    ),
    Table(
        "imports",
        "the ledger: one import of one file",
        (
            Column("import_id", role="key"),
            *_when("imported_at"),
            *_columns(
                "attribute",
                "file content_hash source profile settings slice status review table currency timezone",
            ),
            Column("start_date", "date", "time"),
            Column("end_date", "date", "time"),
            *_columns("fact", "rows_in rows_ok rows_quarantined rows_total", "int64", "count"),
            Column("active", "bool"),
        ),
    ),
)

TABLES: dict[str, Table] = {table.name: table for table in _TABLES}


def table(name: str) -> Table:
    """Return the canonical table called `name`.

    Raises:
        QuestionError: if there is no such table.
    """
    if name not in TABLES:
        raise unknown("table", name, TABLES)
    return TABLES[name]


@cache
def _arrow_schema(name: str) -> pa.Schema:
    import pyarrow as pa

    types = {
        "string": pa.string(),
        "int64": pa.int64(),
        "float64": pa.float64(),
        "bool": pa.bool_(),
        "date": pa.date32(),
        "timestamp": pa.timestamp("us", tz="UTC"),
    }
    return pa.schema([(column.name, types[column.type]) for column in table(name).columns])
