"""The envelope of every answer: which host we answer to, what a proxy may tell us, headers, and errors as pages."""

import ipaddress
import re
from collections.abc import MutableMapping
from typing import Any

from fastapi import Request
from fastapi.responses import PlainTextResponse
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import ClientDisconnect
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
_SCHEMES = ("http", "https")
LONGEST_PATH = 4_200  # characters; of a number in it Python would read no more than 4,300
YEAR = 365 * 86400
_HOST = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[\w.-]+)(?::\d{1,5})?")
_PORT = re.compile(r"(\[.*\]|[\d.]+):\d+")


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
        if client := scope.get("client"):
            scope["client"] = (_plain(client[0]), client[1])
        if self.web.settings.service.behind_proxy:
            _forwarded(scope)
        answer = _Answer(send, self.headers, bodiless=scope["method"] == "HEAD")
        if _host(scope) not in self.web.hosts:
            refusal = PlainTextResponse("This server does not answer to that name: see service.public_url.", 400)
            await refusal(scope, receive, answer)
            return
        if len(scope["path"]) > LONGEST_PATH:
            await PlainTextResponse("This address is too long.", 414)(scope, receive, answer)
            return
        if _length(scope) > LARGEST_BODY:
            await too_large(Request(scope, receive))(scope, receive, answer)
            return
        if answer.bodiless:  # the same answer as to GET, without its body (RFC 9110, 9.3.2)
            scope = {**scope, "method": "GET"}
        try:
            await self.app(scope, receive, answer)
        except (ClientDisconnect, _Enough):
            return  # nobody is there to be answered, or has heard enough
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
    """The name in the Host header, without its port; empty for what is no name with a port, and for several."""
    said = Headers(scope=scope).getlist("host")
    found = _HOST.fullmatch(said[0]) if len(said) == 1 else None
    return found[1].lower() if found else ""


def _length(scope: Scope) -> int:
    """Bytes that the body says it has; one that says nothing is counted as it comes."""
    said = Headers(scope=scope).get("content-length", "0")
    return int(said) if said.isdecimal() and len(said) < 20 else LARGEST_BODY + 1


def _forwarded(scope: MutableMapping[str, Any]) -> None:
    """Takes address and scheme from a proxy on this machine; from anybody else they are mere words.

    The last address of the last X-Forwarded-For is the one that our proxy has seen itself: some add a line of their own
    to those that came.
    """
    client = scope.get("client")
    if client is not None and client[0] not in ("127.0.0.1", "::1"):
        return
    headers = Headers(scope=scope)
    if seen := ",".join(headers.getlist("x-forwarded-for")).rpartition(",")[2].strip():
        scope["client"] = (_plain(seen), 0)
    if (scheme := ",".join(headers.getlist("x-forwarded-proto")).rpartition(",")[2].strip().lower()) in _SCHEMES:
        scope["scheme"] = scheme


def _plain(address: str) -> str:
    """The address alone: without a port that a proxy adds, without a zone, IPv4 in IPv6's clothes as IPv4.

    >>> _plain("203.0.113.9:4711"), _plain("[2001:db8::1]:443"), _plain("::ffff:203.0.113.9"), _plain("unknown")
    ('203.0.113.9', '2001:db8::1', '203.0.113.9', 'unknown')
    """
    found = _PORT.fullmatch(address)
    bare = (found[1] if found else address).strip("[]").partition("%")[0][:64]
    try:
        mapped = getattr(ipaddress.ip_address(bare), "ipv4_mapped", None)
    except ValueError:
        return bare
    return str(mapped or bare)
