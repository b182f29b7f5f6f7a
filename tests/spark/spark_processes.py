"""Spark for tests: a small cluster on this machine, and processes that ask an engine."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
WAIT = 90
LONGEST = 600
# Hundreds of rules fill the 48 MB that a JVM with one compiler keeps for code.
QUICK = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC -XX:ReservedCodeCacheSize=256m"
SETTINGS = {
    "spark.driver.extraJavaOptions": QUICK,
    "spark.executor.extraJavaOptions": QUICK,
    "spark.driver.memory": "512m",
    "spark.executor.memory": "512m",
    "spark.sql.shuffle.partitions": "2",
    "spark.default.parallelism": "2",
    "spark.log.level": "ERROR",
}


def java() -> bool:
    from workbench.store import spark_session

    found = shutil.which("java")
    return bool(found) and spark_session._java_version(found) >= spark_session.JAVA


def environment(folder: Path) -> dict[str, str]:
    """Small memory, loopback only, nothing written elsewhere."""
    (folder / "conf").mkdir(exist_ok=True)
    lines = [f"{name} {value}" for name, value in SETTINGS.items()]
    (folder / "conf" / "spark-defaults.conf").write_text("\n".join(lines) + "\n")
    return {
        **os.environ,
        "PYTHONPATH": str(ROOT),
        "SPARK_HOME": str(Path(find_spec("pyspark").origin).parent),
        "SPARK_CONF_DIR": str(folder / "conf"),
        "SPARK_LOCAL_DIRS": str(folder / "spark"),
        "SPARK_LOCAL_IP": "127.0.0.1",
        "SPARK_DAEMON_MEMORY": "256m",
        "SPARK_DAEMON_JAVA_OPTS": QUICK,
        "SPARK_NO_DAEMONIZE": "1",
    }


class Session:
    """A process with one engine that answers what `spark_answers.py` can, one question after another."""

    def __init__(self, engine: str, folder: Path):
        self.folder, self.said = folder, folder / "session.log"
        with self.said.open("w") as log:
            self.process = subprocess.Popen(
                [sys.executable, str(HERE / "spark_answers.py"), engine],
                env=environment(folder),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                start_new_session=True,
            )

    def ask(self, question: str, **arguments: object) -> Any:
        """The answer; fails with what the process said where there is none."""
        out = self.folder / f"{question}.json"
        out.unlink(missing_ok=True)
        late = threading.Timer(LONGEST, self.process.kill)
        late.start()
        try:
            self.process.stdin.write(json.dumps({"ask": question, "out": str(out), **arguments}) + "\n")
            self.process.stdin.flush()
            while (line := self.process.stdout.readline()) and line != "done\n":
                pass
        except BrokenPipeError:
            line = ""
        finally:
            late.cancel()
        assert line, self.said.read_text()[-3000:]
        return json.loads(out.read_text(encoding="utf-8"))

    def close(self) -> None:
        """End it, and Spark with it."""
        self.process.stdin.close()
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            _stop(self.process)


@contextmanager
def session(engine: str, folder: Path):
    """A session, ended in the end."""
    made = Session(engine, folder)
    try:
        yield made
    finally:
        made.close()


@contextmanager
def cluster(folder: Path):
    """A standalone master and two workers; its URL."""
    port = _free_port()
    master, url = ["master.Master", "--host", "127.0.0.1", "--port", str(port)], f"spark://127.0.0.1:{port}"
    worker = ["worker.Worker", "--host", "127.0.0.1", "--cores", "1", "--memory", "600m"]
    works = [[*worker, "--work-dir", str(folder / f"work{number}"), url] for number in (1, 2)]
    running = []
    try:
        running.append(_daemon(folder, "master", master))
        _until(lambda: _listens(port), running, folder)
        running += [_daemon(folder, f"worker{number}", each) for number, each in enumerate(works, 1)]
        _until(lambda: _said(folder, "master", "Registering worker") == 2, running, folder)
        yield url
    finally:
        for process in reversed(running):
            _stop(process)


def executors(folder: Path) -> int:
    """How many workers started an executor."""
    return sum(_said(folder, f"worker{number}", "Asked to launch executor") > 0 for number in (1, 2))


def _daemon(folder: Path, name: str, command: list[str]) -> subprocess.Popen:
    env = environment(folder)
    program = [str(Path(env["SPARK_HOME"]) / "bin" / "spark-class"), f"org.apache.spark.deploy.{command[0]}"]
    (folder / "conf" / "log4j2.properties").write_text(LOG)
    with (folder / f"{name}.log").open("w") as log:
        return subprocess.Popen(
            [*program, *command[1:], "--webui-port", "0"],
            env=env,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )


LOG = """rootLogger.level = info
rootLogger.appenderRef.console.ref = console
appender.console.type = Console
appender.console.name = console
appender.console.target = SYSTEM_ERR
appender.console.layout.type = PatternLayout
appender.console.layout.pattern = %m%n
"""


def _stop(process: subprocess.Popen) -> None:
    process.terminate()
    try:
        process.wait(20)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _until(ready, running, folder) -> None:
    end = time.monotonic() + WAIT
    while not ready():
        dead = [process for process in running if process.poll() is not None]
        if dead or time.monotonic() > end:
            raise AssertionError(_logs(folder))
        time.sleep(0.2)


def _logs(folder: Path) -> str:
    return "\n".join(f"{log.name}: {log.read_text()[-1000:]}" for log in sorted(folder.glob("*.log")))


def _said(folder: Path, name: str, words: str) -> int:
    return (folder / f"{name}.log").read_text().count(words)


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


def _listens(port: int) -> bool:
    with socket.socket() as tried:
        return tried.connect_ex(("127.0.0.1", port)) == 0
