"""What differs on every render though nothing has happened: clocks, counters, rates, banners, tokens."""

import random
import string
from dataclasses import dataclass
from datetime import datetime

from tests.site.labels import BANNERS, RUBRICS, Labels
from tests.site.nodes import MINSK, Node
from tests.site.world import World

_RATES = (("USD", 3.2), ("EUR", 3.5), ("RUB", 3.6))
_TOKEN = string.ascii_letters + string.digits + "-_"


@dataclass(frozen=True, kw_only=True)
class Noise:
    """One render's accidents."""

    clock: str
    hits: int
    online: int
    seconds: str
    rates: tuple[str, ...]
    banner: int
    tick: int  # UNIX time
    buster: str
    token: str
    form: str
    itok: str
    popular: tuple[Node, ...]
    minutes: int


def noise_of(world: World, rng: random.Random, now: datetime, hits: int) -> Noise:
    """The accidents of one render; the popular pages are drawn anew each time."""
    listed = world.listed()
    tokens = "".join(rng.choices(_TOKEN, k=94))
    return Noise(
        clock=now.astimezone(MINSK).strftime("%d.%m.%Y %H:%M:%S"),
        hits=100_000 + hits,
        online=rng.randint(3, 97),
        seconds=f"{rng.randint(40, 990) / 1000:.3f}",
        rates=tuple(f"{name} {rate + rng.random() / 20:.4f}" for name, rate in _RATES),
        banner=rng.randrange(len(BANNERS)),
        tick=int(now.timestamp()),
        buster=tokens[:6].lower().replace("-", "a").replace("_", "b"),
        token=tokens[:43],
        form=tokens[43:86],
        itok=tokens[86:],
        popular=tuple(rng.sample(listed, min(5, len(listed)))),
        minutes=rng.randint(1, 59),
    )


def blocks(noise: Noise, world: World, labels: Labels, prefix: str, language: str) -> list[tuple[str, str, str]]:
    """(name, heading, inner HTML) of the second sidebar's blocks, in the order of this round."""
    rates = "".join(f"<div>{rate}</div>" for rate in noise.rates)
    popular = "\n".join(
        f'<li><a href="{prefix}/{node.path}">{node.said_in(language).title}</a></li>' for node in noise.popular
    )
    found = [
        ("clock", labels.now, _clock(noise)),
        ("banner", "", f'<div class="banner"><a href="{prefix}/banner/click/{noise.banner + 1}?t={noise.tick}">'
         f"{BANNERS[(noise.banner + world.round) % len(BANNERS)]}</a></div>"),
        ("rates", labels.rates, rates),
        ("popular", labels.popular, f'<div class="item-list"><ul>{popular}</ul></div>'),
        ("recent", labels.recent, _recent(noise, world, labels, prefix)),
        ("rubrics", labels.rubric, _rubrics(prefix)),
    ]  # fmt: skip
    shift = world.round % len(found)
    return found[shift:] + found[:shift]


def _clock(noise: Noise) -> str:
    return (
        f'<div class="clock">{noise.clock}</div><div class="hits">Посещений: <b>{noise.hits}</b></div>'
        f'<div class="online">На сайте гостей: {noise.online}</div><div class="gen">Страница '
        f"создана за {noise.seconds} сек.</div>"
    )


def _recent(noise: Noise, world: World, labels: Labels, prefix: str) -> str:
    told = [node for node in world.listed()[:60] if node.comments][:5]
    rows = "\n".join(
        "<li><a "
        f'href="{prefix}/comment/{node.nid * 100 + node.comments - 1}#comment-{node.nid * 100 + node.comments - 1}">'
        f"{labels.guest} {node.comments}</a>&nbsp;<span>{noise.minutes + 7 * n} {labels.ago}</span></li>"
        for n, node in enumerate(told)
    )
    return f'<div class="item-list"><ul>{rows}</ul></div>'


def _rubrics(prefix: str) -> str:
    rows = "\n".join(f'<li><a href="{prefix}/rubrika/{key}">{name}</a></li>' for key, name in RUBRICS.items())
    return f'<ul class="menu">{rows}</ul>'
