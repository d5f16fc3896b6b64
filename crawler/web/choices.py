"""What lists may be narrowed to: the sites there are, their sections, by the names that people read."""

from crawler.web.context import Web


def sites_known(web: Web) -> list[str]:
    """Keys of all sites: those that have a profile, and those that were crawled once and have none any more."""
    return list(dict.fromkeys([*web.sites, *sorted(web.archive.last_crawls())]))


def site_title(web: Web, key: str) -> str:
    """What a site is called; with its key where another one is called the same, or nothing else is known."""
    if key not in web.sites or not web.sites[key].title:
        return key
    title = web.sites[key].title
    alone = sum(one.title == title for one in web.sites.values()) == 1
    return title if alone else f"{title} ({key})"


def site_choices(web: Web) -> list[tuple[str, str]]:
    """(key, title) of each site, for a field to choose from."""
    return [(key, site_title(web, key)) for key in sites_known(web)]


def section_titles(web: Web, site: str | None = None) -> dict[str, str]:
    """What sections are called, by their names: those of a site, else of all."""
    of = [web.sites[site]] if site is not None and site in web.sites else web.sites.values()
    return {part.name: part.title or part.name for one in of for part in one.sections}
