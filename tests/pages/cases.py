"""The page cases: a folder each, with the page, where it came from, and the document that a reader sees in it."""

import json
from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from config.site import BUILT_IN, Site, load_site
from crawler.core.extract import extract
from storage.records import Document

FOLDER = Path(__file__).parent
LEFT_OUT = ("markdown", "agreement", "notice")  # the Markdown has a file of its own


@dataclass(frozen=True, kw_only=True)
class Case:
    """`case.json` holds url, headers and site (null: a site without a profile)."""

    folder: Path
    url: str
    headers: dict[str, str]
    site: Site | None

    @property
    def name(self) -> str:
        return self.folder.name

    @property
    def body(self) -> bytes:
        return (self.folder / "page.html").read_bytes()

    def document(self) -> Document:
        return extract(self.body, url=self.url, headers=self.headers, site=self.site)


@lru_cache(maxsize=8)
def site(key: str) -> Site:
    return load_site(BUILT_IN / f"{key}.toml")


def all_cases() -> list[Case]:
    return [_case(path.parent) for path in sorted(FOLDER.glob("*/case.json"))]


def _case(folder: Path) -> Case:
    told = json.loads((folder / "case.json").read_text(encoding="utf-8"))
    profile = site(told["site"]) if told["site"] else None
    return Case(folder=folder, url=told["url"], headers=told["headers"], site=profile)


def as_json(document: Document) -> dict[str, Any]:
    """All of the document but its Markdown, as it stands in `expected.json`."""
    fields = {key: value for key, value in asdict(document).items() if key not in LEFT_OUT}
    return dict(json.loads(json.dumps(fields, ensure_ascii=False)))
