"""PostgreSQL through psycopg: one read-only snapshot, a server-side cursor, every value as its own text."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from workbench.crm.databases.address import Address
from workbench.crm.databases.reader import BATCH, Row, greatest, refused, select, source
from workbench.errors import InputError, MissingExtraError

_SETTINGS = (
    "SET datestyle = 'ISO, YMD'; SET timezone = 'UTC'; SET intervalstyle = 'iso_8601'; "
    "SET extra_float_digits = 1; SET bytea_output = 'hex'; SET search_path TO DEFAULT"
)
QUOTE = '"'


class Postgres:
    """A reader inside one transaction.

    Args:
        connection: psycopg connection in a read-only transaction.
        address: What is read.
    """

    def __init__(self, connection: Any, address: Address) -> None:
        self._connection, self._address = connection, address

    def headers(self) -> tuple[str, ...]:
        """Names of the columns."""
        found = self._connection.execute(f"SELECT * FROM {source(self._address, QUOTE)} LIMIT 0")
        return tuple(column.name for column in found.description)

    def newest(self, column: str, until: str = "") -> str | None:
        """The greatest value of a column, or the greatest up to a moment."""
        limit = self._literal(until) if until else ""
        query = greatest(self._address, QUOTE, column, limit)
        value: str | None = self._connection.execute(query).fetchone()[0]
        if value in ("infinity", "NaN"):
            raise InputError(
                f"The greatest value of {column!r} is {value}, so nothing would ever be newer.",
                "Choose another watermark, or leave such rows out with a SELECT.",
                self._address.shown,
            )
        return value

    def rows(self, columns: Sequence[str], column: str = "", since: str | None = None) -> Iterator[list[Row]]:
        """Rows in batches."""
        literal = None if since is None else self._literal(since)
        with self._connection.cursor(name="workbench") as cursor:
            cursor.execute(select(self._address, QUOTE, columns, column, literal))
            while batch := cursor.fetchmany(BATCH):
                yield batch

    def _literal(self, text: str) -> str:
        from psycopg import sql

        return str(sql.Literal(text).as_string(self._connection))


@contextmanager
def connect(address: Address) -> Iterator[Postgres]:
    """Open a database for reading.

    Raises:
        MissingExtraError: without the driver.
        InputError: when it cannot be reached or read; the sentence holds no credentials.
    """
    try:
        import psycopg
    except ImportError:
        raise MissingExtraError("psycopg", "postgres") from None
    try:
        with psycopg.connect(**_arguments(address)) as connection:
            _as_texts(connection)
            connection.execute(_SETTINGS)
            connection.commit()
            connection.read_only = True
            connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
            yield Postgres(connection, address)
            connection.rollback()
    except psycopg.Error as error:
        raise refused(address, error) from None
    except UnicodeError:
        raise refused(address, ValueError("it holds text in another encoding than it says")) from None


def _arguments(address: Address) -> dict[str, Any]:
    named = {
        "host": address.host,
        "port": address.port,
        "dbname": address.database,
        "user": address.user,
        "password": address.password,
    }
    fixed = {"connect_timeout": "10", "application_name": "workbench", "client_encoding": "UTF8"}
    return {**fixed, **{key: value for key, value in named.items() if value}, **address.options}


def _as_texts(connection: Any) -> None:
    """Every type comes as the text that the server writes: exact, and the same for types nobody knows."""
    from psycopg.types.string import TextLoader

    for item in connection.adapters.types:
        connection.adapters.register_loader(item.oid, TextLoader)
        if item.array_oid:
            connection.adapters.register_loader(item.array_oid, TextLoader)
