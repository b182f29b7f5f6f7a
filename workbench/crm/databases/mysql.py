"""MySQL and MariaDB through PyMySQL: one read-only snapshot, every value as the server's own text."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from workbench.crm.databases.address import Address
from workbench.crm.databases.reader import BATCH, Row, greatest, refused, select, source
from workbench.errors import MissingExtraError

QUOTE = "`"
_SETTINGS = ("SET SESSION time_zone = '+00:00'", "SET SESSION sql_mode = ''")


class MySql:
    """A reader inside one transaction.

    Args:
        connection: PyMySQL connection in a read-only transaction.
        address: What is read.
    """

    def __init__(self, connection: Any, address: Address) -> None:
        self._connection, self._address = connection, address

    def headers(self) -> tuple[str, ...]:
        """Names of the columns."""
        with self._connection.cursor() as cursor:
            cursor.execute(f"SELECT * FROM {source(self._address, QUOTE)} LIMIT 0")
            return tuple(column[0] for column in cursor.description)

    def newest(self, column: str, until: str = "") -> str | None:
        """The greatest value of a column, or the greatest up to a moment."""
        limit = self._literal(until) if until else ""
        with self._connection.cursor() as cursor:
            cursor.execute(greatest(self._address, QUOTE, column, limit))
            convert = _converters(cursor.description)[0]
            return convert(cursor.fetchone()[0])

    def rows(self, columns: Sequence[str], column: str = "", since: str | None = None) -> Iterator[list[Row]]:
        """Rows in batches."""
        literal = None if since is None else self._literal(since)
        with self._connection.cursor(_cursors().SSCursor) as cursor:
            cursor.execute(select(self._address, QUOTE, columns, column, literal))
            convert = _converters(cursor.description)
            while batch := cursor.fetchmany(BATCH):
                yield [[turn(value) for turn, value in zip(convert, row, strict=True)] for row in batch]

    def _literal(self, since: str) -> str:
        """A watermark in SQL: whole numbers stay exact; the session is in UTC, so instants lose their Z."""
        text = since.removesuffix("Z")
        return text if text.lstrip("-").isdecimal() else str(self._connection.escape(text))


@contextmanager
def connect(address: Address) -> Iterator[MySql]:
    """Open a database for reading.

    Raises:
        MissingExtraError: without the driver.
        InputError: when it cannot be reached or read; the sentence holds no credentials.
    """
    try:
        import pymysql
    except ImportError:
        raise MissingExtraError("pymysql", "mysql") from None
    connection = None
    try:
        connection = pymysql.connect(**_arguments(address))
        with connection.cursor() as cursor:
            for setting in _SETTINGS:
                cursor.execute(setting)
            cursor.execute("SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ")
            cursor.execute("START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY")
        yield MySql(connection, address)
    except (pymysql.MySQLError, OSError) as error:
        raise refused(address, _told(error)) from None
    except RuntimeError as error:  # the driver's word for a missing `cryptography`
        raise refused(address, error) from None
    except UnicodeError:
        raise refused(address, ValueError("it holds text in another encoding than it says")) from None
    finally:
        if connection is not None and connection.open:
            connection.close()


def _cursors() -> Any:
    from pymysql import cursors

    return cursors


def _told(error: Exception) -> Exception:
    """The message of a driver's (number, message) pair."""
    return Exception(error.args[1]) if len(error.args) == 2 else error


def _arguments(address: Address) -> dict[str, Any]:
    from pymysql import converters

    named = {
        "host": address.host,
        "port": address.port,
        "database": address.database,
        "user": address.user,
        "password": address.password,
    }
    options: dict[str, Any] = dict(address.options)
    if "connect_timeout" in options:
        options["connect_timeout"] = int(options["connect_timeout"])
    fixed = {"charset": "utf8mb4", "connect_timeout": 10, "program_name": "workbench", "local_infile": False}
    return {**fixed, "conv": converters.encoders, **{k: v for k, v in named.items() if v}, **options}


def _converters(description: Sequence[Any]) -> list[Callable[[Any], str | None]]:
    """What makes a column's values texts: instants say that they are in UTC, bits are numbers."""
    from pymysql.constants import FIELD_TYPE

    special: dict[int, Callable[[Any], str | None]] = {FIELD_TYPE.TIMESTAMP: _instant, FIELD_TYPE.BIT: _bits}
    return [special.get(column[1], _text) for column in description]


def _instant(value: str | None) -> str | None:
    return value if value is None or value.startswith("0000") else f"{value}Z"


def _bits(value: bytes | None) -> str | None:
    return None if value is None else str(int.from_bytes(value, "big"))


def _text(value: str | bytes | None) -> str | None:
    if not isinstance(value, bytes):
        return value
    try:
        return value.decode("utf-8")
    except UnicodeDecodeError:
        return value.hex()
