"""A blog on a system like WordPress: plugins put boxes into the article itself, widgets into two sidebars."""

import random

from tests.unknown.model import Story, UnknownSite, links, opening, stories

_STORIES = stories("ru", 36, "/2017/05/zapis-{number}/")
_BY_PATH = {story.path: story for story in _STORIES}
_LISTS = ("/", "/page/2/", "/page/3/", "/category/novosti/", "/category/otchety/")


def _draw(path: str, noise: random.Random) -> str:
    story = _BY_PATH.get(path)
    main = _article(story, noise) if story else _list(path, noise)
    title = story.title if story else "Записки краеведа"
    body_class = f"postid-{story.number} single" if story else "archive"
    nonce = f"{noise.getrandbits(40):x}"
    return f"""<!DOCTYPE html>
<html lang="ru-RU"><head><meta charset="UTF-8"><title>{title} – Записки краеведа</title>
<link rel="stylesheet" href="/wp-content/style.css?ver={noise.randint(1, 9)}">
<link rel="alternate" type="application/rss+xml" href="/feed/"><script>var nonce = "{nonce}";</script></head>
<body class="{body_class} wp-custom-logo"><div id="page" class="site">
<header id="masthead" class="site-header"><p class="site-title"><a href="/">Записки краеведа</a></p>
<p class="site-description">Люди, дороги и переправы нашего района</p>
<div class="header-clock">Сейчас {noise.randint(0, 23):02}:{noise.randint(0, 59):02}:{noise.randint(0, 59):02}</div>
<nav class="main-navigation"><ul id="menu-main" class="menu"><li class="menu-item-12"><a href="/">Главная</a></li>
<li class="menu-item-13"><a href="/o-nas/">О нас</a></li><li><a href="/category/novosti/">Новости</a></li></ul></nav>
</header>
<div class="widget-banner"><a href="/go/{noise.randint(1, 99)}">
<img src="/ads/{noise.randint(1, 40)}.png" alt="реклама"></a></div>
<div id="content" class="site-content"><div id="primary" class="content-area">
<main id="main" class="site-main">{main}</main></div>
{_sidebar(noise)}</div>
<footer id="colophon" class="site-footer"><div class="site-info">© 2017 Записки краеведа. Все права защищены.
<span class="visits">Посетителей сегодня: {noise.randint(100, 9000)}</span></div>
<p class="generated">Страница создана за 0,{noise.randint(100, 999)} с, запросов: {noise.randint(20, 90)}</p></footer>
</div><form><input type="hidden" name="_wpnonce" value="{nonce}"></form></body></html>"""


def _article(story: Story, noise: random.Random) -> str:
    related = noise.sample(_STORIES, 3)
    cards = "".join(
        f'<div class="related-card"><h4><a href="{other.path}">{other.title}</a></h4><p>{opening(other)}</p></div>'
        for other in related
    )
    return f"""<article id="post-{story.number}" class="post-{story.number} post type-post hentry category-novosti">
<header class="entry-header"><h1 class="entry-title">{story.title}</h1>
<div class="entry-meta"><span class="posted-on">{story.day}</span> <span class="byline">Редакция</span></div></header>
<div class="entry-content">
<div class="post-views">Просмотров: {noise.randint(10, 20000)}</div>
{story.html}
<div class="social-links"><span>Поделиться:</span> <a href="https://share.example/?t={noise.getrandbits(30)}">ВК</a>
</div>
<div class="related-posts"><h3>Читайте также</h3>{cards}</div>
</div><footer class="entry-footer"><span class="cat-links">Рубрика: <a href="/category/novosti/">Новости</a></span>
</footer></article>
<nav class="post-navigation"><a href="{_STORIES[story.number - 1].path}">Предыдущая запись</a></nav>
<div id="comments" class="comments-area"><p class="comments-title">Комментариев: {noise.randint(0, 30)}</p></div>"""


def _list(path: str, noise: random.Random) -> str:
    start = _LISTS.index(path) * 6
    shown = _STORIES[start : start + 10]
    pager = '<nav class="pagination"><a class="next page-numbers" href="/page/2/">Далее →</a></nav>'
    return pager + "".join(
        f'<article id="post-{story.number}" class="post-{story.number} post type-post hentry">'
        f'<header class="entry-header"><h2 class="entry-title"><a href="{story.path}">{story.title}</a></h2></header>'
        f'<div class="entry-summary"><p>{opening(story)}</p>'
        f'<div class="post-views">Просмотров: {noise.randint(1, 999)}</div></div>'
        "</article>"
        for story in shown
    )


def _sidebar(noise: random.Random) -> str:
    popular = links(noise.sample(_STORIES, 5))
    tags = " ".join(
        f'<a href="/tag/{n}/">{word}</a>' for n, word in enumerate(noise.sample(("мосты", "почта", "карты", "реки"), 4))
    )
    return f"""<aside id="secondary" class="widget-area"><section class="widget widget_recent">
<h2 class="widget-title">Свежие записи</h2>
<ul>{links(_STORIES[:5])}</ul></section><section class="widget widget_popular">
<h2 class="widget-title">Популярное</h2><ul>{popular}</ul>
</section><section class="widget widget_tags"><h2 class="widget-title">Метки</h2><div class="tagcloud">{tags}</div>
</section>
<section class="widget widget_text"><p>Сейчас на сайте: {noise.randint(1, 60)} гостей</p></section></aside>"""


BLOG = UnknownSite(name="blog", host="kraj.example", stories=_STORIES, lists=_LISTS, draw=_draw)
