"""The envelope of every answer: which host we answer to, what a proxy may tell us, headers, and errors as pages."""

from collections.abc import MutableMapping
from typing import Any

from fastapi import Request
from fastapi.responses import PlainTextResponse
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from crawler.web.context import Web
from crawler.web.errors import LARGEST_BODY, failed, too_large

POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; font-src 'self'; connect-src 'self'; "
    "form-action 'self'; frame-src 'self'; frame-ancestors 'none'; base-uri 'none'"
)
HEADERS = {  # each answer has them, unless it says otherwise itself
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "X-Frame-Options": "DENY",  # for browsers that don't know frame-ancestors
}
YEAR = 365 * 86400


class Envelope:
    """Middleware around everything else."""

    def __init__(self, app: ASGIApp, web: Web) -> None:
        self.app = app
        self.web = web
        self.headers = dict(HEADERS)
        if web.settings.public_url.startswith("https://"):
            self.headers["Strict-Transport-Security"] = f"max-age={YEAR}"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":  # the lifespan; there are no web sockets
            await self.app(scope, receive, send)
            return
        if self.web.settings.service.behind_proxy:
            _forwarded(scope)
        answer = _Answer(send, self.headers, bodiless=scope["method"] == "HEAD")
        if _host(scope) not in self.web.hosts:
            refusal = PlainTextResponse("This server does not answer to that name: see service.public_url.", 400)
            await refusal(scope, receive, answer)
            return
        if _length(scope) > LARGEST_BODY:
            await too_large(Request(scope, receive))(scope, receive, answer)
            return
        if answer.bodiless:  # the same answer as to GET, without its body (RFC 9110, 9.3.2)
            scope = {**scope, "method": "GET"}
        try:
            await self.app(scope, receive, answer)
        except _Enough:
            return
        except Exception as error:
            if answer.begun:
                raise
            await failed(Request(scope, receive), error)(scope, receive, answer)


class _Enough(Exception):
    """The rest of the body is not wanted: who makes it stops."""


class _Answer:
    """Sends on, with our headers; to HEAD without the body."""

    def __init__(self, send: Send, headers: dict[str, str], *, bodiless: bool) -> None:
        self._send = send
        self._headers = headers
        self.bodiless = bodiless
        self.begun = False

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.begun = True
            headers = MutableHeaders(scope=message)
            for name, value in self._headers.items():
                headers.setdefault(name, value)
        elif self.bodiless:
            await self._send({"type": "http.response.body", "body": b""})
            if message.get("more_body"):
                raise _Enough
            return
        await self._send(message)


def _host(scope: Scope) -> str:
    """The name in the Host header, without its port."""
    host = Headers(scope=scope).get("host", "").lower()
    end = host.find("]") + 1  # of an IPv6 address
    return host[:end] if end else host.partition(":")[0]


def _length(scope: Scope) -> int:
    """Bytes that the body says it has; one that says nothing is counted as it comes."""
    said = Headers(scope=scope).get("content-length", "0")
    return int(said) if said.isdecimal() and len(said) < 20 else LARGEST_BODY + 1


def _forwarded(scope: MutableMapping[str, Any]) -> None:
    """Takes address and scheme from a proxy on this machine; from anybody else they are mere words.

    The last address of X-Forwarded-For is the one that our proxy has seen itself.
    """
    client = scope.get("client")
    if client is not None and client[0] not in ("127.0.0.1", "::1"):
        return
    headers = Headers(scope=scope)
    if seen := headers.get("x-forwarded-for", "").rpartition(",")[2].strip():
        scope["client"] = (seen[:64], 0)
    if (scheme := headers.get("x-forwarded-proto", "").strip().lower()) in ("http", "https"):
        scope["scheme"] = scheme
