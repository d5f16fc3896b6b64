"""The HTTP side: one threading server, keep-alive, gzip, HEAD, conditional requests, faults on demand."""

import socket
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock
from typing import Any

from tests.site.answers import Answer, not_modified, packed
from tests.site.model import Request

_GZIP_FROM = 512
_CONTROL = "/-/replica/"
_REFUSED = (("Allow", "GET, HEAD"), ("Connection", "close"))  # closed, for a body may follow that nobody reads


@dataclass
class Fault:
    """How a path answers badly: `times` left, endlessly when null."""

    status: int | None
    times: int | None
    delay: float
    drop: bool


class Server(ThreadingHTTPServer):
    """Listens on the loopback address; `render` makes answers, `control` obeys the demonstration."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, port: int, render: Callable[[str, str], Answer], control: Callable[[str, str, bytes], Answer]):
        super().__init__(("127.0.0.1", port), _Handler)
        self.render = render
        self.control = control
        self.drupal_validators = False
        self.log: list[Request] = []
        self.faults: dict[str, Fault] = {}
        self.lock = Lock()
        self.open: set[socket.socket] = set()

    def fault(self, target: str) -> Fault | None:
        """The fault that this request runs into; counts it."""
        with self.lock:
            fault = self.faults.get(target) or self.faults.get(target.partition("?")[0])
            if fault is None or fault.times == 0:
                return None
            if fault.times is not None:
                fault.times -= 1
            return fault

    def process_request(self, request: Any, client_address: Any) -> None:
        request.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        self.open.discard(request)
        super().shutdown_request(request)

    def hang_up(self) -> None:
        """Close the connections that clients keep alive, so that their threads end."""
        for connection in list(self.open):
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:  # the client was faster
                self.open.discard(connection)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Clients that go away in the middle are no news."""


class _Handler(BaseHTTPRequestHandler):
    server: Server
    protocol_version = "HTTP/1.1"
    server_version = "nginx"
    sys_version = ""
    wbufsize = 65536
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        self._serve()

    def do_HEAD(self) -> None:
        self._serve()

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if self.path.startswith(_CONTROL):
            self._send(self.server.control("POST", self.path.removeprefix(_CONTROL), body))
        else:
            self._log(self._refuse())

    def _refused(self) -> None:
        self._log(self._refuse())

    do_PUT = do_DELETE = do_PATCH = do_OPTIONS = do_TRACE = _refused

    def _refuse(self) -> int:
        return self._send(Answer(status=405, media_type="text/plain", headers=_REFUSED, body=b"405\n"))

    def _serve(self) -> None:
        if self.path.startswith(_CONTROL):
            self._send(self.server.control(self.command, self.path.removeprefix(_CONTROL), b""))
            return
        fault = self.server.fault(self.path)
        if fault and fault.delay:
            time.sleep(fault.delay)
        if fault and fault.drop:
            self._log(0)
            self.close_connection = True
            return
        if fault and fault.status:
            answer = Answer(status=fault.status, body=f"<html><body>{fault.status}</body></html>".encode())
        else:
            answer = self._checked(self.server.render(self.path, self.headers.get("Cookie") or ""))
        self._log(self._send(answer))

    def _checked(self, answer: Answer) -> Answer:
        """304 when the client's copy will do."""
        dynamic = ("X-Generator" in dict(answer.headers)) or "rss" in answer.media_type
        match, since = self.headers.get("If-None-Match") or "", self.headers.get("If-Modified-Since") or ""
        if answer.status == 200 and not_modified(answer, match, since, both=dynamic):
            return Answer(status=304, headers=answer.headers)
        return answer

    def _send(self, answer: Answer) -> int:
        body = answer.body
        headers = [*answer.headers]
        if answer.status != 304:
            headers.insert(0, ("Content-Type", answer.media_type))
            if len(body) >= _GZIP_FROM and self._takes_gzip(answer):
                body = answer.packed or packed(body)
                headers.append(("Content-Encoding", "gzip"))
            headers.append(("Content-Length", str(len(body))))
        self.send_response(answer.status)
        for name, value in headers:
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD" and answer.status != 304:
            self.wfile.write(body)
        return answer.status

    def _takes_gzip(self, answer: Answer) -> bool:
        return answer.media_type.startswith(("text/", "application/rss")) and "gzip" in (
            self.headers.get("Accept-Encoding") or ""
        )

    def _log(self, status: int) -> None:
        conditional = bool(self.headers.get("If-None-Match") or self.headers.get("If-Modified-Since"))
        self.server.log.append(
            Request(
                method=self.command,
                path=self.path,
                user_agent=self.headers.get("User-Agent") or "",
                conditional=conditional,
                status=status,
                at=datetime.now(UTC),
            )
        )

    def log_message(self, format: str, *args: Any) -> None:
        """The log is `Server.log`."""
