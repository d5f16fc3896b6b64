"""The audit log in sentences: what was done, to what, by whom, in the reader's language.

Sentences tell of nobody as subject, so that no language needs to know who is a he or a she; they stand beside what they
are about. Rows of one decision that say the same are one entry.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from crawler.core.phrases import Catalogue
from crawler.web import names, subscribing, times
from crawler.web.choices import site_title
from crawler.web.context import Web
from crawler.web.decisions import STATES
from crawler.web.words import N_
from storage.audit import BY_COMMAND, BY_LINK, BY_RULE, SERVICE
from storage.records_accounts import Role
from storage.records_review import AuditEntry, ReviewState

NAMED = 5  # things of one entry that are named

ACTIONS = {  # what there is to be asked for, and what stands where nothing more is to be said
    "change.state": N_("State of a change"),
    "change.assignee": N_("Assignee of a change"),
    "change.significance": N_("Significance of a change"),
    "change.note": N_("A note was written."),
    "change.undo": N_("Decision taken back"),
    "rule.create": N_("Noise rule made"),
    "rule.end": N_("The noise rule was ended."),
    "report.create": N_("Report begun"),
    "report.save": N_("Report edited"),
    "report.publish": N_("Report published"),
    "report.delete": N_("Report deleted"),
    "filter.save": N_("Filter saved"),
    "filter.drop": N_("Filter forgotten"),
    "subscription.add": N_("Subscription made"),
    "subscription.change": N_("Subscription changed"),
    "subscription.end": N_("Subscription ended"),
    "subscription.begin": N_("Subscription begun again"),
    "subscription.test": N_("A test message was asked for."),
    "delivery.retry": N_("It was given up, and is sent anew."),
    "site.run": N_("A run was asked for."),
    "site.pause": N_("Scheduled runs rest"),
    "site.resume": N_("Scheduled runs go on again."),
    "page.fetch": N_("URL fetched"),
    "user.login": N_("Came in by password."),
    "login.wait": N_("Too many failed logins"),
    "user.create": N_("User added"),
    "user.role": N_("Role of a user"),
    "user.disable": N_("Locked out."),
    "user.enable": N_("Let in again."),
    "user.password": N_("Password of a user"),
    "token.create": N_("Token made"),
    "token.revoke": N_("Token revoked"),
}
_SAID = {  # with what is to be said of it; the values are those of the detail
    "change.state": N_("The state is “%(after)s” now; it was “%(before)s”."),
    "change.undo": N_("The decision of %(when)s was taken back."),
    "rule.create": N_("The noise rule was made: %(reason)s"),
    "report.create": N_("The report was begun: %(title)s"),
    "report.save": N_("The report was edited: %(title)s"),
    "report.publish": N_("The report was published: %(title)s"),
    "report.delete": N_("The report was deleted: %(title)s"),
    "filter.save": N_("The filter “%(name)s” was saved."),
    "filter.drop": N_("The filter “%(name)s” was forgotten."),
    "subscription.add": N_("The subscription “%(name)s” was made."),
    "subscription.change": N_("Of the subscription “%(name)s” was changed: %(fields)s."),
    "subscription.end": N_("The subscription “%(name)s” was ended."),
    "subscription.begin": N_("The subscription “%(name)s” tells again."),
    "page.fetch": N_("Fetched on demand: %(url)s"),
    "login.wait": N_("Logins have failed %(times)s times within 15 minutes; the next one has to wait."),
    "user.create": N_("The user was added, as %(role)s."),
    "user.role": N_("The role is %(after)s now; it was %(before)s."),
    "token.create": N_("The token “%(name)s” of %(user)s was made; it may: %(scopes)s."),
    "token.revoke": N_("The token “%(name)s” of %(user)s was revoked."),
}
_KINDS: dict[str, tuple[str, str]] = {  # of what it is about, by the subject's first word: its name, its page
    "change": (N_("change %(n)s"), "/changes/%s"),
    "rule": (N_("noise rule %(n)s"), "/rules#rule-%s"),
    "report": (N_("report %(n)s"), "/reports/%s"),
    "filter": (N_("filter %(n)s"), ""),
    "subscription": (N_("subscription %(n)s"), "/subscriptions/%s"),
    "delivery": (N_("message %(n)s"), "/deliveries"),
    "user": (N_("user %(n)s"), "/users"),
    "token": (N_("token %(n)s"), ""),
    "address": (N_("from %(n)s"), ""),
}


@dataclass(frozen=True, kw_only=True)
class About:
    """One thing that an entry is about."""

    subject: str  # as the log has it
    text: str
    href: str  # empty: it has no page
    title: str = ""  # of the page that a change is of
    language: str | None = None  # of the title


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One decision: rows of the log that say the same at the same moment."""

    at: datetime
    actor: str  # as the log has it
    by: str  # as people read it
    action: str
    sentence: str
    about: tuple[About, ...]
    more: int = 0  # further things


def entries(web: Web, rows: Iterable[AuditEntry], words: Catalogue, language: str) -> list[Entry]:
    """The rows told, in their order."""
    told = _folded([_entry(web, row, words, language) for row in rows])
    titles = _titles(web, told)
    return [replace(one, about=tuple(_titled(about, titles) for about in one.about)) for one in told]


def by(actor: str, words: Catalogue) -> str:
    """Who it was, as people read it."""
    if actor.startswith(BY_COMMAND):
        return words.gettext("%(name)s, at the command line") % {"name": actor.removeprefix(BY_COMMAND)}
    if actor.startswith(BY_RULE):
        return words.gettext("noise rule %(n)s") % {"n": actor.removeprefix(BY_RULE)}
    others = {SERVICE: N_("the service"), BY_LINK: N_("the link in a message")}
    return words.gettext(others[actor]) if actor in others else actor


def sentence(web: Web, row: AuditEntry, words: Catalogue, language: str) -> str:
    """What was done. Of an action that nobody knows, its name."""
    values = defaultdict(lambda: "–", _values(web, row, words, language))
    if row.action in _MORE:
        return _MORE[row.action](row.detail, values, words)
    said = _SAID.get(row.action) or ACTIONS.get(row.action)
    return words.gettext(said) % values if said else row.action


def _values(web: Web, row: AuditEntry, words: Catalogue, language: str) -> dict[str, str]:
    """The detail's values as words."""
    values = {name: _word(row.action, value, words) for name, value in row.detail.items() if value not in (None, "")}
    if "fields" in row.detail:
        labels = {**subscribing.LABELS, "cadence": subscribing.LABELS["cron"]}
        fields = dict.fromkeys(words.gettext(labels.get(one, one)) for one in row.detail["fields"])
        values["fields"] = ", ".join(fields)
    if row.action == "change.undo":
        values["when"] = _moment(row.subject.removeprefix("decision "), web, language)
    return values


def _word(action: str, value: Any, words: Catalogue) -> str:
    if action == "change.state" and value in list(ReviewState):
        return words.gettext(STATES[ReviewState(value)])
    if action in ("user.role", "user.create") and value in list(Role):
        return words.gettext(names.ROLES[Role(value)])
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _moment(text: str, web: Web, language: str) -> str:
    try:
        return times.moment(datetime.fromisoformat(text), web.zone(), language)
    except ValueError:
        return text


def _assignee(detail: Mapping[str, Any], values: Mapping[str, str], words: Catalogue) -> str:
    if detail.get("after") is None:
        return words.gettext("Assigned to nobody any more; it was to %(before)s.") % values
    return words.gettext("Assigned to %(after)s.") % values


def _significance(detail: Mapping[str, Any], values: Mapping[str, str], words: Catalogue) -> str:
    if detail.get("after") is None:
        return words.gettext("The computed significance holds again.")
    return words.gettext("The significance was set to %(after)s.") % values


def _password(detail: Mapping[str, Any], values: Mapping[str, str], words: Catalogue) -> str:
    del values
    one_time = N_("A one-time password was set.")
    return words.gettext(one_time if detail.get("one_time") else N_("The password was changed."))


def _pause(detail: Mapping[str, Any], values: Mapping[str, str], words: Catalogue) -> str:
    if not detail.get("reason"):
        return words.gettext("Scheduled runs rest from now on.")
    return words.gettext("Scheduled runs rest from now on: %(reason)s") % values


_MORE: dict[str, Callable[[Mapping[str, Any], Mapping[str, str], Catalogue], str]] = {
    "change.assignee": _assignee,
    "change.significance": _significance,
    "user.password": _password,
    "site.pause": _pause,
}


def _entry(web: Web, row: AuditEntry, words: Catalogue, language: str) -> Entry:
    about = _about(web, row, words)
    return Entry(
        at=row.at,
        actor=row.actor,
        by=by(row.actor, words),
        action=row.action,
        sentence=sentence(web, row, words, language),
        about=(about,) if about else (),
    )


def _about(web: Web, row: AuditEntry, words: Catalogue) -> About | None:
    kind, _, rest = row.subject.partition(" ")
    if kind == "site":
        return About(
            subject=row.subject, text=site_title(web, rest), href=f"/sites/{rest}" if rest in web.sites else ""
        )
    if row.subject == "unknown name":
        return About(subject=row.subject, text=words.gettext("a name that nobody has"), href="")
    if kind not in _KINDS:
        return None
    name, page = _KINDS[kind]
    reached = page and row.action != "report.delete"
    href = page % rest if reached and "%s" in page else page if reached else ""
    return About(subject=row.subject, text=words.gettext(name) % {"n": rest}, href=href)


def _folded(told: Sequence[Entry]) -> list[Entry]:
    """Those of one moment and actor that say the same in one: a decision about many changes, of several fields even."""
    found: dict[tuple[datetime, str, str, str], Entry] = {}
    for one in told:
        same = (one.at, one.actor, one.action, one.sentence)
        first = found.get(same)
        if first is None:
            found[same] = one
        elif len(first.about) < NAMED:
            found[same] = replace(first, about=first.about + one.about)
        else:
            found[same] = replace(first, more=first.more + 1)
    return list(found.values())


def _titles(web: Web, told: Iterable[Entry]) -> dict[str, tuple[str, str | None]]:
    """What the changes that are named are about, by their subjects: titles with their languages."""
    subjects = {about.subject for one in told for about in one.about if about.subject.startswith("change ")}
    numbers = [int(one.removeprefix("change ")) for one in subjects]
    known = web.archive.changes_by_id(numbers).items()
    return {f"change {key}": (one.title or one.url, one.language) for key, one in known}


def _titled(about: About, titles: Mapping[str, tuple[str, str | None]]) -> About:
    title, language = titles.get(about.subject, ("", None))
    return replace(about, title=title, language=language)
