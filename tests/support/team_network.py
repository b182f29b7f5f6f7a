"""Two network namespaces, a server's and a reader's, with one cable between them: a team's server in small.

Nothing of it touches the machine's own network; needs root and the programs `ip`, `nginx` and `unshare`.
"""

from __future__ import annotations

import json
import os
import shutil
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

HOST = "ads.example.test"
_PROGRAMS = ("ip", "nginx", "unshare", "setpriv", "curl")


def missing() -> str:
    """Why this cannot be tried here; empty: it can."""
    if not hasattr(os, "geteuid") or os.geteuid():
        return "network namespaces need root"
    lacking = [name for name in _PROGRAMS if not shutil.which(name)]
    if lacking:
        return f"{', '.join(lacking)} not installed (apt-get install iproute2 nginx util-linux curl)"
    return "" if _can_make() else "this machine makes no network namespaces"


def _can_make() -> bool:
    return subprocess.run(["unshare", "--net", "true"], capture_output=True, check=False).returncode == 0


@dataclass(frozen=True)
class Networks:
    """Names of the two namespaces, and the server's address in the reader's eyes."""

    server: str
    reader: str
    address: str

    def inside(self, name: str, *command: str) -> list[str]:
        """A command, run in a namespace."""
        return ["ip", "netns", "exec", name, *command]

    def ask(self, url: str, authority: Path, host: str = HOST) -> dict[str, Any]:
        """Ask the server from the reader's namespace, as `host`; a wrong certificate is an error."""
        command = self.inside(self.reader, sys.executable, __file__, url, self.address, host, str(authority))
        run = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
        return dict(json.loads(run.stdout))

    def chromium(self, folder: Path) -> tuple[Path, list[str]]:
        """A program that is Chromium in the reader's namespace, and its arguments."""
        import browser

        program = folder / "chromium"
        words = " ".join(self.inside(self.reader, browser.find()))
        program.write_text(f'#!/bin/sh\nexec {words} "$@"\n', encoding="utf-8")
        program.chmod(0o755)
        rules = f"--host-resolver-rules=MAP {HOST} {self.address}, MAP * ~NOTFOUND, EXCLUDE {self.address}"
        kept = [word for word in browser.launch_arguments() if "host-resolver-rules" not in word]
        return program, [*kept, rules]


@contextmanager
def networks() -> Iterator[Networks]:
    """The two namespaces, until the block ends."""
    mark = f"{os.getpid() % 0xFFFF:04x}"
    made = Networks(f"wbs{mark}", f"wbr{mark}", "10.87.65.1")
    try:
        for line in (
            f"ip netns add {made.server}",
            f"ip netns add {made.reader}",
            f"ip link add ws{mark} netns {made.server} type veth peer name wr{mark} netns {made.reader}",
            f"ip -n {made.server} addr add {made.address}/30 dev ws{mark}",
            f"ip -n {made.reader} addr add 10.87.65.2/30 dev wr{mark}",
            f"ip -n {made.server} link set lo up",
            f"ip -n {made.reader} link set lo up",
            f"ip -n {made.server} link set ws{mark} up",
            f"ip -n {made.reader} link set wr{mark} up",
        ):
            subprocess.run(line.split(), check=True, capture_output=True)
        yield made
    finally:
        for name in (made.server, made.reader):
            subprocess.run(["ip", "netns", "del", name], check=False, capture_output=True)


@contextmanager
def nginx(folder: Path, site: str, *around: str) -> Iterator[Path]:
    """Run nginx with a site's file, in a namespace that `around` enters; its error log.

    Raises:
        CalledProcessError: when nginx does not take the file.
    """
    log = folder / "error.log"
    frame = f"""pid {folder}/pid; error_log {log}; worker_processes 1; user root;
events {{ worker_connections 256; }}
http {{ access_log off; client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy;
fastcgi_temp_path {folder}/f; uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;
{site} }}"""
    file = folder / "whole.conf"
    file.write_text(frame, encoding="utf-8")
    command = [*around, "nginx", "-c", str(file), "-g", "daemon off;"]
    subprocess.run([*command, "-t"], check=True, capture_output=True)
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL)
    try:
        yield log
    finally:
        process.terminate()
        process.wait(90)


def certificate(folder: Path) -> tuple[Path, Path]:
    """A certificate for the host, signed by itself, and its key."""
    import datetime as dt

    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key, now = ec.generate_private_key(ec.SECP256R1()), dt.datetime.now(dt.UTC)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, HOST)])
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=2))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(HOST)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    files = folder / "chain.pem", folder / "key.pem"
    files[0].write_bytes(made.public_bytes(serialization.Encoding.PEM))
    plain = serialization.NoEncryption()
    shape = serialization.PrivateFormat.PKCS8
    files[1].write_bytes(key.private_bytes(serialization.Encoding.PEM, shape, plain))
    return files


def _asked(url: str, address: str, host: str, authority: str) -> dict[str, Any]:
    """One request, as the process in the reader's namespace makes it."""
    import http.client
    from urllib.parse import urlsplit

    parts = urlsplit(url)
    plain = socket.create_connection((address, 80 if parts.scheme == "http" else 443), 30)
    if parts.scheme == "https":
        context = ssl.create_default_context(cafile=authority)
        plain = context.wrap_socket(plain, server_hostname=parts.hostname)
    connection = http.client.HTTPConnection(address)
    connection.sock = plain
    connection.request("GET", parts.path or "/", headers={"Host": host})
    answer = connection.getresponse()
    text = answer.read().decode("utf-8", "replace")
    return {"status": answer.status, "headers": dict(answer.getheaders()), "text": text}


def reachable(port: int, *around: str, seconds: float = 240) -> None:
    """Wait until something listens on a port of 127.0.0.1 in a namespace."""
    code = f"import socket; socket.create_connection(('127.0.0.1', {port}), 1)"
    until = time.monotonic() + seconds
    while subprocess.run([*around, sys.executable, "-c", code], capture_output=True, check=False).returncode:
        assert time.monotonic() < until, f"nothing listens on port {port}"
        time.sleep(0.2)


if __name__ == "__main__":
    print(json.dumps(_asked(*sys.argv[1:5])))
