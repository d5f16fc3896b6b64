"""Ask a replica over HTTP, without following redirects."""

import gzip
import http.client
import re
from collections.abc import Mapping
from dataclasses import dataclass
from html import unescape

from tests.site import Replica


@dataclass(frozen=True, kw_only=True)
class Reply:
    status: int
    headers: dict[str, str]  # names in lower case
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()


def ask(replica: Replica, target: str, headers: Mapping[str, str] | None = None, *, method: str = "GET") -> Reply:
    """One request on a connection of its own."""
    connection = http.client.HTTPConnection(replica.host, timeout=10)
    try:
        connection.request(method, target.removeprefix(replica.url) or "/", headers=dict(headers or {}))
        answer = connection.getresponse()
        content = answer.read()
        found = {name.lower(): value for name, value in answer.getheaders()}
    finally:
        connection.close()
    if found.get("content-encoding") == "gzip":
        content = gzip.decompress(content)
    return Reply(status=answer.status, headers=found, body=content)


def heading(reply: Reply) -> str:
    """The page's own heading."""
    found = re.search(r'<h1 class="title[^>]*>(.*?)</h1>', reply.text, re.S)
    return unescape(re.sub(r"<[^>]+>", "", found[1])).strip() if found else ""


def folded(text: str) -> str:
    """Words with single spaces."""
    return " ".join(text.split())
