"""What keeps a careless crawler busy for ever: calendars, banners, session ids, facets, growing paths, galleries."""

import random
import re
from urllib.parse import urlencode

from tests.site import pages
from tests.site.answers import Answer
from tests.site.view import View

_MONTH = re.compile(r"calendar/(\d{4})-(\d{2})")
_ORDERS = ("date", "title", "views")
Query = dict[str, list[str]]


def links(prefix: str, path: str, query: Query, rng: random.Random) -> tuple[tuple[str, str], ...]:
    """The links into the traps that every page's sidebar shows."""
    sid = f"{rng.getrandbits(128):032x}"
    here = f"/{prefix}/{path}"
    kept = {key: values[0] for key, values in query.items() if key in ("sort", "filter")}
    facets = urlencode({**kept, "sort": rng.choice(_ORDERS), "filter": f"y{rng.randint(2010, 2026)}"})
    return (
        (f"/{prefix}/calendar/2026-11", "Календарь"),
        (f"/{prefix}/news?{facets}", "Отбор"),
        (f"{here}?sid={sid}", "Сохранить ссылку"),
        (f"/{prefix}/{prefix}/{path}" if path.startswith(prefix) else f"/{prefix}/{prefix}/{prefix}/{path}", "Наверх"),
        (f"/{prefix}/fotogalereya?image={rng.randint(1, 9999)}", "Фотогалерея"),
        (f"/{prefix}/user/login?destination={path}", "Вход"),
        (f"/{prefix}/search/node/{rng.randint(1, 99999)}", "Похожее"),
    )


def answer(path: str, query: Query, view: View) -> Answer | None:
    """The answer for an address inside a trap, null outside."""
    if path == "calendar" or _MONTH.fullmatch(path):
        return _calendar(path, view)
    if path == "fotogalereya":
        number = int(query.get("image", ["1"])[0]) if query.get("image", ["1"])[0].isdigit() else 1
        words = f'<img src="/sites/default/files/inline/gallery{number % 40}.png" alt="" /> '
        words += f'<a href="{view.prefix}/fotogalereya?image={number + 1}">Следующее фото</a>'
        return pages.message(200, "Фотогалерея", words, view)
    repeated = re.fullmatch(r"(?:(?:ru|be|en)/)+(.*)", path)
    if repeated and (node := view.world.at(repeated[1])):
        return pages.article(node, view)
    if repeated:
        return pages.listing(view.world.listed(), view.labels.news, 0, view)
    return None


def _calendar(path: str, view: View) -> Answer:
    month = _MONTH.fullmatch(path)
    index = (int(month[1]) * 12 + int(month[2]) - 1) if month else 2026 * 12 + 10
    before, after = (f"{view.prefix}/calendar/{n // 12:04d}-{n % 12 + 1:02d}" for n in (index - 1, index + 1))
    words = f'<table class="calendar"><tr><td>{index % 12 + 1}.{index // 12}</td></tr></table>'
    words += f'<a href="{before}" rel="prev">‹</a> <a href="{after}" rel="next">›</a>'
    return pages.message(200, "Календарь событий", words, view)
