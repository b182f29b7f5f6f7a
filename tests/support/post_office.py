"""Servers on this machine that take messages and keep them: HTTP, and as much SMTP as a client speaks."""

from __future__ import annotations

import http.server
import json
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any


@dataclass
class PostOffice:
    """A server that runs.

    Attributes:
        port: Its port on 127.0.0.1.
        taken: What came: over HTTP (path, headers, JSON body), over SMTP (sender, receivers, message).
        answers: HTTP status of the next answers; 200 once they are used up.
        bodies: What the next answers say; `{"ok": true}` once they are used up.
    """

    port: int = 0
    taken: list[tuple[Any, Any, Any]] = field(default_factory=list)
    answers: list[int] = field(default_factory=list)
    bodies: list[str] = field(default_factory=list)


@contextmanager
def web() -> Iterator[PostOffice]:
    """A web server."""
    office = PostOffice()

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            office.taken.append((self.path, dict(self.headers), json.loads(body)))
            self.send_response(office.answers.pop(0) if office.answers else 200)
            self.end_headers()
            usual = "ok" if "slack" in self.path else '{"ok": true}'
            self.wfile.write((office.bodies.pop(0) if office.bodies else usual).encode())

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with _running(http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler), office):
        yield office


@contextmanager
def mail() -> Iterator[PostOffice]:
    """A mail server."""
    office = PostOffice()

    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            self.say("220 here")
            sender, receivers = "", []
            while line := self.rfile.readline().decode().strip():
                word = line[:4].upper()
                if word == "MAIL":
                    sender = line
                elif word == "RCPT":
                    receivers.append(line)
                elif word == "DATA":
                    self.say("354 go on")
                    office.taken.append((sender, receivers, b"".join(iter(self.rfile.readline, b".\r\n"))))
                if word == "QUIT":
                    self.say("221 bye")
                    return
                self.say(
                    "235 yes"
                    if word == "AUTH"
                    else "250-here\r\n250 AUTH PLAIN"
                    if word == "EHLO"
                    else "250 ok"
                )

        def say(self, line: str) -> None:
            self.wfile.write(f"{line}\r\n".encode())

    with _running(socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler), office):
        yield office


@contextmanager
def _running(server: Any, office: PostOffice) -> Iterator[None]:
    server.daemon_threads = True
    office.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)
