"""The one Spark session of a process: what it needs is checked before Java is started."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import warnings
from functools import cache
from importlib.util import find_spec
from threading import Lock
from typing import Any

from workbench.errors import MissingExtraError, StoreError

JAVA = 17
"""Oldest Java that Spark 4 runs on."""

WAIT_SECONDS = 5.0
"""How long a cluster's master may take to accept a connection."""

_MASTER = re.compile(r"local(\[(\*|[1-9]\d{0,3})\])?|spark://[^\s/:,]+:\d{1,5}(,[^\s/:,]+:\d{1,5})*")
_LOOPBACK = ("127.", "localhost", "::1")
_starting = Lock()


def is_master(url: str) -> bool:
    """Whether a text is the URL of a Spark that the workbench knows how to use."""
    return bool(_MASTER.fullmatch(url))


def check(url: str) -> None:
    """Check that the extra, Java and the cluster's master are there.

    Raises:
        MissingExtraError: when pyspark is not installed.
        StoreError: without Java, or when no master answers.
    """
    if find_spec("pyspark") is None:
        raise MissingExtraError("pyspark", "spark")
    _check_java(url)
    if url.startswith("spark://"):
        _check_master(url)


def session(url: str) -> Any:
    """A session of its own (its views are its own, too) on this process's Spark.

    Raises:
        StoreError: when this process already uses another Spark, or Spark cannot be started.
    """
    with _starting, warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="PySpark does not yet fully support pandas")
        from pyspark import SparkContext
        from pyspark.sql import SparkSession

        running = SparkContext._active_spark_context
        if running is not None and running.master != url:
            raise StoreError(
                f"This process already uses Spark at {running.master}, so it cannot use {url} as well.",
                "Start a new process (restart the kernel), or use the same engine.",
            )
        if running is not None:
            return SparkSession(running).newSession()
        builder = SparkSession.builder.master(url).appName("workbench")
        for name, value in _settings(url).items():
            builder = builder.config(name, value)
        return _started(builder, url)


def _started(builder: Any, url: str) -> Any:
    from py4j.protocol import Py4JError
    from pyspark.errors import PySparkException

    try:
        started = builder.getOrCreate()
    except (PySparkException, Py4JError, OSError) as error:
        raise StoreError(
            f"Spark could not be started at {url}: {str(error).splitlines()[0]}",
            "Check JAVA_HOME, SPARK_HOME and spark-defaults.conf, or use engine='duckdb'.",
        ) from None
    started.sparkContext.setLogLevel("ERROR")
    return started


def _settings(url: str) -> dict[str, str]:
    """What differs from Spark's defaults; on this machine alone nothing listens to other ones."""
    settings = {"spark.ui.showConsoleProgress": "false", "spark.log.level": "ERROR"}
    if url.startswith("local") or _host(url).startswith(_LOOPBACK):
        settings |= {
            "spark.ui.enabled": "false",
            "spark.driver.host": "127.0.0.1",
            "spark.driver.bindAddress": "127.0.0.1",
        }
    if url.startswith("local"):
        settings["spark.sql.shuffle.partitions"] = str(2 * (os.cpu_count() or 1))
    return settings


def _host(url: str) -> str:
    return url.removeprefix("spark://").split(",")[0].rsplit(":", 1)[0]


def _check_java(url: str) -> None:
    home = os.environ.get("JAVA_HOME")
    java = shutil.which("java", path=os.path.join(home, "bin")) if home else shutil.which("java")
    version = _java_version(java) if java else 0
    if version < JAVA:
        found = f"Java {version} is" if version else "no Java is"
        where = f"in JAVA_HOME ({home})" if home else "on this machine"
        raise StoreError(
            f"The engine {url!r} needs Java {JAVA} or newer; {found} {where}.",
            f"Install a Java runtime ({JAVA} or newer), or set JAVA_HOME to one.",
        )


@cache
def _java_version(java: str) -> int:
    try:
        said = subprocess.run([java, "-version"], capture_output=True, text=True, timeout=60, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return 0
    found = re.search(r'version "(?:1\.)?(\d+)', said.stderr + said.stdout)
    return int(found[1]) if found else 0


def _check_master(url: str) -> None:
    """Any one of the masters accepts a connection; Spark itself would try for minutes."""
    for address in url.removeprefix("spark://").split(","):
        host, _, port = address.rpartition(":")
        try:
            socket.create_connection((host, int(port)), timeout=WAIT_SECONDS).close()
        except (OSError, OverflowError):
            continue
        return
    raise StoreError(
        f"No Spark master answers at {url}.",
        "Check host and port, and that the cluster's master is running.",
    )
