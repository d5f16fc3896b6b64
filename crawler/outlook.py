"""What the revisit policy plans for a site, as JSON for scripts."""

from datetime import UTC, datetime
from typing import Any

from config.site import Site
from crawler.core.schedule import rate, rate_interval
from crawler.core.schedule_host import accrued, factor_k
from storage.frontier import Demand
from storage.records import Page
from storage.records_service import Host


def host_json(site: Site, host: Host, demand: Demand, *, now: datetime) -> dict[str, Any]:
    """What the policy knows of the host, for scripts; moments in UTC."""
    budget = site.policy.budget_per_day
    return {
        "site": site.key,
        "host": host.host,
        "budget_per_day": budget,
        "requests_left": int(accrued(host, now, budget).tokens),
        "pages": demand.pages,
        "k": factor_k(host, demand.roots, budget),
        "c": host.factor,
        "steered_at": host.steered_at.isoformat() if host.steered_at else None,
        "precision": host.confirmed / (host.confirmed + host.refuted),
        "recall": host.foretold / (host.foretold + host.missed),
        "attainable_gain": demand.pages * demand.rates / demand.roots**2 if demand.roots else 1.0,
    }


def visit_json(page: Page, site: Site) -> dict[str, Any]:
    """One visit to come, for scripts: due in the site's zone, rates in changes a day."""
    low, high = rate_interval(page.revisit)
    due = page.next_visit.astimezone(site.zone).isoformat() if page.next_visit else None
    visited = page.revisit.last_visit
    return {
        "url": page.url,
        "due": due,
        "class": str(page.revisit.page_class),
        "rate": rate(page.revisit),
        "rate_low": low,
        "rate_high": high,
        "last_visit": datetime.fromtimestamp(visited, UTC).isoformat() if visited else None,
        "gone_count": page.revisit.gone_count,
        "failure_count": page.revisit.failure_count,
    }
