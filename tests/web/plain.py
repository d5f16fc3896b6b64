"""How the tests' clients send: httpx's requests over the standard library's connections, for a part of the work."""

import contextlib
import select
from http.client import HTTPConnection, HTTPException, HTTPResponse

import httpx


class Plain(httpx.BaseTransport):
    """HTTP/1.1 without TLS; keeps open as many connections as there were requests at a time."""

    def __init__(self) -> None:
        self._idle: list[HTTPConnection] = []

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        connection = self._connection(request)
        try:
            answer = _asked(connection, request)
            body = answer.read()
        except TimeoutError as error:
            connection.close()
            raise httpx.ReadTimeout(str(error), request=request) from error
        except (HTTPException, OSError) as error:
            connection.close()
            raise httpx.RemoteProtocolError(str(error), request=request) from error
        if connection.sock is not None:
            self._idle.append(connection)
        headers = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in answer.headers.items()]
        return httpx.Response(answer.status, headers=headers, stream=httpx.ByteStream(body))

    def close(self) -> None:
        while self._idle:
            self._idle.pop().close()

    def _connection(self, request: httpx.Request) -> HTTPConnection:
        """One that the server has not closed meanwhile, or a new one."""
        wait = request.extensions["timeout"]["read"]
        while self._idle:
            kept = self._idle.pop()
            if not select.select([kept.sock], [], [], 0)[0]:
                kept.sock.settimeout(wait)
                return kept
            kept.close()
        return HTTPConnection(request.url.host, request.url.port, timeout=wait)


def _asked(connection: HTTPConnection, request: httpx.Request) -> HTTPResponse:
    """The answer, whose body is not read yet."""
    connection.putrequest(
        request.method, request.url.raw_path.decode("ascii"), skip_host=True, skip_accept_encoding=True
    )
    for name, value in request.headers.raw:
        connection.putheader(name.decode("ascii"), value)
    with contextlib.suppress(BrokenPipeError, ConnectionResetError):  # answered before all was sent
        connection.endheaders(iter(request.stream), encode_chunked="transfer-encoding" in request.headers)
    return connection.getresponse()
