"""What one run learns of a site's template: it reads by what earlier runs have learnt, and learns for the next one."""

from dataclasses import replace

from config.site import Site
from crawler.core.learnt import SETTLED_AFTER, Learnt, from_json, to_json, to_read_by
from crawler.core.settle.doubt import is_asked_again
from crawler.core.sighting import Sighting
from crawler.core.template import decide, observe, observe_pair
from crawler.core.visit import Found, Visit
from storage.archive import Archive
from storage.records import Settlement

PAIR_EVERY = 4  # pages: one of so many is fetched twice while the template is new


class Lessons:
    """The template of one site that is being learnt; ``known`` is what it was when the run began."""

    def __init__(self, known: Learnt) -> None:
        self._known = known
        self._learnt = known
        self._first_looks: dict[int, Sighting] = {}  # by page id

    @property
    def learnt(self) -> Learnt:
        """As of now, its template decided by all that was seen."""
        more = self._learnt.pages != self._known.pages
        return replace(self._learnt, template=decide(self._learnt)) if more else self._learnt

    @property
    def has_more(self) -> bool:
        """Whether the run has learnt anything."""
        return self._learnt != self._known

    def take(self, visit: Visit) -> bool:
        """Learns from a page; true when the page should be fetched once more at once, to see what differs by itself."""
        if visit.sighting is None or visit.found is not Found.DOCUMENT:
            return False
        before = self._learnt.pages
        self._learnt = observe(self._learnt, visit.sighting, visit.page.url)
        pages = self._learnt.pages
        return pages != before and pages <= SETTLED_AFTER and pages % PAIR_EVERY == 1

    def compare(self, url: str, one: Sighting, other: Sighting) -> None:
        """Learns from two fetches of a page, made one after the other."""
        self._learnt = observe_pair(self._learnt, one, other, url)

    def settled(self, visit: Visit, settlement: Settlement) -> None:
        """Learns from the two looks at a page whose edit had to be confirmed."""
        first = self._first_looks.pop(visit.page.id, None)
        if visit.sighting is None:
            return
        if first is not None:
            self.compare(visit.page.url, first, visit.sighting)
        elif is_asked_again(visit, settlement):
            self._first_looks[visit.page.id] = visit.sighting


def learns(site: Site) -> bool:
    """Whether a site's template is learnt: nobody has said where its content is."""
    return not site.extract.content


def known_of(site: Site, archive: Archive) -> Learnt:
    """What earlier runs have learnt of a site; nothing of one whose profile says where the content is."""
    kept = archive.learnt(site.key) if learns(site) else None
    return from_json(kept) if kept else Learnt()


def keep(lessons: Lessons, site: Site, archive: Archive) -> None:
    """Keeps what a run has learnt for the next one."""
    if lessons.has_more:
        archive.keep_learnt(site.key, to_json(lessons.learnt))


def template_of(site: Site, archive: Archive) -> Learnt | None:
    """The template to read a site's pages by; null while too little is known, or where a profile says it all."""
    known = known_of(site, archive)
    return to_read_by(known) if known.trusted else None


def stamp(profile: str, learnt: Learnt | None) -> str:
    """A profile's version with that of the template that was learnt: both decide what is read from a page."""
    return profile if learnt is None else f"{profile}-{learnt.version}"
