"""What machines are given: the feed of the newest twenty, robots.txt."""

from email.utils import format_datetime
from html import escape

from tests.site import pages
from tests.site.answers import NO_CACHE, Answer
from tests.site.nodes import Node
from tests.site.view import View

_FOLDERS = ("/includes/", "/misc/", "/modules/", "/profiles/", "/scripts/", "/themes/")
_OF_THE_CORE = (
    *("/CHANGELOG.txt", "/cron.php", "/INSTALL.txt", "/install.php", "/LICENSE.txt", "/MAINTAINERS.txt", "/update.php"),
    *("/UPGRADE.txt", "/xmlrpc.php"),
)
_FORMS = (
    *("admin/", "comment/reply/", "filter/tips/", "node/add/", "search/"),
    *("user/register/", "user/password/", "user/login/", "user/logout/"),
)
_ROBOTS_PATHS = (*_FOLDERS, *_OF_THE_CORE, *(f"/{form}" for form in _FORMS), *(f"/?q={form}" for form in _FORMS))


def rss(view: View) -> Answer:
    """RSS 2.0 with teasers."""
    items = "".join(_item(node, view) for node in view.world.fed())
    text = (
        f'<?xml version="1.0" encoding="utf-8"?>\n<rss version="2.0" xml:base="{view.base}" '
        'xmlns:dc="http://purl.org/dc/elements/1.1/">\n<channel>\n'
        f" <title>{view.labels.site}</title>\n <link>{view.base}{view.prefix}</link>\n <description></description>\n"
        f" <language>{view.language}</language>\n{items}</channel>\n</rss>\n"
    )
    return Answer(media_type="application/rss+xml; charset=utf-8", headers=NO_CACHE, body=text.encode())


def robots(crawl_delay: int | None) -> Answer:
    """Drupal 7's default rules; they do not match prefixed paths."""
    lines = ["#", "# robots.txt", "#", "User-agent: *"]
    if crawl_delay is not None:
        lines.append(f"Crawl-delay: {crawl_delay}")
    lines += [f"Disallow: {path}" for path in _ROBOTS_PATHS]
    return Answer(media_type="text/plain; charset=utf-8", body=("\n".join(lines) + "\n").encode())


def _item(node: Node, view: View) -> str:
    wording = node.said_in(view.language)
    return (
        f"<item>\n <title>{escape(wording.title)}</title>\n <link>{view.base}{view.prefix}/{node.path}</link>\n"
        f" <description>{escape(pages.summary(wording, 1 + view.world.round % 2))}</description>\n"
        f" <pubDate>{format_datetime(node.created)}</pubDate>\n <dc:creator>redaktor</dc:creator>\n"
        f' <guid isPermaLink="false">{node.nid} at {view.base}</guid>\n</item>\n'
    )
