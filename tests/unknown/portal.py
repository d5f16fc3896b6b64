"""A news portal in the manner of the 2000s: layout tables, tickers, rates, adverts between the paragraphs."""

import random

from tests.unknown.model import Story, UnknownSite, links, opening, stories

_STORIES = stories("be", 40, "/naviny/{number}-artykul")
_BY_PATH = {story.path: story for story in _STORIES}
_LISTS = ("/", "/naviny", "/naviny?page=1", "/naviny?page=2")
_ADVERTS = tuple(
    f"{what}: {how}"
    for what in ("Вокны", "Печы", "Лодкі", "Сані")
    for how in ("танна", "хутка", "з гарантыяй", "на выплат")
)


def _draw(path: str, noise: random.Random) -> str:
    story = _BY_PATH.get(path)
    main = _article(story, noise) if story else _list(path)
    ticker = " ".join(f'<span><a href="{s.path}">{s.title}</a></span>' for s in noise.sample(_STORIES, 3))
    return f"""<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Transitional//EN" "http://www.w3.org/TR/xhtml1/DTD/xhtml1-transitional.dtd">
<html><head><meta http-equiv="Content-Type" content="text/html; charset=utf-8">
<title>{story.title if story else "Навіны раёна"}</title>
</head><body><table class="top" width="100%"><tr><td class="logo"><b>Навіны раёна</b></td>
<td class="rates">USD 1,{noise.randint(8000, 9999)} EUR 2,{noise.randint(1000, 2999)}</td>
<td class="weather">Надвор'е: {noise.choice("+-")}{noise.randint(0, 25)} °C,
{noise.choice(("дождж", "ясна", "снег", "хмарна"))}</td>
<td class="now">{noise.randint(1, 28)}.0{noise.randint(1, 9)}.2017
{noise.randint(10, 23)}:{noise.randint(10, 59)}</td></tr></table>
<div class="ticker">{ticker}</div>
<table class="layout"><tr><td class="left"><div class="block"><div class="block-title">Раздзелы</div>
<ul class="menu"><li><a href="/naviny">Навіны</a></li><li><a href="/sport?sid={noise.getrandbits(32):08x}">Спорт</a>
</li>
<li><a href="/kultura">Культура</a></li></ul></div>
<div class="block"><div class="block-title">Рэклама</div><div class="ad">{noise.choice(_ADVERTS)}</div>
<div class="ad"><a href="/click?b={noise.randint(1, 999)}"><img src="/b/{noise.randint(1, 99)}.gif" alt=""></a></div>
</div></td>
<td class="center">{main}</td>
<td class="right"><div class="block"><div class="block-title">Чытаюць зараз</div>
<ul class="hot">{links(noise.sample(_STORIES, 6))}</ul></div>
<div class="block"><div class="block-title">Апытанне</div>
<div class="poll">Ці патрэбны мост? Так {noise.randint(40, 60)} %</div></div></td></tr>
</table><div class="bottom"><div>© Навіны раёна, 2009–2017</div>
<div class="counter">Наведвальнікаў: {noise.randint(1000, 9999)}</div>
</div></body></html>"""


def _article(story: Story, noise: random.Random) -> str:
    parts = [block.html for block in story.blocks]
    parts.insert(noise.randint(1, len(parts)), f'<div class="inline-ad">{noise.choice(_ADVERTS)}</div>')
    return f"""<div class="path"><a href="/">Галоўная</a> / <a href="/naviny">Навіны</a></div>
<div class="article"><h1>{story.title}</h1><div class="info">{story.day}, праглядаў: {noise.randint(5, 5000)}</div>
<div class="text">{"".join(parts)}</div>
<div class="rating">Ацэнка: {noise.randint(1, 5)},{noise.randint(0, 9)} ({noise.randint(1, 300)} галасоў)</div></div>
<div class="more"><div class="block-title">Па тэме</div>{_cards(noise)}</div>"""


def _cards(noise: random.Random) -> str:
    return "".join(
        f'<div class="card"><div class="card-title"><a href="{s.path}">{s.title}</a></div>'
        f'<div class="card-text">{opening(s)}</div></div>'
        for s in noise.sample(_STORIES, 3)
    )


def _list(path: str) -> str:
    start = _LISTS.index(path) * 8
    rows = "".join(
        f'<div class="row"><div class="row-title"><a href="{s.path}">{s.title}</a></div>'
        f'<div class="row-date">{s.day}</div>'
        f'<div class="row-text">{opening(s)}</div></div>'
        for s in _STORIES[start : start + 12]
    )
    return (
        f'<h1>Навіны</h1>{rows}<div class="pager"><a href="/naviny?page=1">2</a> <a href="/naviny?page=2">3</a></div>'
    )


PORTAL = UnknownSite(name="portal", host="naviny.example", stories=_STORIES, lists=_LISTS, draw=_draw)
