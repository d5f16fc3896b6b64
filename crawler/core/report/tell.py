"""A change's summary in another language than the stored one: told anew from what differs."""

import re

from crawler.core.compare import clauses_of
from crawler.core.phrases import ENGLISH, Catalogue, Phrases, told
from crawler.core.report.entries import Entry, file_name
from crawler.core.significance import Score, significance
from crawler.core.sitewide import edit_clauses, rewriting
from storage.records import ChangeKind
from storage.said import Said

_GONE = "gone: "
_STATUS = re.compile(r"gone: the server answered (\d{3}|None)")


def summary_in(entry: Entry, catalogue: Catalogue) -> str:
    """The summary in the catalogue's language; the stored, English one where nothing is at hand to tell it from."""
    if catalogue is ENGLISH:
        return entry.change.summary
    phrases = Phrases(catalogue)
    match entry.change.kind:
        case ChangeKind.ADDED:
            return phrases.new_page(entry.change.title)
        case ChangeKind.REMOVED:
            return _gone(entry.change.summary, phrases)
        case ChangeKind.RESTORED:
            return phrases.back(_edits(entry, phrases))
        case ChangeKind.MOVED:
            return _moved(entry, phrases)
        case ChangeKind.EDITED:
            return _edited(entry, phrases) or entry.change.summary


def score_in(entry: Entry, catalogue: Catalogue) -> Score:
    """The score with its reasons in the catalogue's language."""
    if catalogue is ENGLISH:
        return entry.score
    return significance(entry.change.kind, entry.comparison, catalogue=catalogue)


def _gone(stored: str, phrases: Phrases) -> str:
    if isinstance(stored, Said):
        return told(stored, phrases.catalogue)
    if status := _STATUS.fullmatch(stored):
        return phrases.gone_by_status(status[1])
    return phrases.gone(told(stored.removeprefix(_GONE), phrases.catalogue))


def _moved(entry: Entry, phrases: Phrases) -> str:
    change = entry.change
    if change.count > 1 and change.moved_to:
        return phrases.site_wide_move(change.count, *rewriting(change.url, change.moved_to))
    return phrases.moved_to(change.moved_to or change.url, _edits(entry, phrases))


def _edited(entry: Entry, phrases: Phrases) -> str:
    if entry.change.count == 1 or entry.comparison is None:
        return _edits(entry, phrases)
    edits = phrases.summary(edit_clauses(entry.comparison, phrases))
    return phrases.site_wide(entry.change.count, edits)


def _edits(entry: Entry, phrases: Phrases) -> str:
    """What differs between the two versions; empty when nothing does, or when one of them is not at hand."""
    comparison, after = entry.comparison, entry.after
    if comparison is None or after is None or not comparison.what:
        return ""
    edits = phrases.summary(clauses_of(comparison, after.document, phrases.catalogue))
    if entry.change.subject_url is None:
        return edits
    return phrases.file(file_name(entry.change.subject_url), edits)
