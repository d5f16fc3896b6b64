"""Change reports: the same entries as an HTML file, Markdown, JSON, CSV, Word, a feed, or a terminal's diff."""

from crawler.core.report.atom import render_atom
from crawler.core.report.docx import render_docx
from crawler.core.report.entries import Entry, change_json, entry_json
from crawler.core.report.grouping import Group, grouped
from crawler.core.report.memo import Memo, memo
from crawler.core.report.opml import Feed, feeds_of, render_opml
from crawler.core.report.page import render_html
from crawler.core.report.plain import render_csv, render_json, render_markdown
from crawler.core.report.tell import summary_in
from crawler.core.report.terminal import render_terminal_diff

__all__ = [
    "Entry",
    "Feed",
    "Group",
    "Memo",
    "change_json",
    "entry_json",
    "feeds_of",
    "grouped",
    "memo",
    "render_atom",
    "render_csv",
    "render_docx",
    "render_html",
    "render_json",
    "render_markdown",
    "render_opml",
    "render_terminal_diff",
    "summary_in",
]
