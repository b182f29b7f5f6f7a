"""Real PostgreSQL and MariaDB servers for tests, started once and only when a test asks for one.

Without the servers' programs such tests are skipped and say so; with the variable
`WORKBENCH_REQUIRE_SERVERS` they fail.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlencode

import pytest
import servers

STARTERS = {"postgresql": servers.postgresql, "mysql": servers.mariadb}


@dataclass
class Database:
    """A database that tests fill, and its URL for a user who may only read."""

    server: servers.Server
    connection: Any = field(repr=False)

    @property
    def kind(self) -> str:
        return self.server.kind

    def run(self, *statements: str) -> None:
        """Run statements as the owner."""
        with self.connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)
        self.connection.commit()

    def fill(self, table: str, rows: list[tuple]) -> None:
        """Insert rows."""
        with self.connection.cursor() as cursor:
            marks = ", ".join(["%s"] * len(rows[0]))
            cursor.executemany(f"INSERT INTO {table} VALUES ({marks})", rows)
        self.connection.commit()

    def url(self, table: str = "", password: str = servers.PASSWORD, **more: str) -> str:
        """URL for the reader."""
        secret = f":{quote(password, safe='')}" if password else ""
        query = urlencode({**({"table": table} if table else {}), **more})
        place = f"127.0.0.1:{self.server.port}/{servers.DATABASE}"
        return f"{self.kind}://{servers.USER}{secret}@{place}" + (f"?{query}" if query else "")

    def clear(self) -> None:
        """Drop every table."""
        if self.kind == "postgresql":
            self.run(
                "DROP SCHEMA public CASCADE",
                "CREATE SCHEMA public",
                f"GRANT USAGE ON SCHEMA public TO {servers.USER}",
            )
            self.run(f"ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO {servers.USER}")
            return
        self.run(
            f"DROP DATABASE {servers.DATABASE}",
            f"CREATE DATABASE {servers.DATABASE}",
            f"USE {servers.DATABASE}",
        )


def _connected(server: servers.Server) -> Any:
    if server.kind == "postgresql":
        import psycopg

        where = {"host": "127.0.0.1", "port": server.port, "user": server.owner, "password": servers.PASSWORD}
        with psycopg.connect(**where, dbname="postgres", autocommit=True) as first:
            first.execute(f"CREATE ROLE {servers.USER} LOGIN PASSWORD '{servers.PASSWORD}'")
            first.execute(f"CREATE DATABASE {servers.DATABASE}")
        return psycopg.connect(**where, dbname=servers.DATABASE)
    import pymysql

    connection = pymysql.connect(unix_socket=server.socket, user=server.owner, charset="utf8mb4")
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE DATABASE {servers.DATABASE}")
        cursor.execute(f"CREATE USER {servers.USER}@'%%' IDENTIFIED BY %s", (servers.PASSWORD,))
        cursor.execute(f"GRANT SELECT ON {servers.DATABASE}.* TO {servers.USER}@'%'")
        cursor.execute(f"USE {servers.DATABASE}")
    return connection


def _started(kind: str) -> Iterator[Database]:
    if not servers.find(kind):
        (pytest.fail if os.environ.get("WORKBENCH_REQUIRE_SERVERS") else pytest.skip)(
            f"no {kind} server on this machine. {servers.HOW}"
        )
    with STARTERS[kind]() as server:
        connection = _connected(server)
        yield Database(server, connection)
        connection.close()


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[Database]:
    """A running PostgreSQL."""
    yield from _started("postgresql")


@pytest.fixture(scope="session")
def mysql_server() -> Iterator[Database]:
    """A running MariaDB."""
    yield from _started("mysql")


@pytest.fixture(params=["postgresql", "mysql"])
def database(request: pytest.FixtureRequest) -> Database:
    """Each kind of database in turn, empty."""
    found: Database = request.getfixturevalue(f"{request.param}_server")
    found.clear()
    return found


@pytest.fixture
def postgresql(postgresql_server: Database) -> Database:
    """An empty PostgreSQL database."""
    postgresql_server.clear()
    return postgresql_server


@pytest.fixture
def mysql(mysql_server: Database) -> Database:
    """An empty MariaDB database."""
    mysql_server.clear()
    return mysql_server
