"""Drupal 10's page: Olivero's frame with its regions and blocks."""

from functools import lru_cache
from html import escape

from tests.site import noise
from tests.site.labels import LANGUAGES, NAMES
from tests.site.view import Screen, View


def page(screen: Screen, view: View) -> str:
    """A whole document."""
    classes = " ".join((f"{'special ' * view.special}round-{view.world.round % 5}", screen.body_class)).strip()
    title = f"{escape(screen.title)} | {view.labels.site}" if screen.title else view.labels.site
    return (
        f'<!DOCTYPE html>\n<html lang="{view.language}" dir="ltr" prefix="og: https://ogp.me/ns#">\n  <head>\n'
        f'    <meta charset="utf-8" />\n{_links(screen, view)}<meta name="Generator" content="Drupal '
        '10 (https://www.drupal.org)" />\n'
        f'<meta name="viewport" content="width=device-width, initial-scale=1.0" />\n    <title>{title}</title>\n'
        f'    <link rel="stylesheet" media="all" href="/core/themes/olivero/css/base/base.css?{view.noise.buster}" '
        "/>\n  </head>\n"
        f'  <body class="{classes}">\n    <a href="#main-content" class="visually-hidden focusable '
        f'skip-link">{view.labels.skip}</a>\n'
        '    <div class="dialog-off-canvas-main-canvas" data-off-canvas-main-canvas>\n    <div '
        'id="page-wrapper" class="page-wrapper">\n'
        f'  <div id="page">\n{_header(screen, view)}    <div id="main-wrapper" class="layout-main-wrapper '
        'layout-container">\n'
        '      <div id="main" class="layout-main">\n        <div class="main-content">\n          '
        '<a id="main-content" tabindex="-1"></a>\n'
        f'{_breadcrumb(view)}<div class="region region--highlighted grid-full layout--pass--content-medium"></div>\n'
        '            <main role="main">\n  <div class="region region--content-above grid-full '
        'layout--pass--content-medium">\n'
        f'{_title_block(screen)}  </div>\n  <div class="region region--content grid-full '
        'layout--pass--content-medium" id="content">\n'
        '    <div id="block-olivero-content" class="block block-system block-system-main-block">\n      '
        '<div class="block__content">\n'
        f"{screen.main}      </div>\n    </div>\n  </div>\n            </main>\n{_sidebar(view)}        "
        "</div>\n      </div>\n    </div>\n"
        f"{_footer(view)}  </div>\n</div>\n    </div>\n{_settings(view)}  </body>\n</html>\n"
    )


def _links(screen: Screen, view: View) -> str:
    links = (("canonical", screen.canonical), ("shortlink", screen.shortlink))
    feed = f'<link rel="alternate" type="application/rss+xml" title="RSS" href="{view.base}{view.prefix}/rss.xml" />\n'
    return "".join(f'<link rel="{rel}" href="{href}" />\n' for rel, href in links if href) + feed * screen.feed


def _header(screen: Screen, view: View) -> str:
    menu = [("", view.labels.home), ("/news", view.labels.news)]
    menu += [("/" + node.path, node.said_in(view.language).title) for node in view.world.pages()]
    links = "\n".join(
        f'<li class="primary-nav__menu-item primary-nav__menu-item--link"><a href="{view.prefix}{href}"'
        f' class="primary-nav__menu-link">{escape(words)}</a></li>'
        for href, words in menu
    )
    titles = dict(screen.translated)
    languages = "".join(
        f'<li class="{code}"><a href="/{code}/{view.path}" class="language-link"'
        f"{f' title={chr(34)}{escape(titles[code])}{chr(34)}' if code in titles else ''}>{NAMES[code]}</a></li>"
        for code in LANGUAGES
    )
    return (
        '    <header id="header" class="site-header" data-drupal-selector="site-header" role="banner">\n'
        f'      <div class="site-branding" id="block-olivero-site-branding"><a href="{view.prefix}" '
        f'rel="home">{view.labels.site}</a></div>\n'
        '      <nav id="block-olivero-main-menu" class="primary-nav block block-menu" role="navigation">'
        '<h2 class="visually-hidden">'
        f'{view.labels.menu}</h2>\n<ul class="menu primary-nav__menu">{links}</ul></nav>\n'
        '      <div id="block-special" class="block"><a '
        f'href="{view.prefix}/{view.path}?special=1">{view.labels.special}</a></div>\n'
        '      <div class="language-switcher-language-url block block-language" role="navigation">'
        '<div class="block__content">'
        f'<ul class="links">{languages}</ul></div></div>\n    </header>\n'
    )


def _breadcrumb(view: View) -> str:
    return (
        '<div class="region region--breadcrumb grid-full layout--pass--content-medium"><nav '
        'class="breadcrumb" role="navigation">'
        f'<ol class="breadcrumb__list"><li class="breadcrumb__item"><a href="{view.prefix}">{view.labels.home}</a>'
        "</li></ol></nav></div>\n"
    )


def _title_block(screen: Screen) -> str:
    if not screen.title:
        return ""
    return (
        '    <div id="block-olivero-page-title" class="block block-core block-page-title-block">\n      '
        '<h1 class="title page-title">\n'
        f'<span class="field field--name-title field--type-string field--label-hidden">{escape(screen.title)}'
        "</span>\n</h1>\n    </div>\n"
    )


def _sidebar(view: View) -> str:
    latest = "".join(
        f'<li><span class="date">{node.created:%d.%m.%Y}</span> <a href="{view.prefix}/{node.path}">'
        f"{escape(node.said_in(view.language).title)}</a></li>"
        for node in view.world.listed()[:7]
    )
    found = [("latest", view.labels.latest, f'<div class="item-list"><ul>{latest}</ul></div>')]
    found += noise.blocks(view.noise, view.world, view.labels, view.prefix, view.language)
    if view.extra_links:
        found.append(("more", "", _menu(view.extra_links)))
    blocks = "".join(
        f'    <div id="block-{name}" class="block"><h2 class="block__title">{heading}</h2>\n      '
        '<div class="block__content">'
        f"<div class='content'>{inner}</div></div>\n    </div>\n"
        for name, heading, inner in found
    )
    return (
        f'          <div class="sidebar-grid grid-full">\n<aside class="region region--sidebar">\n{blocks}</aside>'
        "</div>\n"
    )


@lru_cache(maxsize=1024)
def _menu(links: tuple[tuple[str, str], ...]) -> str:
    rows = "".join(
        f'<li class="menu__item menu__item--link"><a href="{escape(href)}" title="{words}" class="menu__link">'
        f"{words}</a></li>"
        for href, words in links
    )
    return f'<ul class="menu">{rows}</ul>'


def _footer(view: View) -> str:
    return (
        '    <footer class="site-footer"><div class="site-footer__inner container"><div class="region '
        'region--footer-bottom">\n'
        f'<div class="block"><a href="{view.prefix}/rss.xml" class="feed-icon">RSS</a></div>\n'
        "<div class='block'>220030, г. Минск, просп. Независимости, 10. Телефон: 8 (017) 200-00-60</div>\n</div>"
        "</div></footer>\n"
    )


def _settings(view: View) -> str:
    return (
        '    <script type="application/json" '
        'data-drupal-selector="drupal-settings-json">{"path":{"baseUrl":"\\/","pathPrefix":"'
        f'{view.language}\\/"}},"ajaxPageState":{{"libraries":"{view.noise.form}","theme":"olivero","theme_token":"{view.noise.token}"}}}}'
        "</script>\n"
    )
