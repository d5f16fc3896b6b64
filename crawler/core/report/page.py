"""The change report as one HTML file that needs nothing else: no script, no network; light, dark, and print."""

import base64
import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime, tzinfo
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from crawler.core.phrases import ENGLISH, Catalogue, shortened
from crawler.core.report.chart import HEIGHT, WIDTH, Chart, chart
from crawler.core.report.entries import Entry, file_name
from crawler.core.report.grouping import Group, grouped
from crawler.core.report.marks import Gap, Line, Shown, lines, shown, tables
from crawler.core.report.order import KINDS, by_section, counts, moment, safe_href
from crawler.core.report.voice import Voice
from storage.records import Document

if TYPE_CHECKING:
    from jinja2 import Environment

TEXT_SHOWN = 12  # paragraphs of a page that was added or removed
PARAGRAPH_SHOWN = 2_000  # characters of each


def render_html(
    entries: Sequence[Entry],
    *,
    title: str,
    since: datetime | None,
    until: datetime | None,
    zone: tzinfo,
    generated_at: datetime,
    language: str = "en",
    catalogue: Catalogue = ENGLISH,
    sections: Mapping[str, str] | None = None,
) -> str:
    """The report: a summary first, then sections, the weightiest change first, identical ones told once.

    Times are shown in `zone`; `sections` are titles by name. Everything from the web is escaped; only http and https
    addresses become links; the file's own policy forbids scripts and every outside resource, so that opening it
    tells nobody anything.
    """
    voice = Voice(zone=zone, language=language, catalogue=catalogue, sections=sections or {})
    groups = grouped(entries)
    style = report_style()
    return (
        environment()
        .get_template("report.html")
        .render(
            _=catalogue.gettext,
            ngettext=catalogue.ngettext,
            voice=voice,
            title=title,
            period=voice.period(since, until),
            zone=zone,
            generated_at=generated_at,
            language=language,
            style=style,
            style_hash=base64.b64encode(hashlib.sha256(style.encode()).digest()).decode(),
            entries=entries,
            groups=groups,
            pages=len({entry.change.url for entry in entries}),
            sections=_sections(groups, voice),
            kinds=[kind for kind in KINDS if counts(entries)[kind]],
            chart=_chart(groups, voice),
            width=WIDTH,
            height=HEIGHT,
        )
    )


def _sections(groups: Sequence[Group], voice: Voice) -> list[tuple[str, list[Group], list[Entry]]]:
    """(name, groups, their entries); the site is named where there are several."""
    several = len({group.lead.change.site for group in groups}) > 1
    return [
        (
            f"{site}: {voice.section(name)}" if several else voice.section(name),
            found,
            [entry for group in found for entry in group.members],
        )
        for (site, name), found in by_section(groups)
    ]


def _chart(groups: Sequence[Group], voice: Voice) -> Chart | None:
    points = [(entry.change.first_seen, name) for name, _, entries in _sections(groups, voice) for entry in entries]
    return chart(points, voice.zone, other=voice.phrase("all other sections"))


@cache
def report_style() -> str:
    """The style sheet that stands in each report."""
    return files("crawler.core.report").joinpath("templates", "report.css").read_text(encoding="utf-8")


@cache
def environment() -> "Environment":
    from jinja2 import (
        Environment,
        PackageLoader,
        StrictUndefined,
    )  # a command that makes no report need not wait for it

    environment = Environment(
        autoescape=True,
        undefined=StrictUndefined,
        loader=PackageLoader("crawler.core.report", "templates"),
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(shown=shown, href=safe_href, file_name=file_name, shortened=shortened, moment=moment)
    environment.globals.update(anchor=anchor, counts=counts, shown_groups=shown_groups, paragraphs=_paragraphs)
    environment.tests.update(gap=_is_gap, row=_is_row)
    return environment


def anchor(group: Group) -> str:
    """Where the group stands in the page: the same in every report that tells of the same change."""
    change = group.lead.change
    return f"change-{change.id}" if change.id is not None else f"page-{change.page_id}-{change.to_version}"


def shown_groups(entry: Entry) -> list[list[Shown]]:
    """What the diff shows, rows of one table together; empty when the text is the same."""
    comparison = entry.comparison
    return list(tables(lines(comparison.diff))) if comparison and comparison.diff.changes else []


def _paragraphs(document: Document) -> tuple[list[str], int]:
    """The first paragraphs of a page, and how many there are beside them."""
    found = [line for line in document.text.split("\n") if line.strip()]
    return [shortened(shown(line), PARAGRAPH_SHOWN) for line in found[:TEXT_SHOWN]], max(0, len(found) - TEXT_SHOWN)


def _is_gap(item: Any) -> bool:
    return isinstance(item, Gap)


def _is_row(item: Any) -> bool:
    return isinstance(item, Line) and len(item.cells) > 1
