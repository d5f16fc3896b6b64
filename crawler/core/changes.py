"""Changes as they are reported: one builder for each kind, from pages and versions."""

from dataclasses import replace
from urllib.parse import unquote, urlsplit

from crawler.core.compare import compare, compare_files
from crawler.core.phrases import Phrases
from crawler.core.significance import of_comparison, of_removal
from crawler.core.visit import Terms, Visit
from storage.records import Change, ChangeKind, Page, PageKind, Version, What
from storage.said import Said

UNREPORTED = frozenset({PageKind.LISTING, PageKind.FEED})  # their edits are the changes of the pages they list

_PHRASES = Phrases()  # what is stored is English; reports tell it anew in the language that is asked for


def added(page: Page, version: Version, visit: Visit, terms: Terms) -> Change:
    """A page that was not there before."""
    return replace(
        _change(page, ChangeKind.ADDED, visit, terms, title=version.document.title),
        last_seen=None,
        significance=0.5,
        summary=_PHRASES.new_page(version.document.title),
        to_version=version.number,
        language=version.document.language,
    )


def edited(page: Page, before: Version, after: Version, visit: Visit, terms: Terms) -> Change:
    """The page's text, title, links, images or attachments differ from the last version's."""
    comparison = compare(before, after)
    return replace(
        _change(page, ChangeKind.EDITED, visit, terms, title=after.document.title),
        significance=of_comparison(comparison).value,
        summary=comparison.summary,
        what=comparison.what,
        from_version=before.number,
        to_version=after.number,
        language=after.document.language,
    )


def attachment_edited(parent: Page, file: Page, before: Version, after: Version, visit: Visit, terms: Terms) -> Change:
    """A document was replaced under its own address: told as a change of the page that links it."""
    comparison = compare_files(before, after, name=file_name(file.url))
    return replace(
        _change(parent, ChangeKind.EDITED, visit, terms, title=parent.title or parent.url),
        last_seen=file.last_seen,
        significance=of_comparison(comparison).value,
        summary=comparison.summary,
        what=(What.ATTACHMENTS,),
        from_version=before.number,
        to_version=after.number,
        subject_id=file.id,
        subject_url=file.url,
        language=after.document.language,
    )


def file_name(url: str) -> str:
    """The last part of an address, readable.

    >>> file_name("https://mpt.gov.by/files/%D1%83%D0%BA%D0%B0%D0%B7.pdf")
    'указ.pdf'
    """
    return unquote(urlsplit(url).path.rpartition("/")[2]) or url


def removed(page: Page, visit: Visit, terms: Terms) -> Change:
    """A page that was there is not there any more, confirmed by a second look."""
    change = _change(page, ChangeKind.REMOVED, visit, terms, title=page.title or page.url)
    return replace(
        change,
        first_seen=page.missing_since or visit.capture.fetched_at,
        significance=of_removal().value,
        summary=_gone(visit),
        from_version=page.version,
    )


def restored(page: Page, before: Version, after: Version, visit: Visit, terms: Terms) -> Change:
    """A page that was reported as removed is there again."""
    same = before.digests.content == after.digests.content
    return replace(
        _change(page, ChangeKind.RESTORED, visit, terms, title=after.document.title),
        last_seen=page.missing_since,
        significance=0.5,
        summary=_PHRASES.back("" if same else compare(before, after).summary),
        what=() if same else compare(before, after).what,
        from_version=before.number,
        to_version=after.number,
        language=after.document.language,
    )


def moved(page: Page, target: Page, before: Version, after: Version, visit: Visit, terms: Terms) -> Change:
    """The page's article is found at another address."""
    same = before.digests.content == after.digests.content
    return replace(
        _change(page, ChangeKind.MOVED, visit, terms, title=after.document.title),
        significance=0.3 if same else max(0.3, of_comparison(compare(before, after)).value),
        summary=_PHRASES.moved_to(target.url, "" if same else compare(before, after).summary),
        what=() if same else compare(before, after).what,
        from_version=before.number,
        to_version=after.number,
        moved_to=target.url,
        language=after.document.language,
    )


def _gone(visit: Visit) -> str:
    capture = visit.capture
    return Said("gone: {why}", why=capture.error or Said("the server answered {status}", status=capture.status))


def _change(page: Page, kind: ChangeKind, visit: Visit, terms: Terms, *, title: str) -> Change:
    return Change(
        site=page.site,
        page_id=page.id,
        url=page.url,
        kind=kind,
        title=title,
        page_kind=page.kind,
        section=page.section,
        language=page.language,
        last_seen=page.last_seen,
        first_seen=visit.capture.fetched_at,
        significance=0.0,
        summary="",
        run_id=terms.run.id,
    )
