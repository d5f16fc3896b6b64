"""One change as a piece of HTML without styles of its own: for feeds and messages that set it in a page of theirs."""

from crawler.core.report.entries import Entry
from crawler.core.report.page import environment, shown_groups
from crawler.core.report.voice import Voice


def render_fragment(entry: Entry, voice: Voice) -> str:
    """The summary, the interval, the difference with insertions and deletions as <ins> and <del>, links and files.

    Everything from the web is escaped, and only http and https addresses are links: it may stand in any page.
    """
    return (
        environment()
        .get_template("fragment.html")
        .render(
            _=voice.catalogue.gettext,
            ngettext=voice.catalogue.ngettext,
            voice=voice,
            zone=voice.zone,
            language=voice.language,
            entry=entry,
            change=entry.change,
            groups=shown_groups(entry),
        )
        .strip()
    )
