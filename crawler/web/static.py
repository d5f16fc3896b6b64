"""Static files: read once, named by their content, so that browsers may keep them for ever."""

import hashlib
import mimetypes
from dataclasses import dataclass
from functools import cache
from importlib.resources import files


@dataclass(frozen=True, kw_only=True)
class Static:
    content: bytes
    media_type: str
    digest: str


@cache
def all_files() -> dict[str, Static]:
    """Every file of ``crawler/web/static`` by its name."""
    return {
        entry.name: _read(entry.name, entry.read_bytes()) for entry in files("crawler.web").joinpath("static").iterdir()
    }


def address(name: str) -> str:
    """Where a page finds it: ``/static/DIGEST/letapis.css``. KeyError where there is no such file."""
    return f"/static/{all_files()[name].digest}/{name}"


def _read(name: str, content: bytes) -> Static:
    kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
    text = kind.startswith("text/") or kind.endswith("javascript")
    return Static(
        content=content,
        media_type=f"{kind}; charset=utf-8" if text else kind,
        digest=hashlib.sha256(content).hexdigest()[:16],
    )
