"""The menu: which screens stand in the header, in which order, for whom. Screens that are not there are left out."""

from dataclasses import dataclass

from fastapi import FastAPI

from crawler.web.access import GuardedRoute, Need, Who
from crawler.web.words import N_


@dataclass(frozen=True)
class Entry:
    path: str
    label: str  # English; the template translates it
    more: bool = False  # in the "More" menu


MENU = (
    Entry("/", N_("Home")),
    Entry("/changes", N_("Changes")),
    Entry("/pages", N_("Pages")),
    Entry("/search", N_("Search")),
    Entry("/reports", N_("Reports")),
    Entry("/sites", N_("Sites")),
    Entry("/problems", N_("Problems")),
    Entry("/subscriptions", N_("Subscriptions"), more=True),
    Entry("/deliveries", N_("Deliveries"), more=True),
    Entry("/rules", N_("Noise rules"), more=True),
    Entry("/runs", N_("Runs"), more=True),
    Entry("/audit", N_("Audit log"), more=True),
    Entry("/status", N_("Status"), more=True),
    Entry("/users", N_("Users"), more=True),
    Entry("/settings", N_("Settings"), more=True),
    Entry("/docs", N_("API"), more=True),
)


def entries(app: FastAPI, who: Who | None) -> list[Entry]:
    """The entries that this user may follow; none for who is not logged in."""
    needs: dict[str, Need] = app.state.needs
    return [entry for entry in MENU if who and entry.path in needs and who.may(needs[entry.path])]


def needs_of(routes: list[GuardedRoute]) -> dict[str, Need]:
    """What each address that can be looked at needs."""
    return {route.path: route.need for route in routes if "GET" in (route.methods or ())}
