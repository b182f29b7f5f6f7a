"""PostgreSQL, MariaDB and Java for the tests: found or installed; servers run in a temporary folder.

Standard library only. `python3 scripts/servers.py` installs what is missing (Debian and Ubuntu, with rights).
A server listens on a free port of 127.0.0.1, runs as an unprivileged user, and is gone with its folder.
"""

import contextlib
import glob
import os
import pwd
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass

PACKAGES = {"postgresql": "postgresql", "mysql": "mariadb-server", "java": "default-jre-headless"}
HOW = f"Install them with: apt-get install {' '.join(PACKAGES.values())}"
USER, PASSWORD, DATABASE = "reader", "s3cr:t/p@ss?#%", "crm"
START_SECONDS = 60


@dataclass(frozen=True)
class Server:
    """One running server: its kind, port, socket file or folder, and the user who may do everything."""

    kind: str
    port: int
    socket: str
    owner: str


def find(kind):
    """Folder of a server's programs, or an empty string."""
    program = {"postgresql": "initdb", "mysql": "mariadbd", "java": "java"}[kind]
    places = sorted(glob.glob("/usr/lib/postgresql/*/bin"), reverse=True) + glob.glob(
        "/opt/homebrew/opt/postgresql*/bin"
    )
    places += ["/usr/sbin", "/usr/local/sbin", *os.environ.get("PATH", "").split(os.pathsep)]
    return next((place for place in places if os.access(os.path.join(place, program), os.X_OK)), "")


def install():
    """Install what is missing with apt-get; whether all are there in the end."""
    missing = [package for kind, package in PACKAGES.items() if not find(kind)]
    prefix = [] if os.geteuid() == 0 else ["sudo", "-n"]
    if missing and shutil.which("apt-get"):
        print(f"Installing {', '.join(missing)} for the tests ...", flush=True)
        apt = [*prefix, "env", "DEBIAN_FRONTEND=noninteractive", "RUNLEVEL=1", "apt-get", "-q", "-y"]
        for arguments in (["update"], ["install", "--no-install-recommends", *missing]):
            subprocess.run(
                [*apt, *arguments], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, check=False
            )
    return all(map(find, PACKAGES))


@contextlib.contextmanager
def postgresql():
    """A PostgreSQL server with user and database for readers."""
    programs, owner = find("postgresql"), _unprivileged("postgres")
    with _folder(owner) as folder:
        data, port = os.path.join(folder, "data"), _free_port()
        arguments = [
            "-D",
            data,
            "-A",
            "scram-sha-256",
            "-U",
            "admin",
            "-E",
            "UTF8",
            "--locale=C",
            "--no-sync",
        ]
        secret = os.path.join(folder, "password")
        with open(secret, "w") as file:
            file.write(PASSWORD)
        _give(secret, owner)
        _run([os.path.join(programs, "initdb"), *arguments, f"--pwfile={secret}"], owner)
        settings = {
            "port": port, "listen_addresses": "127.0.0.1", "unix_socket_directories": folder, "fsync": "off",
            "shared_buffers": "16MB", "max_connections": 20, "timezone": "Asia/Shanghai",
        }  # fmt: skip
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        command = [os.path.join(programs, "postgres"), "-D", data, *options]
        with _running(command, owner, port):
            yield Server("postgresql", port, folder, "admin")


@contextlib.contextmanager
def mariadb():
    """A MariaDB server with user and database for readers."""
    programs, owner = find("mysql"), _unprivileged("mysql")
    with _folder(owner) as folder:
        data, port, path = os.path.join(folder, "data"), _free_port(), os.path.join(folder, "my.sock")
        make = shutil.which("mariadb-install-db") or "mariadb-install-db"
        _run(
            [
                make,
                "--no-defaults",
                f"--datadir={data}",
                "--auth-root-authentication-method=normal",
                "--skip-test-db",
            ],
            owner,
        )
        options = {
            "datadir": data, "socket": path, "port": port, "bind-address": "127.0.0.1",
            "pid-file": f"{folder}/pid",
            "innodb-buffer-pool-size": "32M", "innodb-flush-log-at-trx-commit": 0, "tmpdir": folder,
            "default-time-zone": "+08:00", "character-set-server": "utf8mb4", "sql-mode": "",
        }  # fmt: skip
        given = [f"--{name}={value}" for name, value in options.items()]
        command = [os.path.join(programs, "mariadbd"), "--no-defaults", *given]
        with _running(command, owner, port):
            yield Server("mysql", port, path, "root")


def _unprivileged(name):
    """The user that a server runs as: root starts it as another one."""
    if os.geteuid() != 0:
        return None
    known = {entry.pw_name for entry in pwd.getpwall()}
    return name if name in known else "nobody"


@contextlib.contextmanager
def _folder(owner):
    with tempfile.TemporaryDirectory(prefix="wb-", ignore_cleanup_errors=True) as folder:
        _give(folder, owner)
        yield folder


def _give(path, owner):
    if owner:
        shutil.chown(path, owner)


def _run(command, owner):
    run = subprocess.run(
        command, user=owner, cwd="/", env=_environment(), capture_output=True, text=True, check=False
    )
    if run.returncode:
        raise RuntimeError(f"{os.path.basename(command[0])}: {(run.stderr or run.stdout)[-2000:]}")


def _environment():
    return {"PATH": os.environ.get("PATH", ""), "HOME": "/nonexistent", "LC_ALL": "C", "TZ": "UTC"}


@contextlib.contextmanager
def _running(command, owner, port):
    with tempfile.TemporaryFile() as log:
        server = subprocess.Popen(
            command, user=owner, cwd="/", env=_environment(), stdin=subprocess.DEVNULL, stdout=log, stderr=log
        )
        try:
            _wait(server, port, log)
            yield
        finally:
            server.terminate()
            try:
                server.wait(START_SECONDS)
            except subprocess.TimeoutExpired:
                server.kill()
                server.wait()


def _wait(server, port, log):
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until and server.poll() is None:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.1)
    log.seek(0)
    raise RuntimeError(
        f"{os.path.basename(server.args[0])} did not start: {log.read()[-2000:].decode(errors='replace')}"
    )


def _free_port():
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


if __name__ == "__main__":
    there = install()
    print(
        "PostgreSQL, MariaDB and Java are there."
        if there
        else f"Some tests with real databases or Spark will NOT run. {HOW}"
    )
    sys.exit(0 if there or not os.environ.get("WORKBENCH_REQUIRE_SERVERS") else 1)
