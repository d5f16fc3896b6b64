"""What values of closed sets are called on the screens: English, which the templates translate."""

from crawler.web.words import N_
from storage.records import ChangeKind, Outcome, PageKind, PageState, RunKind, RunState, What
from storage.records_accounts import Role
from storage.records_outbox import DeliveryKind, DeliveryState

PAGE_KINDS = {
    PageKind.NEWS: N_("news"),
    PageKind.LISTING: N_("list"),
    PageKind.DOCUMENT: N_("document"),
    PageKind.PAGE: N_("page"),
    PageKind.FEED: N_("feed"),
    PageKind.OTHER: N_("other"),
}
PAGE_STATES = {
    PageState.NEW: N_("not visited yet"),
    PageState.LIVE: N_("there"),
    PageState.HELD: N_("held back: perhaps another page’s text"),
    PageState.MISSING: N_("not there at the last look"),
    PageState.GONE: N_("gone"),
    PageState.ALIAS: N_("another address of a page"),
    PageState.EXCLUDED: N_("left out"),
}
OUTCOMES = {
    Outcome.NEW: N_("first visit"),
    Outcome.CHANGED: N_("changed"),
    Outcome.UNCHANGED: N_("unchanged"),
    Outcome.NOT_MODIFIED: N_("not modified"),
    Outcome.REDIRECT: N_("sent on to another address"),
    Outcome.GONE: N_("gone"),
    Outcome.BLOCKED: N_("we were blocked"),
    Outcome.ERROR: N_("failed"),
    Outcome.EXCLUDED: N_("left out"),
}
RUN_KINDS = {
    RunKind.CRAWL: N_("crawl"),
    RunKind.FETCH: N_("fetch on demand"),
    RunKind.REEXTRACT: N_("stored pages read anew"),
}
RUN_STATES = {
    RunState.RUNNING: N_("running"),
    RunState.DONE: N_("done"),
    RunState.FAILED: N_("failed"),
    RunState.INTERRUPTED: N_("interrupted"),
}
DELIVERY_KINDS = {
    DeliveryKind.CHANGE: N_("change"),
    DeliveryKind.DIGEST: N_("digest"),
    DeliveryKind.PROBLEM: N_("problem"),
    DeliveryKind.TEST: N_("test message"),
}
DELIVERY_STATES = {
    DeliveryState.PENDING: N_("to be sent"),
    DeliveryState.SENT: N_("sent"),
    DeliveryState.DEAD: N_("given up"),
    DeliveryState.DROPPED: N_("dropped"),
}
CHANGE_KINDS = {
    ChangeKind.ADDED: N_("added"),
    ChangeKind.EDITED: N_("edited"),
    ChangeKind.REMOVED: N_("removed"),
    ChangeKind.RESTORED: N_("restored"),
    ChangeKind.MOVED: N_("moved"),
}
PARTS = {
    What.TITLE: N_("title"),
    What.TEXT: N_("text"),
    What.NUMBERS: N_("numbers"),
    What.DATES: N_("dates"),
    What.LINKS: N_("links"),
    What.IMAGES: N_("images"),
    What.ATTACHMENTS: N_("attachments"),
    What.FORMATTING: N_("formatting"),
}
ROLES = {
    Role.READER: N_("reader"),
    Role.REVIEWER: N_("reviewer"),
    Role.ADMIN: N_("administrator"),
}
TEXT_LANGUAGES = {"ru": "Русский", "be": "Беларуская", "en": "English"}  # each in its own words
ACTIONS = {  # of the audit log, about a change
    "change.state": N_("state"),
    "change.assignee": N_("assignee"),
    "change.significance": N_("significance"),
    "change.note": N_("note"),
}
COUNTS = {outcome.value: name for outcome, name in OUTCOMES.items()} | {
    "changes": N_("changes found"),
    "visits": N_("visits"),
}
