"""``letapis schedule``: the next visits, and how a site's budget of requests is spread."""

import argparse
from typing import Any

from config.site import Site
from crawler.commands import DONE
from crawler.commands.context import (
    DEFAULT_SITE,
    archive_of,
    clock,
    console,
    counted,
    emit,
    one_line,
    say,
    settings_of,
    site_named,
    sites_of,
)
from crawler.core.schedule import rate, rate_interval
from crawler.outlook import host_json, visit_json
from storage.records import Page


def schedule(asked: argparse.Namespace) -> int:
    """Shows the visits that come next and what the policy knows of the host."""
    settings = settings_of(asked)
    keys = [asked.site] if asked.site else [site.key for site in _given(asked)] or [DEFAULT_SITE]
    site = site_named(keys[0], sites_of(settings, asked.site_file))
    with archive_of(settings) as archive:
        visits = archive.upcoming(site.key, asked.limit)
        told = host_json(site, archive.host(site.hosts[0]), archive.demand(site.key), now=clock())
        crawled = archive.baseline_at(site.key) is not None
    if asked.json:
        emit(told)
        for page in visits:
            emit(visit_json(page, site))
    else:
        _tell(site, told, visits, crawled=crawled)
    return DONE


def _given(asked: argparse.Namespace) -> list[Site]:
    from config.site import load_site

    return [load_site(path) for path in asked.site_file]


def _tell(site: Site, told: dict[str, Any], visits: list[Page], *, crawled: bool) -> None:
    if not visits:
        _tell_empty(site, crawled=crawled)
        return
    _table(site, visits)
    say()
    say(f"{counted(told['pages'], 'page')} of {told['host']} share {told['budget_per_day']} requests a day.")
    say(f"  left now            {told['requests_left']} requests (scheduled runs; at most a day's worth gathers)")
    say(f"  multiplier K        {told['k']:.4g}: a page that changes once a day is visited every {_days(told['k'])}")
    say(f"  controller c        {told['c']:.2f} (0.5 to 4; it grows while visits are late, and falls while idle)")
    say(f"  trust in feeds      {told['precision']:.0%} of hints are true, {told['recall']:.0%} of edits are named")
    say(
        f"  attainable gain     {told['attainable_gain']:.1f}: edits can be known so many times sooner than by visiting"
    )
    say("                      all pages equally often, at the same cost and if rates are as estimated")
    if not crawled:
        say(f"The first crawl of {site.key} is not complete: letapis crawl {site.key} goes on with it.")


def _tell_empty(site: Site, *, crawled: bool) -> None:
    if crawled:
        say(f"No page of {site.key} is to be visited: all are excluded or other addresses. See: letapis problems")
    else:
        say(f"Nothing is known of {site.key} yet. Crawl it first: letapis crawl {site.key}")


def _table(site: Site, visits: list[Page]) -> None:
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False)
    table.add_column(f"due ({site.policy.zone})", no_wrap=True)
    table.add_column("class", no_wrap=True)
    table.add_column("changes once in (90 %)", no_wrap=True)
    table.add_column("page", overflow="fold")
    for page in visits:
        due = f"{page.next_visit.astimezone(site.zone):%Y-%m-%d %H:%M}" if page.next_visit else ""
        table.add_row(due, str(page.revisit.page_class), _pace(page), Text(one_line(page.url)))
    console().print(table)


def _pace(page: Page) -> str:
    """The estimated time between changes, or the ladder that the page is on."""
    if page.revisit.gone_count:
        return f"not there, {counted(page.revisit.gone_count, 'look')}"
    if page.revisit.failure_count:
        return f"failed, {counted(page.revisit.failure_count, 'time')}"
    low, high = rate_interval(page.revisit)
    return f"{_days(1 / rate(page.revisit))} ({_days(1 / high)} to {_days(1 / low) if low > 1e-6 else 'never'})"


def _days(days: float) -> str:
    """
    >>> _days(0.01), _days(0.3), _days(3), _days(1000)
    ('14 min', '7.2 h', '3.0 d', '1000 d')
    """
    if days < 1 / 24:
        return f"{days * 1440:.0f} min"
    if days < 1:
        return f"{days * 24:.1f} h"
    return f"{days:.1f} d" if days < 100 else f"{days:.0f} d"
