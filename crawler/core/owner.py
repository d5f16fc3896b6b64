"""Whose an address is: a known site's, or a nameless one's with no profile."""

from collections.abc import Mapping

from config.site import Site, without_profile
from crawler.core.urls import BadUrl, host_of
from storage.said import Said


def owner(url: str, sites: Mapping[str, Site]) -> Site:
    """The site that an address belongs to: a known one, or a nameless one of its host.

    Raises BadUrl for what is not an http(s) address of a host with a name or an IPv4 address.
    """
    host = host_of(url)
    known = next((site for site in sites.values() if host in site.hosts), None)
    try:
        return known or without_profile(host, url)
    except ValueError as error:
        raise BadUrl(
            Said("{url} can't be fetched: {host} is no name and no IPv4 address", url=url, host=host)
        ) from error


def lent(profile: Site, here: Site) -> Site:
    """The site at an address, read by another site's profile.

    >>> mpt = Site(key="mpt", hosts=("mpt.gov.by",), seeds=("https://mpt.gov.by/",))
    >>> lent(mpt, without_profile("example.org", "https://example.org/")).hosts
    ('example.org',)
    """
    if profile.key == here.key:
        return here
    return profile.model_copy(update={"key": here.key, "hosts": here.hosts, "seeds": here.seeds})
