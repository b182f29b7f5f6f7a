"""A client of the running app that keeps cookies and follows nothing by itself."""

from __future__ import annotations

import http.client
import http.cookiejar
import urllib.error
import urllib.parse
import urllib.request
from dataclasses import dataclass, field

import live


@dataclass
class Answer:
    """What came back."""

    status: int
    headers: http.client.HTTPMessage
    text: str
    url: str


@dataclass
class Client:
    """A browser without pictures: keeps cookies, follows nothing by itself."""

    app: live.App
    jar: http.cookiejar.CookieJar = field(default_factory=http.cookiejar.CookieJar)

    def get(self, path: str, follow: bool = False, **headers: str) -> Answer:
        return self._ask(urllib.request.Request(self.app.url + path, headers=headers), follow)

    def post(self, path: str, follow: bool = False, **form: str) -> Answer:
        data = urllib.parse.urlencode(form).encode()
        return self._ask(urllib.request.Request(self.app.url + path, data=data), follow)

    def login(self) -> Client:
        assert self.get(f"/nowhere?token={self.app.token}").status == 404
        return self

    def _ask(self, request: urllib.request.Request, follow: bool) -> Answer:
        cookies = urllib.request.HTTPCookieProcessor(self.jar)
        opener = urllib.request.build_opener(cookies, *([] if follow else [Stay]))
        try:
            reply = opener.open(request, timeout=90)
        except urllib.error.HTTPError as error:
            reply = error
        body = reply.read()
        return Answer(reply.status, reply.headers, body.decode("utf-8", "replace"), reply.url)


class Stay(urllib.request.HTTPRedirectHandler):
    """Shows a redirection instead of following it."""

    def redirect_request(self, *_):
        return None
