"""Reports that people write: memos drafted from changes, and the whole in the forms that it goes out in."""

from collections.abc import Iterable
from enum import StrEnum

from crawler.core.report import memo
from crawler.core.report.composed import Composed, Item, body_of, composed_html, composed_json, composed_markdown
from crawler.core.report.composed_docx import composed_docx
from crawler.core.report.voice import Voice
from crawler.entries import entries_of
from crawler.i18n import catalogue
from crawler.web.access import Need, Who
from crawler.web.choices import section_titles
from crawler.web.context import Web
from crawler.web.errors import Refused
from crawler.web.words import N_
from storage.records import Change
from storage.records_review import Report, ReportEntry

MOST = 200  # changes of one report
LONGEST_TITLE = 140  # characters, of a memo's: Open Terms Archive's form
LONGEST_BODY = 20_000
LONGEST_LEAD = 20_000


class Form(StrEnum):
    HTML = "html"
    MARKDOWN = "md"
    WORD = "docx"
    JSON = "json"


TYPES = {
    Form.HTML: "text/html; charset=utf-8",
    Form.MARKDOWN: "text/markdown; charset=utf-8",
    Form.WORD: "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    Form.JSON: "application/json",
}


def drafted(web: Web, change_ids: Iterable[int], language: str) -> tuple[ReportEntry, ...]:
    """A memo on each of the changes, in their order, to be checked. Raises Refused for one that is not there."""
    return tuple(_drafted(web, change, language) for change in _changes(web, change_ids))


def _drafted(web: Web, change: Change, language: str) -> ReportEntry:
    entry = next(entries_of(web.archive, [change]))
    zone, titles = web.zone(change.site), section_titles(web, change.site)
    made = memo(entry, catalogue(language), language=language, zone=zone, sections=titles)
    body, context = body_of(made)[:LONGEST_BODY], made.context[:LONGEST_BODY]
    return ReportEntry(change_id=change.id or 0, title=made.title, body=body, context=context)


def checked(web: Web, change_ids: Iterable[int]) -> None:
    """Raises Refused for too many changes, for one that is not there, and for one that comes twice."""
    ids = list(change_ids)
    if len(set(ids)) < len(ids):
        raise Refused(422, N_("A change stands in a report once."))
    _changes(web, ids)


def _changes(web: Web, change_ids: Iterable[int]) -> list[Change]:
    ids = list(dict.fromkeys(change_ids))
    if len(ids) > MOST:
        raise Refused(422, N_("A report has %(most)s changes at most."), most=MOST)
    found = [web.archive.change(one) for one in ids]
    if not all(found):
        raise Refused(422, N_("There is no such change."))
    return [one for one in found if one is not None]


def may_drop(web: Web, report: Report, who: Who) -> bool:
    """A draft is deleted by its author; administrators delete any report, published ones too."""
    mine = who.may(Need.REVIEW) and report.created_by == who.user.name
    return who.may(Need.ADMIN) or (mine and not web.archive.was_published(report.id or 0))


def drop(web: Web, report: Report, who: Who) -> None:
    """Deletes a report for good; what it has published stays published. Raises Refused."""
    if not may_drop(web, report, who):
        raise Refused(403, N_("Drafts are deleted by their authors; all else, by administrators."))
    published = who.may(Need.ADMIN)
    try:
        done = web.archive.drop_report(report.id or 0, actor=who.user.name, now=web.now, published=published)
    except KeyError as error:  # somebody was faster
        raise Refused(404, N_("There is no such report.")) from error
    if not done:
        raise Refused(409, N_("Somebody has just published this report."))


def composed(web: Web, report: Report, language: str) -> Composed:
    """The report with its differences; a change that is not there any more is left out."""
    changes = {one.change_id: web.archive.change(one.change_id) for one in report.entries}
    entries = {
        entry.change.id: entry
        for entry in entries_of(web.archive, (one for one in changes.values() if one is not None))
    }
    sites = {entry.change.site for entry in entries.values()}
    only = sites.pop() if len(sites) == 1 else None
    return Composed(
        title=report.title,
        lead=report.lead,
        items=tuple(
            Item(entry=entries[one.change_id], title=one.title, body=one.body, context=one.context)
            for one in report.entries
            if one.change_id in entries
        ),
        voice=Voice(
            zone=web.zone(only), language=language, catalogue=catalogue(language), sections=section_titles(web, only)
        ),
        base=web.settings.public_url,
        made=report.updated_at,
    )


def rendered(report: Composed, form: Form) -> bytes:
    """The file's bytes."""
    if form is Form.WORD:
        return composed_docx(report)
    render = {Form.HTML: composed_html, Form.MARKDOWN: composed_markdown, Form.JSON: composed_json}[form]
    return render(report).encode()
