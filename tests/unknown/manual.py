"""A site made by a static generator: few classes, a table of contents, random build words in the class names."""

import random

from tests.unknown.model import Story, UnknownSite, links, stories

_STORIES = stories("en", 34, "/docs/page-{number}.html")
_BY_PATH = {story.path: story for story in _STORIES}
_LISTS = ("/", "/docs/")
_TIPS = (
    "Press the slash key to search the handbook.",
    "Every page has a printable version.",
    "Old editions are kept in the archive.",
    "Send corrections to the editors by post.",
    "Terms in bold are explained in the glossary.",
    "The handbook is free to copy.",
)


def _draw(path: str, noise: random.Random) -> str:
    story = _BY_PATH.get(path)
    build = f"{noise.getrandbits(24):06x}"
    title = story.title if story else "The Ferry Handbook"
    inner = _page(story, noise) if story else f"<h1>The Ferry Handbook</h1><ul class='toc'>{links(_STORIES)}</ul>"
    return f"""<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title}</title>
<link rel="stylesheet" href="/assets/site.{build}.css"></head><body>
<div class="navbar"><a href="/">The Ferry Handbook</a> <span class="edition">Edition 2017.{noise.randint(1, 9)}</span>
</div>
<div class="layout"><div class="toc-tree"><ul>{links(_STORIES[:12])}</ul><div>Tip: {noise.choice(_TIPS)}</div></div>
<div class="body">{inner}</div>
<div class="sponsors"><div>Sponsored by <a href="https://s{noise.randint(1, 9)}.example/">a friend of ferries</a></div>
<div><img src="/sponsors/{noise.randint(1, 30)}.svg" alt=""></div></div></div>
<div class="footer"><div>Built on 2017-0{noise.randint(1, 9)}-1{noise.randint(0, 9)} from revision {build}</div>
<div>Readers online: {noise.randint(2, 400)}</div>
<div>Text under a free licence. The editors answer letters on Fridays.</div></div>
</body></html>"""


def _page(story: Story, noise: random.Random) -> str:
    following = noise.sample(_STORIES, 4)
    return f"""<div class="crumbs"><a href="/">Home</a> › <a href="/docs/">Handbook</a></div>
<h1>{story.title}</h1>
<div class="stamp">Last reviewed {story.day}. Read {noise.randint(10, 9000)} times.</div>
{story.html}
<div class="helpful">Was this page helpful? {noise.randint(1, 400)} people said yes</div>
<div class="see-also"><div class="head">You might also like</div><ul class="cards">{links(following)}</ul></div>"""


MANUAL = UnknownSite(name="manual", host="ferry.example", stories=_STORIES, lists=_LISTS, draw=_draw)
