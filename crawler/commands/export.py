"""``letapis export``: pages, versions, captures and changes as JSON lines, CSV, Markdown files or WARC."""

import argparse
import re
import shutil
from pathlib import Path

from config.settings import Settings
from crawler.commands import DONE, UsageError
from crawler.commands.context import archive_of, folder_at, say, settings_of, written_to
from crawler.core.documents import file_name, sample_form
from crawler.exports import LINES, csv_rows, jsonl
from storage.archive import Archive
from storage.records import PageState

_FORMS = {
    "pages": ("jsonl", "csv"),
    "versions": ("jsonl", "csv", "md"),
    "captures": ("jsonl", "csv", "warc"),
    "changes": ("jsonl", "csv"),
}


def export(asked: argparse.Namespace) -> int:
    """Writes data out, as it streams from the archive."""
    if asked.format not in _FORMS[asked.what] and not (asked.what == "pages" and asked.format == "md"):
        raise UsageError(f"{asked.what} go out as {' or '.join(_FORMS[asked.what])}, not as {asked.format}")
    if asked.format in ("md", "warc") and asked.output is None:
        raise UsageError(f"--format {asked.format} writes files: say where with -o FOLDER")
    settings = settings_of(asked)
    with archive_of(settings) as archive:
        count = _written(asked, archive, settings)
    if asked.output:
        say(f"{count} {'files' if asked.format in ('md', 'warc') else asked.what} written to {asked.output}")
    return DONE


def _written(asked: argparse.Namespace, archive: Archive, settings: Settings) -> int:
    if asked.format == "md":
        return _markdown_files(archive, asked.site, asked.output)
    if asked.format == "warc":
        return _warc_files(settings.warc_folder, asked.site, asked.output)
    form = csv_rows if asked.format == "csv" else jsonl
    count = 0
    with written_to(asked.output) as out:
        for text in form(LINES[asked.what](archive, asked.site)):
            count += 1
            out.write(text)
    return count


def _markdown_files(archive: Archive, site: str | None, folder: Path) -> int:
    """One file a page, its latest version, in the form of the sample documents."""
    folder = folder_at(folder)
    count = 0
    for page in archive.pages(site):
        if page.version is None or page.state in (PageState.ALIAS, PageState.EXCLUDED):
            continue
        version = archive.version(page.id, page.version)
        if version is not None:
            text = sample_form(version.document, url=page.url)
            (folder / file_name(page.url)).write_text(text, encoding="utf-8")
            count += 1
    return count


def _warc_files(folder: Path, site: str | None, target: Path) -> int:
    """The raw captures as they are: whole WARC files, each of one site."""
    target = folder_at(target)
    of_site = re.compile(rf"{re.escape(site)}-\d{{8}}T" if site else "")
    files = [path for path in sorted(folder.glob("*.warc.gz")) if of_site.match(path.name)]
    for path in files:
        shutil.copyfile(path, target / path.name)
    return len(files)
