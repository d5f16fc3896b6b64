"""Versions of a page: the documents themselves, and what differs between two of them."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import Query, Request
from pydantic import Field

from crawler.core.compare import compare
from crawler.core.documents import document_json
from crawler.core.report.entries import comparison_json
from crawler.core.significance import of_comparison
from crawler.web.access import Need
from crawler.web.api.pages import page_with
from crawler.web.api.routes import Api, In, Listing, Moment, Out, found
from crawler.web.context import web_of
from crawler.web.errors import Refused
from crawler.web.inputs import Id
from crawler.web.screens.compare import standing
from storage.records import Extractor, PageKind, Version, What

api = Api("versions")


class VersionRowOut(Out):
    number: int
    first_seen: datetime
    last_seen: datetime
    title: str
    language: str | None
    characters: int
    digest: str
    upgrade: bool = Field(description="new text from old bytes: never a change")
    capture_id: int | None


class LinkOut(Out):
    url: str
    text: str


class ImageOut(Out):
    url: str
    alt: str


class AttachmentOut(LinkOut):
    media_type: str | None


class VersionOut(Out):
    """The keys of `letapis fetch --json`."""

    url: str
    kind: PageKind
    title: str
    language: str | None
    published: str | None
    markdown: str
    text: str
    links: list[LinkOut]
    images: list[ImageOut]
    attachments: list[AttachmentOut]
    digest: str
    extractor: Extractor
    root: str | None
    notice: str | None
    page: int
    version: int
    first_seen: datetime
    capture_id: int | None
    extractor_version: str
    profile_version: str
    upgrade: bool

    @classmethod
    def of(cls, url: str, one: Version) -> "VersionOut":
        names = ("first_seen", "capture_id", "extractor_version", "profile_version", "upgrade")
        told = document_json(one.document, digests=one.digests, url=url)
        return cls(**told, page=one.page_id, version=one.number, **{name: getattr(one, name) for name in names})


class BlockOut(Out):
    kind: str = Field(description="added, removed, changed or moved")
    before: str | None
    after: str | None
    words: list[tuple[str, str]] = Field(description="pairs: same, added or removed; the words")
    before_index: int | None
    after_index: int | None


class ReferenceOut(Out):
    label: str
    url: str


class PairOut(Out):
    before: ReferenceOut
    after: ReferenceOut


class ReferencesOut(Out):
    added: list[ReferenceOut]
    removed: list[ReferenceOut]
    retargeted: list[PairOut] = Field(description="the same label, another address")
    relabelled: list[PairOut] = Field(description="the same address, another label")


class Pair(In):
    before: int | None = Field(None, alias="from", ge=1, lt=2**31, description="a version; this or since")
    since: Moment | None = Field(None, description="instead of from: the version that stood then")
    after: int | None = Field(None, alias="to", ge=1, lt=2**31, description="a version; left out: the latest")


class ReasonOut(Out):
    reason: str
    value: float


class DifferenceOut(Out):
    page: int
    from_version: int
    to_version: int
    what: list[What]
    summary: str
    significance: float = Field(description="from 0 to 1: what an edit like this would weigh")
    reasons: list[ReasonOut]
    title: tuple[str, str] | None = Field(description="before and after, when they differ")
    diff: list[BlockOut]
    links: ReferencesOut
    images: ReferencesOut
    attachments: ReferencesOut


@api.get("/pages/{page_id:int}/versions", need=Need.READ, summary="A page's versions")
def versions(request: Request, page_id: Id) -> Listing[VersionRowOut]:
    """Without their texts, oldest first."""
    web = web_of(request)
    page_with(web, page_id)
    return Listing(items=[VersionRowOut.model_validate(one) for one in web.archive.versions_of(page_id)])


@api.get("/pages/{page_id:int}/versions/{number:int}", need=Need.READ, summary="One version")
def version(request: Request, page_id: Id, number: Id) -> VersionOut:
    """The document as it was extracted: text, Markdown, links, images, attachments."""
    web = web_of(request)
    return VersionOut.of(page_with(web, page_id).url, _version(request, page_id, number))


@api.get("/pages/{page_id:int}/diff", need=Need.READ, summary="What differs between two versions")
def difference(request: Request, page_id: Id, pair: Annotated[Pair, Query()]) -> DifferenceOut:
    """Any two versions of the page, in either order; or all that has changed since a day."""
    page_with(web_of(request), page_id)
    if (pair.before is None) is (pair.since is None):
        raise Refused(422, "Give either from or since.")
    rows = web_of(request).archive.versions_of(page_id)
    found(rows or None)
    first = pair.before or standing(rows, pair.since or rows[0].first_seen).number
    before, after = (_version(request, page_id, number) for number in (first, pair.after or rows[-1].number))
    comparison = compare(before, after)
    score = of_comparison(comparison)
    told: dict[str, Any] = comparison_json(comparison)
    return DifferenceOut(
        page=page_id,
        from_version=before.number,
        to_version=after.number,
        what=list(comparison.what),
        summary=comparison.summary,
        significance=score.value,
        reasons=[ReasonOut.model_validate(point) for point in score.points],
        title=comparison.title,
        **told,
    )


def _version(request: Request, page_id: int, number: int) -> Version:
    return found(web_of(request).archive.version(page_id, number) if number < 2**31 else None)
