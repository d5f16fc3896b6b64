"""The audit log: who decided, altered or ended what, and when. For administrators."""

from dataclasses import replace
from datetime import UTC
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import Query, Request, Response

from crawler.i18n import catalogue
from crawler.web import history
from crawler.web.access import Need, Screen
from crawler.web.addresses import day_begins, neighbour
from crawler.web.context import Web, web_of
from crawler.web.pages import language, page
from crawler.web.words import N_
from storage.audit import SERVICE
from storage.records_review import AuditAsked, AuditEntry

router = Screen()

ROWS = 100  # of the log, to a page; those of one decision are told as one

RowId = Annotated[int | None, Query(ge=1, lt=2**62)]
Short = Annotated[str, Query(max_length=200)]


@router.get("/audit", need=Need.ADMIN)
def audit(
    request: Request,
    actor: Short = "",
    action: Short = "",
    subject: Short = "",
    since: Short = "",
    until: Short = "",
    before: RowId = None,
) -> Response:
    """Newest first; the conditions are the address's, days are the sites' zone's."""
    web = web_of(request)
    asked = AuditAsked(actor=actor.strip() or None, action=action or None, subject=subject.strip() or None)
    wrong, rows = "", list[AuditEntry]()
    try:
        asked = replace(asked, since=day_begins(since, web.zone()), until=day_begins(until, web.zone(), after=1))
        rows = web.archive.audit_list(asked, before=before, limit=ROWS + 1)
    except ValueError:
        wrong = N_("This is no day: give one as 2026-11-20.")
    spoken = language(request, web)
    words = catalogue(spoken)
    values: dict[str, Any] = {
        "rows": history.entries(web, rows[:ROWS], words, spoken),
        "typed": {"actor": actor, "action": action, "subject": subject, "since": since, "until": until},
        "wrong": wrong,
        "actions": [(one, words.gettext(label).rstrip(".")) for one, label in history.ACTIONS.items()],
        "people": _people(web),
        "narrowed": asked != AuditAsked(),
        "only": lambda **other: neighbour(request, **other, before=""),
        "first": neighbour(request, before="") if before else None,
        "next": neighbour(request, before=rows[ROWS - 1].id) if len(rows) > ROWS else None,
        "files": [(form, f"/api/v1/audit.{form}{_query(asked)}") for form in ("csv", "jsonl")],
    }
    return page(request, "audit.html", status=422 if wrong else 200, **values)


def _people(web: Web) -> list[str]:
    """Whom the field for actors offers."""
    return [*(user.name for user in web.archive.users()), SERVICE]


def _query(asked: AuditAsked) -> str:
    """The same conditions for the API."""
    texts = {"actor": asked.actor, "action": asked.action, "subject": asked.subject}
    moments = {"since": asked.since, "until": asked.until}
    given = {name: at.astimezone(UTC).isoformat() for name, at in moments.items() if at is not None}
    given |= {name: value for name, value in texts.items() if value}
    return f"?{urlencode(given)}" if given else ""
