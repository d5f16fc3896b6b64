"""Change reports: the same entries as one HTML file, Markdown, JSON, CSV, or a diff for the terminal."""

from crawler.core.report.entries import Entry, change_json, entry_json
from crawler.core.report.page import render_html
from crawler.core.report.plain import render_csv, render_json, render_markdown
from crawler.core.report.terminal import render_terminal_diff

__all__ = [
    "Entry",
    "change_json",
    "entry_json",
    "render_csv",
    "render_html",
    "render_json",
    "render_markdown",
    "render_terminal_diff",
]
