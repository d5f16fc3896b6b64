"""A change as a message tells it: every line ready, cleaned and worded, for whatever template shows it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from crawler.core.blind import Blind
from crawler.core.diff import BlockKind, SpanKind
from crawler.core.messages.message import Links, Matched
from crawler.core.messages.wording import happened, line, site_name
from crawler.core.references import References
from crawler.core.report import Entry
from crawler.core.report.entries import file_name
from crawler.core.report.grouping import Group
from crawler.core.report.marks import Gap, Line, Mark, Shown, lines, tables
from crawler.core.report.order import safe_href
from crawler.core.report.voice import Voice
from crawler.core.significance import Point

MOST_DIFFS = 50  # changes of one message whose differences are shown; the others are listed
MOST_BLOCKS = 40  # of one change's difference, where the message tells of one
FEW_BLOCKS = 12  # the same in a digest
MOST_CHARACTERS = 80_000  # of all differences of one message: mail programs cut longer ones themselves
PARAGRAPHS, PARAGRAPH = 6, 600  # of a page that was added or removed: paragraphs, characters of each
MOST_PAGES = 20  # addresses of one and the same change
MOST_REFERENCES = 12  # links, images or attachments of each sort


@dataclass(frozen=True, kw_only=True)
class Mention:
    """A link, an image or an attachment that came, went or leads elsewhere."""

    sign: str  # "+", "−", "±"
    name: str
    url: str  # as text
    href: str | None  # safe to be followed; null when the address is none


@dataclass(frozen=True, kw_only=True)
class Told:
    """One change. All strings are single lines without controls; nothing is escaped yet."""

    kind: str  # "edited", ...: for programs
    happened: str  # the same in the reader's language
    title: str
    site: str
    section: str
    url: str  # as text
    href: str | None  # the page's address, if it may stand behind a link
    review: str  # address of the review page
    summary: str
    attachment: str  # name of the file that the change is about; empty: it is about the page
    moved_to: str
    seen: tuple[tuple[str, str], ...]  # what was seen, when, in the reader's zone: an interval, never a moment
    blind: tuple[str, ...]  # when we could not see in between
    words: tuple[str, ...]  # the subscription's words that were found
    significance: str  # "0.45"
    reasons: tuple[tuple[str, str], ...]  # ("+0.25", "number: 12 → 15")
    pages: str  # "40 pages" where one and the same change was made on several; empty for one
    others: tuple[str, ...]  # their addresses, as text
    more: str  # "and 20 more" where there are more of them
    language: str
    detailed: bool  # whether what differs is shown here, or on the review page only
    groups: tuple[tuple[Shown, ...], ...] = ()  # the difference, rows of one table together
    paragraphs: tuple[str, ...] = ()  # the beginning of a page that was added or removed
    mentions: tuple[Mention, ...] = ()


def told(
    groups: Sequence[Group],
    matched: Matched,
    voice: Voice,
    links: Links,
    titles: Mapping[str, str],
    *,
    detailed: int = MOST_DIFFS,
) -> tuple[Told, ...]:
    """The changes in the order given; the differences of the first ``detailed`` ones, as far as there is room."""
    room, found = MOST_CHARACTERS, list[Told]()
    blocks = MOST_BLOCKS if len(groups) == 1 else FEW_BLOCKS
    for index, group in enumerate(groups):
        show = index < detailed and room > 0
        one = _told(group, matched, voice, links, titles, blocks=blocks if show else 0)
        room -= sum(len(mark.text) for mark in _all_marks(one.groups))
        found.append(one)
    return tuple(found)


def diff_line(item: Shown, voice: Voice) -> str:
    """A block of a difference as a line of plain text: what went is ``[-so-]``, what came is ``{+so+}``."""
    if isinstance(item, Gap):
        if item.changed:
            words = voice.plural("{n} more changed paragraph", "{n} more changed paragraphs", item.blocks)
        else:
            words = voice.plural("{n} unchanged paragraph", "{n} unchanged paragraphs", item.blocks)
        return f"  … {words} …"
    cells = ("".join(_plain(mark, item, voice) for mark in cell) for cell in item.cells)
    return f"{item.sign} {line(' | '.join(cells), PARAGRAPH * 20)}"


def _plain(mark: Mark, whole: Line, voice: Voice) -> str:
    if mark.folded:
        return f" … {voice.plural('{n} word', '{n} words', mark.folded)} … "
    if whole.kind in {BlockKind.ADDED, BlockKind.REMOVED}:
        return mark.text
    return {SpanKind.ADDED: f"{{+{mark.text}+}}", SpanKind.REMOVED: f"[-{mark.text}-]"}.get(mark.kind, mark.text)


def _all_marks(groups: Sequence[Sequence[Shown]]) -> list[Mark]:
    return [
        mark for group in groups for item in group if isinstance(item, Line) for cell in item.cells for mark in cell
    ]


def _weighed(point: Point, voice: Voice) -> tuple[str, str]:
    return f"+{voice.weight(point.value)}", line(point.reason)


def _told(
    group: Group, matched: Matched, voice: Voice, links: Links, titles: Mapping[str, str], *, blocks: int
) -> Told:
    entry, change = group.lead, group.lead.change
    words = dict.fromkeys(word for one in group.members for word in matched.get(one.change.id or 0, ()))
    others = group.urls[1:]
    return Told(
        kind=change.kind.value,
        happened=happened(change.kind, voice),
        title=line(change.title or change.url),
        site=site_name(change.site, voice, titles),
        section=line(voice.section(change.section)) if change.section else "",
        url=line(change.url, 300),
        href=safe_href(change.url),
        review=links.change(change.id),
        summary=line(voice.summary(entry), 600),
        attachment=line(file_name(change.subject_url), 160) if change.subject_url else "",
        moved_to=line(change.moved_to or "", 300),
        seen=tuple((what, voice.moment(at)) for what, at in voice.seen(change)),
        blind=tuple(_blind(one, voice) for one in entry.blind),
        words=tuple(line(word, 80) for word in words),
        significance=voice.weight(change.significance),
        reasons=tuple((f"+{voice.weight(point.value)}", line(point.reason)) for point in voice.points(entry))
        if blocks
        else (),
        pages=voice.pages(group.told) if group.told > 1 else "",
        others=tuple(line(url, 300) for url in others[:MOST_PAGES]),
        more=voice.plural("and {n} more", "and {n} more", len(others) - MOST_PAGES) if others[MOST_PAGES:] else "",
        language=change.language or "",
        detailed=bool(blocks),
        groups=_groups(entry, blocks) if blocks else (),
        paragraphs=_paragraphs(entry) if blocks else (),
        mentions=_mentions(entry) if blocks else (),
    )


def _blind(one: Blind, voice: Voice) -> str:
    """A time between the two looks in which nobody could see."""
    why = voice.blind(one.kind)
    if one.until is None:
        return voice.phrase("not seen from {since} on: {why}", since=voice.moment(one.since), why=why)
    since, until = voice.moment(one.since), voice.moment(one.until)
    return voice.phrase("not seen from {since} to {until}: {why}", since=since, until=until, why=why)


def _groups(entry: Entry, blocks: int) -> tuple[tuple[Shown, ...], ...]:
    comparison = entry.comparison
    if comparison is None or not comparison.diff.changes:
        return ()
    return tuple(tuple(group) for group in tables(lines(comparison.diff, limit=blocks)))


def _paragraphs(entry: Entry) -> tuple[str, ...]:
    """The beginning of the only version there is."""
    version = entry.after or entry.before
    if version is None or entry.comparison is not None:
        return ()
    found = [text for text in version.document.text.split("\n") if text.strip()]
    return tuple(line(text.replace("\t", " | "), PARAGRAPH) for text in found[:PARAGRAPHS])


def _mentions(entry: Entry) -> tuple[Mention, ...]:
    comparison = entry.comparison
    if comparison is None:
        return ()
    sorts = (comparison.attachments, comparison.links, comparison.images)
    return tuple(mention for sort in sorts for mention in _of_sort(sort)[:MOST_REFERENCES])


def _of_sort(found: References) -> list[Mention]:
    return [
        *(_mention("±", after.name, after.url) for _, after in found.retargeted),
        *(_mention("−", item.name, item.url) for item in found.removed),
        *(_mention("+", item.name, item.url) for item in found.added),
        *(_mention("±", f"{before.name} → {after.name}", after.url) for before, after in found.relabelled),
    ]


def _mention(sign: str, name: str, url: str) -> Mention:
    return Mention(sign=sign, name=line(name, 160), url=line(url, 300), href=safe_href(url))
