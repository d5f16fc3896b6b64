"""Drupal 7's page: Bartik's frame with its regions and blocks."""

from functools import lru_cache
from html import escape

from tests.site import noise
from tests.site.labels import LANGUAGES, NAMES
from tests.site.view import Screen, View

_CSS = ("system/system.base", "system/system.menus", "comment/comment", "field/theme/field", "node/node")
_ROOT = """<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML+RDFa 1.0//EN"
  "http://www.w3.org/MarkUp/DTD/xhtml-rdfa-1.dtd">
<html xmlns="http://www.w3.org/1999/xhtml" xml:lang="{lang}" lang="{lang}" version="XHTML+RDFa 1.0" dir="ltr"
  xmlns:content="http://purl.org/rss/1.0/modules/content/"
  xmlns:dc="http://purl.org/dc/terms/"
  xmlns:og="http://ogp.me/ns#"
  xmlns:sioc="http://rdfs.org/sioc/ns#">
"""


def page(screen: Screen, view: View) -> str:
    """A whole document."""
    classes = f"html {screen.body_class} not-logged-in two-sidebars round-{view.world.round % 5}"
    classes += " special-version" * view.special
    heading = (
        f'<h1 class="title" id="page-title">\n          {escape(screen.title)}        </h1>' if screen.title else ""
    )
    return (
        _ROOT.format(lang=view.language)
        + _head(screen, view)
        + f'<body class="{classes} i18n-{view.language}" >\n  <div id="skip-link">\n    <a href="#main-content"'
        + f' class="element-invisible element-focusable">{view.labels.skip}</a>\n  </div>\n'
        + '    <div id="page-wrapper"><div id="page">\n'
        + _header(screen, view)
        + '  <div id="main-wrapper" class="clearfix"><div id="main" class="clearfix">\n'
        + '    <div id="breadcrumb"><h2 class="element-invisible">You are here</h2><div class="breadcrumb">'
        + f'<a href="{view.prefix}">{view.labels.home}</a></div></div>\n'
        + _first_sidebar(view)
        + '    <div id="content" class="column"><div class="section">\n            <a id="main-content">'
        + f"</a>\n{heading}\n"
        + ('<div id="messages"><div class="messages error">' + view.error + "</div></div>\n") * bool(view.error)
        + '      <div class="tabs">\n      </div>\n      <div class="region region-content">\n'
        + _block("system-main", "", screen.main, "block-system")
        + "  </div>\n    </div></div> <!-- /.section, /#content -->\n"
        + _second_sidebar(view)
        + "  </div></div> <!-- /#main, /#main-wrapper -->\n"
        + _footer(view)
        + "</div></div> <!-- /#page, /#page-wrapper -->\n  </body>\n</html>\n"
    )


def _head(screen: Screen, view: View) -> str:
    links = "".join(
        f'<link rel="{rel}" href="{href}" />\n'
        for rel, href in (("canonical", screen.canonical), ("shortlink", screen.shortlink))
        if href
    )
    if screen.feed:
        feed = f"{view.base}{view.prefix}/rss.xml"
        links += f'<link rel="alternate" type="application/rss+xml" title="RSS" href="{feed}" />\n'
    css = "\n".join(f'@import url("{view.base}/modules/{name}.css?{view.noise.buster}");' for name in _CSS)
    front = f"{view.labels.site} | {view.labels.slogan}"
    title = f"{escape(screen.title)} | {view.labels.site}" if screen.title else front
    return (
        '<head profile="http://www.w3.org/1999/xhtml/vocab">\n'
        '  <meta http-equiv="Content-Type" content="text/html; charset=utf-8" />\n'
        f'<meta name="Generator" content="Drupal 7 (http://drupal.org)" />\n{links}'
        f'<link rel="shortcut icon" href="{view.base}/misc/favicon.ico" type="image/vnd.microsoft.icon" />\n'
        f'  <title>{title}</title>\n  <style type="text/css" media="all">\n{css}\n</style>\n'
        f'  <script type="text/javascript" src="{view.base}/misc/drupal.js?{view.noise.buster}"></script>\n'
        '<script type="text/javascript">\n<!--//--><![CDATA[//><!--\njQuery.extend(Drupal.settings, {"basePath":"\\/",'
        f'"pathPrefix":"{view.language}\\/","ajaxPageState":{{"theme":"bartik","theme_token":"{view.noise.token}"}}}});\n'
        "//--><!]]>\n</script>\n</head>\n"
    )


def _header(screen: Screen, view: View) -> str:
    menu = [("", view.labels.home), ("/news", view.labels.news)]
    menu += [("/" + node.path, node.said_in(view.language).title) for node in view.world.pages()]
    links = "\n".join(
        f'<li class="menu-{298 + n}"><a href="{view.prefix}{href}">{escape(words)}</a></li>'
        for n, (href, words) in enumerate(menu)
    )
    special = f'<a href="{view.prefix}/{view.path}?special=1" class="active">{view.labels.special}</a>'
    region = (
        _block("mpt-special", "", special)
        + _block("search-form", "", _search(view))
        + _block("locale-language", "Языки", _switcher(screen, view))
    )
    return (
        '  <div id="header" class="without-secondary-menu"><div class="section clearfix">\n'
        f'      <a href="{view.prefix}" title="{view.labels.home}" rel="home" id="logo"><img '
        f'src="{view.base}/themes/bartik/logo.png"'
        f' alt="{view.labels.home}" /></a>\n      <div id="name-and-slogan">\n        <div id="site-name"><strong>'
        f'<a href="{view.prefix}" rel="home"><span>{view.labels.site}</span></a></strong></div>\n'
        f'        <div id="site-slogan">{view.labels.slogan}</div>\n      </div>\n      <div '
        f'class="region region-header">\n{region}'
        '  </div>\n      <div id="main-menu" class="navigation">\n        <h2 '
        f'class="element-invisible">{view.labels.menu}</h2>'
        f'<ul id="main-menu-links" class="links clearfix">{links}</ul>      </div>\n  </div></div> '
        "<!-- /.section, /#header -->\n"
    )


def _switcher(screen: Screen, view: View) -> str:
    titles = dict(screen.translated)
    rows = []
    for language in LANGUAGES:
        active = " active" if language == view.language else ""
        title = f' title="{escape(titles[language])}"' if language in titles else ""
        rows.append(
            f'<li class="{language}{active}"><a href="/{language}/{view.path}" class="language-link{active}"'
            f' xml:lang="{language}"{title}>{NAMES[language]}</a></li>'
        )
    return '<ul class="language-switcher-locale-url">' + "\n".join(rows) + "</ul>"


def _search(view: View) -> str:
    return (
        f'<form action="{view.prefix}/{view.path}" method="post" id="search-block-form" accept-charset="UTF-8"><div>'
        f'<input title="{view.labels.search}" type="text" name="search_block_form" value="" size="15" '
        'class="form-text" />'
        f'<input type="submit" name="op" value="{view.labels.search}" class="form-submit" />'
        f'<input type="hidden" name="form_build_id" value="form-{view.noise.form}" /></div></form>'
    )


def _first_sidebar(view: View) -> str:
    latest = "\n".join(
        f'<li><span class="date">{node.created:%d.%m.%Y}</span> <a href="{view.prefix}/{node.path}">'
        f"{escape(node.said_in(view.language).title)}</a></li>"
        for node in view.world.listed()[:7]
    )
    news = f'<div class="item-list"><ul>{latest}</ul></div><a href="{view.prefix}/news">{view.labels.all_news}</a>'
    login = (
        f'<form action="{view.prefix}/{view.path}?destination={view.path}" method="post" id="user-login-form"><div>'
        '<label for="edit-name">Логин</label><input type="text" id="edit-name" name="name" size="15" '
        'class="form-text" />'
        f'<ul><li><a href="{view.prefix}/user/register">Регистрация</a></li><li><a '
        f'href="{view.prefix}/user/password">Забыли пароль?'
        f'</a></li></ul><input type="hidden" name="form_build_id" value="form-{view.noise.form[::-1]}" /></div></form>'
    )
    blocks = _block("mpt-latest", view.labels.latest, news) + _block("user-login", view.labels.login, login)
    if view.extra_links:
        blocks += _block("menu-more", "", _menu(view.extra_links))
    return (
        '    <div id="sidebar-first" class="column sidebar"><div class="section">\n      <div '
        'class="region region-sidebar-first">\n'
        f"{blocks}  </div>\n    </div></div> <!-- /.section, /#sidebar-first -->\n"
    )


@lru_cache(maxsize=1024)
def _menu(links: tuple[tuple[str, str], ...]) -> str:
    rows = "\n".join(
        f'<li class="leaf menu-mlid-{900 + n}"><a href="{escape(href)}" title="{words}" class="menu-node-published">'
        f"{words}</a></li>"
        for n, (href, words) in enumerate(links)
    )
    return f'<ul class="menu clearfix">{rows}</ul>'


def _second_sidebar(view: View) -> str:
    found = noise.blocks(view.noise, view.world, view.labels, view.prefix, view.language)
    blocks = "".join(_block(f"mpt-{name}", heading, inner) for name, heading, inner in found)
    return (
        '    <div id="sidebar-second" class="column sidebar"><div class="section">\n      <div '
        'class="region region-sidebar-second">\n'
        f"{blocks}  </div>\n    </div></div> <!-- /.section, /#sidebar-second -->\n"
    )


def _footer(view: View) -> str:
    feed = f'<a href="{view.prefix}/rss.xml" class="feed-icon"><img src="/misc/feed.png" alt="RSS" /></a>'
    place = "<span>220030, г. Минск, просп. Независимости, 10. Телефон: 8 (017) 200-00-60</span>"
    return (
        '  <div id="footer-wrapper"><div class="section">\n    <div id="footer" class="clearfix">\n'
        + _block("node-syndicate", "RSS", feed)
        + _block("system-powered-by", "", place)
        + "    </div>\n  </div></div> <!-- /.section, /#footer-wrapper -->\n"
    )


def _block(name: str, heading: str, inner: str, family: str = "block-mpt") -> str:
    title = f"    <h2>{heading}</h2>\n" if heading else ""
    return (
        f'<div id="block-{name}" class="block {family}">\n\n{title}  \n  <div class="content">\n    {inner}  '
        "</div>\n</div>\n"
    )
