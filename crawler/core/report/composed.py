"""A report as a person has written it, as HTML, Markdown, JSON: a lead, then memos, each with its difference."""

import base64
import hashlib
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from crawler.core.report.entries import Entry, entry_json
from crawler.core.report.marks import lines, shown
from crawler.core.report.memo import Memo
from crawler.core.report.order import safe_href
from crawler.core.report.page import environment, report_style, shown_groups
from crawler.core.report.plain import diff_line, escaped
from crawler.core.report.voice import Voice

_VERB = re.compile(r"\[([^\[\]\n]{1,200})\]")


@dataclass(frozen=True, kw_only=True)
class Item:
    """A memo on a change. The first words in [square brackets] of a paragraph of the body lead to the difference."""

    entry: Entry
    title: str
    body: str
    context: str = ""


@dataclass(frozen=True, kw_only=True)
class Composed:
    title: str
    lead: str
    items: tuple[Item, ...]
    voice: Voice
    base: str  # address of the review pages, without a slash at its end
    made: datetime

    def link(self, item: Item) -> str:
        """Where the difference stands."""
        return f"{self.base}/changes/{item.entry.change.id}"


def body_of(memo: Memo) -> str:
    """The memo's body with the brackets that ``Item.body`` speaks of; brackets of the page's own become round."""
    start, end = memo.verb
    before, verb, after = (_round(part) for part in (memo.body[:start], memo.body[start:end], memo.body[end:]))
    return f"{before}[{verb}]{after}" if verb else before + after


def linked(body: str) -> Iterator[tuple[str, bool]]:
    """The body in pieces: (words, whether they are the link to the difference).

    >>> list(linked("The page was [edited] in March."))
    [('The page was ', False), ('edited', True), (' in March.', False)]
    """
    verb = _VERB.search(body)
    if verb is None:
        yield body, False
        return
    yield body[: verb.start()], False
    yield verb[1], True
    yield body[verb.end() :], False


def composed_html(report: Composed) -> str:
    """One file that needs nothing else, as ``render_html`` makes it: no script, no network, prints well."""
    style = report_style()
    return (
        environment()
        .get_template("composed.html")
        .render(
            _=report.voice.catalogue.gettext,
            ngettext=report.voice.catalogue.ngettext,
            report=report,
            voice=report.voice,
            zone=report.voice.zone,
            language=report.voice.language,
            style=style,
            style_hash=base64.b64encode(hashlib.sha256(style.encode()).digest()).decode(),
            linked=linked,
            split=paragraphs_of,
            shown_groups=shown_groups,
        )
    )


def composed_markdown(report: Composed) -> str:
    """The same as Markdown; whatever people and pages have written is text in it."""
    voice = report.voice
    head = [f"# {escaped(report.title)}", *map(escaped, paragraphs_of(report.lead))]
    body = [part for item in report.items for part in _memo(report, item)]
    made = voice.phrase("Made {time}.", time=voice.moment(report.made))
    return "\n\n".join([*head, *body, made]) + "\n"


def _memo(report: Composed, item: Item) -> Iterator[str]:
    voice, change, to_it = report.voice, item.entry.change, report.link(item)
    yield f"## {escaped(item.title or change.title or change.url)}"
    for text in paragraphs_of(item.body):
        pieces = linked(text)
        yield "".join(f"[{escaped(words)}](<{to_it}>)" if to else escaped(words) for words, to in pieces)
    if not _VERB.search(item.body):
        yield f"[{voice.phrase('The difference')}](<{to_it}>)"
    yield from map(escaped, paragraphs_of(item.context))
    href = safe_href(change.url)
    yield f"{voice.interval(change)}. " + (f"<{href}>" if href else escaped(change.url))
    if item.entry.comparison and item.entry.comparison.diff.changes:
        yield "\n".join(diff_line(one, voice) for one in lines(item.entry.comparison.diff, context=0))


def composed_json(report: Composed) -> str:
    """The same for programs: each memo with its change as ``report --format json`` has it."""
    items: list[dict[str, Any]] = [
        {
            "title": item.title,
            "body": "\n".join("".join(words for words, _ in linked(line)) for line in item.body.split("\n")),
            "context": item.context,
            "difference": report.link(item),
            "change": entry_json(item.entry),
        }
        for item in report.items
    ]
    told = {"title": report.title, "lead": report.lead, "made": report.made.isoformat(), "entries": items}
    return json.dumps(told, ensure_ascii=False, indent=2) + "\n"


def paragraphs_of(text: str) -> list[str]:
    """The paragraphs of what somebody has typed, without what could rearrange the text around them."""
    return [part.strip() for part in re.split(r"\n\s*\n|\n", shown(text.replace("\r\n", "\n"))) if part.strip()]


def _round(text: str) -> str:
    return text.replace("[", "(").replace("]", ")")
