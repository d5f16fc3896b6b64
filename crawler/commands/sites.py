"""``letapis sites``: list the profiles, check one, write a new one, add addresses by list."""

import argparse
import asyncio
from pathlib import Path

from config.site import Site, load_site, without_profile
from crawler.commands import DONE, FAILED, UsageError
from crawler.commands.context import (
    archive_of,
    clock,
    complain,
    counted,
    emit,
    say,
    settings_of,
    site_named,
    sites_of,
    written_to,
)
from crawler.commands.crawl import progress
from crawler.core.urls import BadUrl, canonical, host_of
from crawler.log import log_to
from crawler.pipelines import Brought
from crawler.runs import seed_of
from storage.records import Discovery, Settlement


def list_sites(asked: argparse.Namespace) -> int:
    """Lists the sites that can be crawled."""
    sites = sites_of(settings_of(asked))
    for key, site in sorted(sites.items()):
        if asked.json:
            emit({"site": key, "title": site.title, "hosts": list(site.hosts), "schedule": site.policy.schedule})
        else:
            say(f"{key:<12} {site.hosts[0]:<24} {site.title}")
    return DONE


def check(asked: argparse.Namespace) -> int:
    """Checks a profile: its form (already when it loads), its selectors, its seeds against its scope."""
    settings = settings_of(asked)
    path = Path(asked.site)
    site = load_site(path) if path.suffix == ".toml" else site_named(asked.site, sites_of(settings))
    faults = [*_bad_selectors(site), *_lost_seeds(site)]
    for fault in faults:
        complain(f"{site.key}: {fault}")
    if not faults:
        say(f"{site.key}: sound; {len(site.seeds)} seeds, {len(site.kinds)} kinds, {len(site.extract.content)} roots")
    return FAILED if faults else DONE


def _bad_selectors(site: Site) -> list[str]:
    from cssselect import HTMLTranslator, SelectorError

    rules = site.extract
    lists = {"content": rules.content, "drop": rules.drop, "labels": rules.labels, "title": rules.title}
    faults = []
    for name, selectors in lists.items():
        for selector in selectors:
            try:
                HTMLTranslator().css_to_xpath(selector)
            except SelectorError as error:
                faults.append(f"extract.{name}: {selector!r} is not a CSS selector ({error})")
    return faults


def _lost_seeds(site: Site) -> list[str]:
    from crawler.core.scope import judge

    verdicts = [(seed, judge(canonical(seed, site), site)) for seed in site.seeds]
    return [f"seeds: {seed} is out of scope: {verdict.reason}" for seed, verdict in verdicts if not verdict.in_scope]


def new(asked: argparse.Namespace) -> int:
    """Visits a site, learns its template, writes a commented profile with samples of what it would read."""
    from crawler.core.suggest import suggest
    from crawler.survey import survey

    settings = settings_of(asked)
    try:
        site = without_profile(host_of(asked.url), asked.url)
    except BadUrl as error:
        raise UsageError(str(error)) from error
    say(f"Looking at up to {asked.pages} pages of {site.hosts[0]}, one at a time …")
    settings.home.mkdir(0o700, parents=True, exist_ok=True)
    log_to(settings.home)
    failures: list[str] = []

    with progress(site, quiet=False) as told:

        def heard(brought: Brought, settlement: Settlement) -> None:
            told(brought, settlement)
            failures.extend(capture.error for capture in settlement.captures if capture.error)

        pages = asyncio.run(survey(site, settings, pages=asked.pages, told=heard))
    if not pages:
        complain(f"{asked.url} brought no page: {failures[0] if failures else 'nothing there is HTML'}")
        return FAILED
    suggestion = suggest(pages)
    target = asked.output or Path(f"{site.key}.toml")
    with written_to(target) as out:
        out.write(suggestion.profile_toml)
    for sample in suggestion.samples[:3]:
        say(f"\n{sample}")
    say(f"\nProfile written to {target}. Read it, mend it, then: letapis sites check {target}")
    return DONE


def import_urls(asked: argparse.Namespace) -> int:
    """Adds addresses that nothing links to; they are visited by the next crawl, and count as known before."""
    settings = settings_of(asked)
    site = site_named(asked.site, sites_of(settings))
    try:
        lines = asked.file.read_text(encoding="utf-8").split()
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{asked.file} can't be read as UTF-8 text ({error})") from error
    found = [(line, tuple(_pages_of(line, site))) for line in lines]
    refused = [line for line, pages in found if not pages]
    with archive_of(settings) as archive:
        added = archive.discover([page for _, pages in found for page in pages])
    for line in refused[:10]:
        complain(f"not an address in the scope of {site.key}: {line}")
    say(f"{counted(added, 'new page')}; the next crawl visits them: letapis crawl {site.key}")
    return FAILED if refused else DONE


def _pages_of(line: str, site: Site) -> tuple[Discovery, ...]:
    try:
        return tuple(seed_of(line, site, clock(), None))
    except BadUrl:
        return ()
