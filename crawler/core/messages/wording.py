"""Subjects and other single lines of a message, in the reader's language."""

from collections.abc import Mapping, Sequence

from crawler.core.phrases import N_, shortened
from crawler.core.report import Entry
from crawler.core.report.marks import shown
from crawler.core.report.voice import Voice
from storage.records import ChangeKind, Problem
from storage.records_outbox import Delivery, DeliveryKind, Subscription

TITLE = 120  # characters of a title within a subject
WEIGHTY = 0.5  # significance from which a digest's subject counts a change

_INSTALLATION = "*"  # the site of problems that concern none

_STEERING = dict.fromkeys([0x061C, 0x2028, 0x2029])  # what `shown` leaves: a direction mark, and breaks of lines

_HAPPENED = {
    ChangeKind.ADDED: N_("Added"),
    ChangeKind.EDITED: N_("Edited"),
    ChangeKind.REMOVED: N_("Removed"),
    ChangeKind.RESTORED: N_("Back again"),
    ChangeKind.MOVED: N_("Moved"),
}
_PROBLEMS = {
    "blocked": N_("access is blocked"),
    "down": N_("the site is down"),
    "robots": N_("robots.txt forbids visits"),
    "empty": N_("pages without content"),
    "drift": N_("pages are read otherwise than before"),
    "soft_404": N_("pages that say “not found”"),
    "feed_silent": N_("nothing new for too long"),
    "delivery": N_("messages can't be delivered"),
    "template": N_("a template of messages is broken"),
    "not_crawled": N_("no crawl has come to its end for long"),
    "late": N_("pages wait too long for their visit"),
    "disk": N_("the disk is nearly full"),
    "stuck": N_("messages wait too long to be sent"),
    "run": N_("a run did not end well"),
}


SUBJECTS = {  # what a problem is about, where that is neither an address nor somebody's name
    "site": N_("the whole site"),
    "content root": N_("content selectors"),
    "second opinion": N_("second opinion on texts"),
    "crawl": N_("crawl"),
    "pages": N_("pages"),
    "home": N_("home folder"),
    "deliveries": N_("deliveries"),
    "templates": N_("templates of messages"),
}


def line(text: str, limit: int = 200) -> str:
    """Text from the web as one line without controls, cut between words.

    >>> line("Fees\\r\\nBcc: all@example.org\\u202e!")
    'Fees Bcc: all@example.org!'
    """
    return shortened(shown(text.translate(_STEERING).replace("\n", " ")), limit)


def happened(kind: ChangeKind, voice: Voice) -> str:
    """What happened to a page, as it begins a line: ``Edited``."""
    return voice.phrase(_HAPPENED[kind])


def trouble(kind: str, voice: Voice) -> str:
    """What troubles the monitoring: ``access is blocked``."""
    return voice.phrase(_PROBLEMS[kind]) if kind in _PROBLEMS else line(kind)


def about(subject: str, voice: Voice) -> str:
    """What a problem is about: ``content selectors``, an address, a section by its title."""
    return voice.phrase(SUBJECTS[subject]) if subject in SUBJECTS else line(voice.section(subject), 300)


def site_name(site: str, voice: Voice, titles: Mapping[str, str]) -> str:
    """A site's title, or its key where it has none."""
    return voice.phrase("Letapis itself") if site == _INSTALLATION else line(titles.get(site, site), TITLE)


def healed(delivery: Delivery) -> bool:
    """Whether a message about a problem tells that it is over."""
    return bool(delivery.subject.get("healed"))


def subject(
    delivery: Delivery,
    entries: Sequence[Entry],
    problem: Problem | None,
    subscription: Subscription,
    voice: Voice,
    titles: Mapping[str, str],
) -> str:
    """The subject, which says what happened: ``Edited: Tariffs``, ``12 changes on mpt, 3 weighty``."""
    if delivery.kind is DeliveryKind.TEST:
        return voice.phrase("Test message of the subscription “{name}”", name=line(subscription.name, TITLE))
    if delivery.kind is DeliveryKind.PROBLEM:
        return _of_problem(delivery, problem, voice, titles)
    if len(entries) == 1:
        change = entries[0].change
        return f"{happened(change.kind, voice)}: {line(change.title or change.url, TITLE)}"
    return _of_many(entries, voice, titles)


def _of_problem(delivery: Delivery, problem: Problem | None, voice: Voice, titles: Mapping[str, str]) -> str:
    if problem is None:
        return voice.phrase("A problem of the monitoring")
    what, site = trouble(problem.kind, voice), site_name(problem.site, voice, titles)
    if healed(delivery):
        return voice.phrase("Over: {problem} ({site})", site=site, problem=what)
    return voice.phrase("Trouble with {site}: {problem}", site=site, problem=what)


def _of_many(entries: Sequence[Entry], voice: Voice, titles: Mapping[str, str]) -> str:
    sites = sorted({entry.change.site for entry in entries})
    weighty = sum(entry.change.significance >= WEIGHTY for entry in entries)
    changes = voice.plural("{n} change", "{n} changes", len(entries))
    if len(sites) == 1:
        where = voice.phrase("{changes} on {site}", changes=changes, site=site_name(sites[0], voice, titles))
    else:
        where = voice.plural("{changes} on {n} site", "{changes} on {n} sites", len(sites), changes=changes)
    return f"{where}, {voice.plural('{n} weighty', '{n} weighty', weighty)}" if weighty else where
