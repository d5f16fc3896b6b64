"""What a subscription may say: every field checked, each fault told by the field's name and what to do."""

import math
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import replace
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

from config.cron import BadTime, cron_trigger, hours
from config.site import Site
from crawler.core.errors import BadField
from crawler.core.language import primary
from crawler.core.patterns import refusal
from crawler.core.stems import Stems
from storage.records import ChangeKind, What
from storage.records_outbox import Cadence, Subscription, Topic
from storage.said import Said, saying

MOST = 200  # entries of one field
LONGEST = 500  # characters of one entry

# ISO 639-1
_CODES = """
aa ab ae af ak am an ar as av ay az ba be bg bi bm bn bo br bs ca ce ch co cr cs cu cv cy da de dv dz ee el en eo es
et eu fa ff fi fj fo fr fy ga gd gl gn gu gv ha he hi ho hr ht hu hy hz ia id ie ig ii ik io is it iu ja jv ka kg ki
kj kk kl km kn ko kr ks ku kv kw ky la lb lg li ln lo lt lu lv mg mh mi mk ml mn mr ms mt my na nb nd ne ng nl nn no
nr nv ny oc oj om or os pa pi pl ps pt qu rm rn ro ru rw sa sc sd se sg si sk sl sm sn so sq sr ss st su sv sw ta te
tg th ti tk tl tn to tr ts tt tw ty ug uk ur uz ve vi vo wa wo xh yi yo za zh zu
"""
_LANGUAGES = frozenset(_CODES.split())


class BadSubscription(BadField):
    """A field of a subscription that can't be as it is."""


def checked(
    one: Subscription,
    *,
    sites: Mapping[str, Site],
    channel_fault: Callable[[str], str | None],
    languages: Collection[str] = ("en", "ru", "be"),
) -> Subscription:
    """The subscription, its entries stripped and each of them once.

    ``sites``: those there are; ``channel_fault`` says why a channel can't be used, null when it can; ``languages``:
    those that messages can be written in. Raises BadSubscription.
    """
    tidy: dict[str, Any] = {name: _entries(name, getattr(one, name)) for name in _LISTS}
    one = replace(one, **tidy, **{name: getattr(one, name).strip() for name in _TEXTS})
    for check in (_name, _urls, _page_languages, _words, _significance, _rhythm):
        check(one)
    _channel(one, channel_fault)
    _known("sites", one.sites, sites, Said("letapis sites list shows those there are"))
    _known("sections", one.sections, _sections(one, sites))
    _known("kinds", one.kinds, ChangeKind)
    _known("what", one.what, What)
    _known("topics", one.topics, Topic)
    _known("language", (one.language,), languages)
    if not one.topics:
        raise BadSubscription("topics", Said('is empty; give "changes", "problems" or both'))
    return one


_LISTS = ("sites", "sections", "urls", "languages", "kinds", "what", "words", "topics")
_TEXTS: Any = ("name", "channel", "zone", "language")


def _entries(field: str, values: Iterable[str]) -> tuple[str, ...]:
    entries = tuple(dict.fromkeys(value.strip() for value in values))
    if not all(entries):
        raise BadSubscription(field, Said("an entry is empty; remove it"))
    if len(entries) > MOST:
        raise BadSubscription(field, Said("has {n} entries; give {most} at most", n=len(entries), most=MOST))
    if long := next((entry for entry in entries if len(entry) > LONGEST), None):
        raise BadSubscription(
            field, Said('"{text}…" is too long; give {most} characters at most', text=long[:40], most=LONGEST)
        )
    return entries


def _known(field: str, values: Iterable[str], known: "Iterable[str] | type[StrEnum]", hint: Said | None = None) -> None:
    names = [str(name) for name in known]
    unknown = next((value for value in values if value not in names), None)
    if unknown is not None:
        hint = hint or Said("there are: {names}", names=names or [Said("none")])
        raise BadSubscription(field, Said('"{text}" is unknown; {hint}', text=unknown, hint=hint))


def _sections(one: Subscription, sites: Mapping[str, Site]) -> list[str]:
    asked = [sites[key] for key in one.sites] or sites.values()
    return list(dict.fromkeys(section.name for site in asked for section in site.sections))


def _name(one: Subscription) -> None:
    if not one.name or len(one.name) > 100 or not one.name.isprintable():
        raise BadSubscription("name", Said("give a name of 1 to 100 characters on one line"))


def _channel(one: Subscription, channel_fault: Callable[[str], str | None]) -> None:
    if not one.channel.isprintable() or not one.channel or len(one.channel) > 2000:
        raise BadSubscription("channel", Said('give one as "mailto:who@example.org", "webhook:https://…", "@NAME"'))
    if why := channel_fault(one.channel):
        raise BadSubscription("channel", why)


def _urls(one: Subscription) -> None:
    for pattern in one.urls:
        if why := refusal(pattern):
            raise BadSubscription("urls", Said('"{text}": {why}', text=pattern, why=why))


def _page_languages(one: Subscription) -> None:
    for code in one.languages:
        if primary(code) != code or code not in _LANGUAGES:
            raise BadSubscription(
                "languages", Said('"{text}" is unknown; give two-letter codes, as "ru", "be", "en"', text=code)
            )


def _words(one: Subscription) -> None:
    stems = Stems()
    for word in one.words:
        try:
            stems.wanted(word)
        except ValueError as error:
            raise BadSubscription("words", saying(error)) from error


def _significance(one: Subscription) -> None:
    if not math.isfinite(one.min_significance) or not 0 <= one.min_significance <= 1:
        why = Said("{number:g} is not in 0..1; give 0 for everything", number=one.min_significance)
        raise BadSubscription("min_significance", why)


def _rhythm(one: Subscription) -> None:
    """When messages go: in which zone, as digests or at once, but not in the quiet hours."""
    zone = _zone(one.zone)
    if one.cadence is Cadence.DIGEST and one.cron is None:
        raise BadSubscription("cron", Said('a digest needs its moments; give a cron line, as "0 9 * * 1-5"'))
    if one.cadence is not Cadence.DIGEST and one.cron is not None:
        raise BadSubscription("cron", Said("only digests have one; ask for a digest or leave it out"))
    for field, fault in _faults(one, zone):
        raise BadSubscription(field, fault)


def _faults(one: Subscription, zone: ZoneInfo) -> Iterator[tuple[str, Said]]:
    for field, read in (("cron", lambda text: cron_trigger(text, zone)), ("quiet", hours)):
        text = getattr(one, field)
        try:
            if text is not None:
                read(text)
        except BadTime as error:
            yield field, Said('"{text}": {why}', text=text, why=Said(error.message, **error.values))


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ValueError, OSError, KeyError) as error:
        raise BadSubscription(
            "zone", Said('"{text}" is unknown; give one as "Europe/Minsk" or "UTC"', text=name)
        ) from error
