"""The menu: which screens stand in the header, in which order, for whom. Screens that are not there are left out."""

from dataclasses import dataclass

from fastapi import FastAPI

from crawler.web.access import GuardedRoute, Need, Who


def _(message: str) -> str:
    """Marks a message for the catalogues; it is translated where it is shown."""
    return message


@dataclass(frozen=True)
class Entry:
    path: str
    label: str  # English; the template translates it
    more: bool = False  # in the "More" menu


MENU = (
    Entry("/", _("Home")),
    Entry("/changes", _("Changes")),
    Entry("/pages", _("Pages")),
    Entry("/search", _("Search")),
    Entry("/reports", _("Reports")),
    Entry("/sites", _("Sites")),
    Entry("/problems", _("Problems")),
    Entry("/subscriptions", _("Subscriptions"), more=True),
    Entry("/deliveries", _("Deliveries"), more=True),
    Entry("/rules", _("Noise rules"), more=True),
    Entry("/runs", _("Runs"), more=True),
    Entry("/audit", _("Audit log"), more=True),
    Entry("/status", _("Status"), more=True),
    Entry("/users", _("Users"), more=True),
    Entry("/settings", _("Settings"), more=True),
    Entry("/docs", _("API"), more=True),
)


def entries(app: FastAPI, who: Who | None) -> list[Entry]:
    """The entries that this user may follow; none for who is not logged in."""
    needs: dict[str, Need] = app.state.needs
    return [entry for entry in MENU if who and entry.path in needs and who.may(needs[entry.path])]


def needs_of(routes: list[GuardedRoute]) -> dict[str, Need]:
    """What each address that can be looked at needs."""
    return {route.path: route.need for route in routes if "GET" in (route.methods or ())}
