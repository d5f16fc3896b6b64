"""What a theme is given to draw: who asks for which address in which language, and the page's own parts."""

from dataclasses import dataclass

from tests.site.labels import BY_LANGUAGE, Labels
from tests.site.noise import Noise
from tests.site.world import World


@dataclass(frozen=True, kw_only=True)
class View:
    """One request's point of view."""

    world: World
    noise: Noise
    base: str  # http://host:port
    language: str  # of the frame: by the address's prefix
    path: str  # without prefix and leading slash
    special: bool = False  # the version for the visually impaired
    error: str = ""  # what the session's last form had to say
    extra_links: tuple[tuple[str, str], ...] = ()  # (href, words): traps and padding for the first sidebar

    @property
    def prefix(self) -> str:
        return f"/{self.language}"

    @property
    def labels(self) -> Labels:
        return BY_LANGUAGE[self.language]


@dataclass(frozen=True, kw_only=True)
class Screen:
    """The parts of one page that differ from another page's."""

    title: str  # the page's heading; empty on the front page
    main: str  # HTML of the main block
    body_class: str
    canonical: str = ""  # relative
    shortlink: str = ""  # relative
    front: bool = False
    feed: bool = False
    translated: tuple[tuple[str, str], ...] = ()  # (language, title) of true translations
