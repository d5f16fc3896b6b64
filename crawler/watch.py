"""The ledger of problems brought up to date with what a run has shown."""

import logging
from datetime import datetime

from config.site import Site
from crawler.core.health import Diagnosis, ProblemKind, diagnose
from crawler.core.signs import Signs
from crawler.owing import problem_owed
from storage.archive import Archive

log = logging.getLogger(__name__)


def watching(archive: Archive, site: Site) -> Signs:
    """Signs for a run that is about to begin: they mind the pages that a problem is open for."""
    known = archive.problems(site.key)
    return Signs(watched={problem.subject for problem in known if problem.kind == ProblemKind.EMPTY})


def keep_watch(archive: Archive, site: Site, signs: Signs, *, sections: bool, now: datetime) -> Diagnosis:
    """Opens, renews and closes the site's problems, each piece of news owed to whoever asked for it.

    ``sections``: judge their rhythm too (after a crawl).
    """
    rhythm = [one.section for one in site.health.rhythm] if sections else []
    newest = archive.newest_found(site.key, rhythm) if rhythm else {}
    health = site.health if site.extract.content else site.health.model_copy(update={"min_root_hit": 0.0})
    diagnosis = diagnose(signs, archive.problems(site.key), health=health, newest=newest, now=now)
    owed = problem_owed(archive, now)
    for finding in (*diagnosis.open, *(finding for _, finding in diagnosis.seen)):
        archive.open_problem(site.key, finding.kind.value, finding.subject, finding.evidence, now, owed=owed)
    for problem in diagnosis.closed:
        archive.close_problem(problem.id or 0, now, owed=owed)
    for finding in diagnosis.open:
        log.warning("problem %s of %s, %s: %s", finding.kind.value, site.key, finding.subject, finding.evidence)
    return diagnosis
