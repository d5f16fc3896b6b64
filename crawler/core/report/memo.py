"""A memo drafted from a change, in the form of Open Terms Archive: title, neutral body, context apart."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, tzinfo
from urllib.parse import urlsplit

from crawler.core.clauses import Replacement, replacements
from crawler.core.compare import clauses_of
from crawler.core.diff import BlockKind
from crawler.core.mentions import mentions
from crawler.core.phrases import ENGLISH, N_, Catalogue, quoted, shortened
from crawler.core.report.entries import Entry, file_name
from crawler.core.report.marks import shown
from crawler.core.report.voice import Voice
from storage.records import ChangeKind

TITLE = 140  # characters at most
_CLAUSES = 12  # of a body
_VERB = re.compile(r"\[([^\]]+)\]")

# In square brackets: the verb, on which the difference is linked.
_BODIES = {
    ChangeKind.ADDED: N_("The page {page} was [published] on {host}; it was first seen on {first}."),
    ChangeKind.EDITED: N_("The page {page} of {host} was [edited] between {last} and {first}: {edits}."),
    ChangeKind.REMOVED: N_("The page {page} of {host} was there on {last} and was [absent] on {first}."),
    ChangeKind.RESTORED: N_("The page {page} of {host}, absent on {last}, was [there again] on {first}."),
    ChangeKind.MOVED: N_("The page {page} of {host} was [moved] to {target} between {last} and {first}."),
}
_FILE = N_("The file {file} on the page {page} of {host} was [replaced] between {last} and {first}: {edits}.")
_TITLES = {
    ChangeKind.ADDED: N_("{host} publishes {page}"),
    ChangeKind.EDITED: N_("{host} edits {page}"),
    ChangeKind.REMOVED: N_("{host} no longer shows {page}"),
    ChangeKind.RESTORED: N_("{host} shows {page} again"),
    ChangeKind.MOVED: N_("{host} moves {page} to another address"),
}


@dataclass(frozen=True, kw_only=True)
class Memo:
    title: str  # at most 140 characters, in the present tense, names the change
    body: str  # neutral, in the past tense
    context: str  # what helps to judge it; a person writes the rest
    verb: tuple[int, int]  # where in the body the words stand on which the difference is to be linked

    def markdown(self, diff_url: str) -> str:
        """The memo as Markdown, the difference linked on the verb."""
        start, end = self.verb
        body = f"{self.body[:start]}[{self.body[start:end]}]({diff_url}){self.body[end:]}"
        return f"# {self.title}\n\n{body}\n\n{self.context}\n"


def memo(
    entry: Entry,
    catalogue: Catalogue = ENGLISH,
    *,
    language: str = "en",
    zone: tzinfo = UTC,
    sections: Mapping[str, str] | None = None,
) -> Memo:
    """A draft for a person to check. It never claims to know a moment: it names the two looks between which it lies."""
    voice = Voice(zone=zone, language=language, catalogue=catalogue, sections=sections or {})
    body, verb = _body(entry, voice)
    return Memo(title=_title(entry, voice), body=body, context="\n".join(_context(entry, voice)), verb=verb)


def _title(entry: Entry, voice: Voice) -> str:
    template, values = _title_parts(entry)
    host, page = _host(entry), shown(entry.change.title or entry.change.url)
    rest = len(voice.phrase(template, host=host, page="", **values))
    title = voice.phrase(template, host=host, page=f"«{shortened(page, max(20, TITLE - rest - 2))}»", **values)
    return shortened(title, TITLE)


def _title_parts(entry: Entry) -> tuple[str, dict[str, str]]:
    """The sentence that names the change best, and what it is filled with beside host and page."""
    change = entry.change
    if change.kind is not ChangeKind.EDITED:
        return _TITLES[change.kind], {}
    if change.subject_url is not None:
        return N_("{host} replaces the file {file} on {page}"), {"file": quoted(shown(file_name(change.subject_url)))}
    edit = next(_telling(entry), None)
    if edit is None:
        return _TITLES[change.kind], {}
    before, after = (f"«{shortened(shown(text), 35)}»" for text in (edit.before, edit.after))
    if edit.before and edit.after:
        return N_("{host} replaces {before} with {after} on {page}"), {"before": before, "after": after}
    if edit.after:
        return N_("{host} adds {after} to {page}"), {"after": after}
    return N_("{host} takes {before} out of {page}"), {"before": before}


def _telling(entry: Entry) -> Iterator[Replacement]:
    """The edits of the text, those that touch sums, acts, duties, numbers and dates first, in reading order."""
    if entry.comparison is None:
        return
    edits = []
    for block in entry.comparison.diff.changes:
        if block.kind in {BlockKind.ADDED, BlockKind.REMOVED}:
            edits.append(Replacement(block.before or "", block.after or "", block))
        else:
            edits.extend(replacements(block))
    yield from sorted(edits, key=lambda edit: not any(mentions(f"{edit.before}\n{edit.after}").values()))


def _body(entry: Entry, voice: Voice) -> tuple[str, tuple[int, int]]:
    change = entry.change
    file = change.kind is ChangeKind.EDITED and change.subject_url is not None
    template = voice.catalogue.gettext(_FILE if file else _BODIES[change.kind])
    values = {
        "host": _host(entry),
        "page": quoted(shown(change.title or change.url)),
        "first": voice.moment(change.first_seen),
        "last": voice.moment(change.last_seen or change.first_seen),
        "target": change.moved_to or "",
        "file": quoted(shown(file_name(change.subject_url or ""))),
        "edits": _edits(entry, voice),
    }
    return _filled(template, values)


def _filled(template: str, values: dict[str, str]) -> tuple[str, tuple[int, int]]:
    """The sentence, and where its verb stands."""
    verb = _VERB.search(template)
    if verb is None:
        return template.format(**values), (0, 0)
    start = template[: verb.start()].format(**values)
    return start + verb[1] + template[verb.end() :].format(**values), (len(start), len(start) + len(verb[1]))


def _edits(entry: Entry, voice: Voice) -> str:
    if entry.comparison is None or entry.after is None:
        return shown(entry.change.summary)
    clauses = clauses_of(entry.comparison, entry.after.document, voice.catalogue)
    more = len(clauses) - _CLAUSES
    told = shown("; ".join(clauses[:_CLAUSES]))
    return voice.plural("{line}; and {n} more", "{line}; and {n} more", more, line=told) if more > 0 else told


def _context(entry: Entry, voice: Voice) -> Iterator[str]:
    change = entry.change
    yield voice.phrase("Section: {section}.", section=shown(voice.section(change.section)))
    if change.count > 1:
        yield voice.plural("The same was seen on {n} page.", "The same was seen on {n} pages.", change.count)
    for one in entry.blind:
        since = voice.moment(one.since)
        yield voice.phrase("In between we could not see ({why}), from {time}.", why=voice.blind(one.kind), time=since)
    if reasons := "; ".join(point.reason for point in voice.points(entry)):
        yield voice.phrase("It touches: {reasons}.", reasons=shown(reasons))


def _host(entry: Entry) -> str:
    return shown(urlsplit(entry.change.url).hostname or entry.change.site)
