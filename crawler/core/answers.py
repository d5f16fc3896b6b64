"""What an HTTP status says of a page, before its body is looked at."""

from crawler.core.visit import Found
from storage.said import Said

REDIRECTS = frozenset({301, 302, 303, 307, 308})
GONE = frozenset({404, 410})


def found_by_status(status: int, *, known: bool, blocked: bool) -> Found | None:
    """The meaning of a status; null: the body has to be read.

    ``known``: we have a version of the page. ``blocked``: the answer looks like a firewall's or a captcha's.
    A 403 for a page that was there before is a way to take it down; it takes a second look like any other.

    >>> found_by_status(403, known=True, blocked=False)
    <Found.MISSING: 'missing'>
    """
    if status == 304:
        return Found.SAME
    if blocked:
        return Found.BLOCKED
    if status in GONE:
        return Found.MISSING
    if status in (401, 403, 407, 451):
        return Found.MISSING if known and status == 403 else Found.BLOCKED
    if status in REDIRECTS:
        return Found.REDIRECT
    return None if 200 <= status < 300 and status not in (204, 205, 206) else Found.FAILED


def status_error(status: int, found: Found) -> str | None:
    """One line for people; null where all is well."""
    match found:
        case Found.FAILED | Found.MISSING:
            return Said("the server answered {status}", status=status)
        case Found.BLOCKED:
            return Said("we were turned away: the server answered {status}", status=status)
        case _:
            return None
