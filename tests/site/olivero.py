"""Drupal 10's page: Olivero's frame, nodes in full and as teasers."""

from html import escape

from tests.site import noise
from tests.site.labels import LANGUAGES, NAMES, RUBRICS
from tests.site.nodes import Node, Wording
from tests.site.source import FILES
from tests.site.truth import field_image
from tests.site.view import Screen, View


def page(screen: Screen, view: View) -> str:
    """A whole document."""
    classes = " ".join((f"{'special ' * view.special}round-{view.world.round % 5}", screen.body_class)).strip()
    title = f"{escape(screen.title)} | {view.labels.site}" if screen.title else view.labels.site
    return (
        f'<!DOCTYPE html>\n<html lang="{view.language}" dir="ltr" prefix="og: https://ogp.me/ns#">\n  <head>\n'
        f'    <meta charset="utf-8" />\n{_links(screen, view)}<meta name="Generator" content="Drupal 10 (https://www.drupal.org)" />\n'
        f'<meta name="viewport" content="width=device-width, initial-scale=1.0" />\n    <title>{title}</title>\n'
        f'    <link rel="stylesheet" media="all" href="/core/themes/olivero/css/base/base.css?{view.noise.buster}" />\n  </head>\n'
        f'  <body class="{classes}">\n    <a href="#main-content" class="visually-hidden focusable skip-link">{view.labels.skip}</a>\n'
        '    <div class="dialog-off-canvas-main-canvas" data-off-canvas-main-canvas>\n    <div id="page-wrapper" class="page-wrapper">\n'
        f'  <div id="page">\n{_header(screen, view)}    <div id="main-wrapper" class="layout-main-wrapper layout-container">\n'
        '      <div id="main" class="layout-main">\n        <div class="main-content">\n          <a id="main-content" tabindex="-1"></a>\n'
        f'{_breadcrumb(view)}<div class="region region--highlighted grid-full layout--pass--content-medium"></div>\n'
        '            <main role="main">\n  <div class="region region--content-above grid-full layout--pass--content-medium">\n'
        f'{_title_block(screen)}  </div>\n  <div class="region region--content grid-full layout--pass--content-medium" id="content">\n'
        f'    <div id="block-olivero-content" class="block block-system block-system-main-block">\n      <div class="block__content">\n'
        f"{screen.main}      </div>\n    </div>\n  </div>\n            </main>\n{_sidebar(view)}        </div>\n      </div>\n    </div>\n"
        f"{_footer(view)}  </div>\n</div>\n    </div>\n{_settings(view)}  </body>\n</html>\n"
    )


def full(node: Node, wording: Wording, body: str, view: View) -> str:
    """An article or a static page as the main block shows it."""
    bundle = "article" if node.kind == "news" else "page"
    meta = _meta(node, view) if node.kind == "news" else ""
    return (
        f'<article data-history-node-id="{node.nid}" class="node node--type-{bundle} node--promoted node--view-mode-full">\n'
        f'  <header class="layout--content-narrow">\n{meta}  </header>\n  <div class="node__content layout--content-narrow">\n'
        f'    <div class="clearfix text-formatted field field--name-body field--type-text-with-summary field--label-hidden field__item">'
        f"{body}</div>\n{_images(node, view)}{_files(node, view)}{_tags(node, view)}"
        f'    <div class="node__links"><ul class="links inline"><li><a href="{view.prefix}/print/{node.nid}">{view.labels.print}</a></li>'
        f"<li>{view.noise.hits % 877}</li></ul></div>\n{_comments(node, view)}  </div>\n</article>\n"
    )


def teaser(node: Node, wording: Wording, summary: str, view: View) -> str:
    """A node as a listing shows it."""
    address = f"{view.prefix}/{node.path}"
    return (
        f'<div class="views-row"><article data-history-node-id="{node.nid}" class="node node--type-article node--promoted'
        f' node--view-mode-teaser">\n  <header>\n    <h2 class="node__title"><a href="{address}" rel="bookmark"><span class="field'
        f' field--name-title field--type-string field--label-hidden">{escape(wording.title)}</span></a></h2>\n{_meta(node, view)}'
        f'  </header>\n  <div class="node__content">\n    <div class="clearfix text-formatted field field--name-body field__item">{summary}'
        f'</div>\n    <div class="node__links"><ul class="links inline"><li class="node-readmore"><a href="{address}">{view.labels.more}</a>'
        "</li></ul></div>\n  </div>\n</article></div>\n"
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
        f'      <div class="site-branding" id="block-olivero-site-branding"><a href="{view.prefix}" rel="home">{view.labels.site}</a></div>\n'
        f'      <nav id="block-olivero-main-menu" class="primary-nav block block-menu" role="navigation"><h2 class="visually-hidden">'
        f'{view.labels.menu}</h2>\n<ul class="menu primary-nav__menu">{links}</ul></nav>\n'
        f'      <div id="block-special" class="block"><a href="{view.prefix}/{view.path}?special=1">{view.labels.special}</a></div>\n'
        '      <div class="language-switcher-language-url block block-language" role="navigation"><div class="block__content">'
        f'<ul class="links">{languages}</ul></div></div>\n    </header>\n'
    )


def _breadcrumb(view: View) -> str:
    return (
        '<div class="region region--breadcrumb grid-full layout--pass--content-medium"><nav class="breadcrumb" role="navigation">'
        f'<ol class="breadcrumb__list"><li class="breadcrumb__item"><a href="{view.prefix}">{view.labels.home}</a></li></ol></nav></div>\n'
    )


def _title_block(screen: Screen) -> str:
    if not screen.title:
        return ""
    return (
        '    <div id="block-olivero-page-title" class="block block-core block-page-title-block">\n      <h1 class="title page-title">\n'
        f'<span class="field field--name-title field--type-string field--label-hidden">{escape(screen.title)}</span>\n</h1>\n    </div>\n'
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
        more = "".join(f'<li><a href="{escape(href)}">{words}</a></li>' for href, words in view.extra_links)
        found.append(("more", "", f'<ul class="menu">{more}</ul>'))
    blocks = "".join(
        f'    <div id="block-{name}" class="block"><h2 class="block__title">{heading}</h2>\n      <div class="block__content">'
        f"<div class='content'>{inner}</div></div>\n    </div>\n"
        for name, heading, inner in found
    )
    return f'          <div class="sidebar-grid grid-full">\n<aside class="region region--sidebar">\n{blocks}</aside></div>\n'


def _footer(view: View) -> str:
    return (
        '    <footer class="site-footer"><div class="site-footer__inner container"><div class="region region--footer-bottom">\n'
        f'<div class="block"><a href="{view.prefix}/rss.xml" class="feed-icon">RSS</a></div>\n'
        "<div class='block'>220030, г. Минск, просп. Независимости, 10. Телефон: 8 (017) 200-00-60</div>\n</div></div></footer>\n"
    )


def _settings(view: View) -> str:
    return (
        '    <script type="application/json" data-drupal-selector="drupal-settings-json">{"path":{"baseUrl":"\\/","pathPrefix":"'
        f'{view.language}\\/"}},"ajaxPageState":{{"libraries":"{view.noise.form}","theme":"olivero","theme_token":"{view.noise.token}"}}}}'
        "</script>\n"
    )


def _meta(node: Node, view: View) -> str:
    return (
        '    <div class="node__meta"><span>By <span>redaktor</span>, <time datetime="'
        f'{node.created.isoformat()}" class="datetime">{node.created:%d.%m.%Y - %H:%M}</time></span></div>\n'
    )


def _images(node: Node, view: View) -> str:
    if not node.images:
        return ""
    items = "".join(
        f'<div class="field__item"><img loading="lazy" src="{field_image(name)}" width="480" height="320" alt="" /></div>'
        for name in node.images
    )
    return f'    <div class="field field--name-field-image field--type-image field--label-hidden field__items">{items}</div>\n'


def _files(node: Node, view: View) -> str:
    if not node.files:
        return ""
    items = "".join(
        f'<div class="field__item"><span class="file file--mime-application-pdf file--application-pdf"><a href="{FILES}{name}"'
        f' type="application/pdf">{words}</a></span></div>'
        for name, words in node.files
    )
    return (
        '    <div class="field field--name-field-file field--type-file field--label-above"><div class="field__label">'
        f'{view.labels.files}</div><div class="field__items">{items}</div></div>\n'
    )


def _tags(node: Node, view: View) -> str:
    if not node.rubric:
        return ""
    return (
        '    <div class="field field--name-field-tags field--type-entity-reference field--label-above"><div class="field__label">'
        f'{view.labels.rubric}</div><div class="field__items"><a href="{view.prefix}/rubrika/{node.rubric}">'
        f"{RUBRICS[node.rubric]}</a></div></div>\n"
    )


def _comments(node: Node, view: View) -> str:
    if not node.comments:
        return ""
    words = ("Спасибо, полезно.", "А когда в нашем районе?", "Дзякуй за навіну!", "Уточните, пожалуйста, телефон.")
    items = "".join(
        f'<article id="comment-{node.nid * 100 + n}" class="comment js-comment"><div class="comment__content"><div class="text-formatted'
        f' field field--name-comment-body field__item"><p>{words[(node.nid + n) % 4]}</p></div><ul class="links inline"><li><a href="'
        f'{view.prefix}/comment/reply/{node.nid}/{node.nid * 100 + n}">{view.labels.reply}</a></li></ul></div></article>\n'
        for n in range(node.comments)
    )
    return (
        '    <section data-drupal-selector="comments" class="comments field--name-comment field--type-comment"><h2 class="comments__title">'
        f"{view.labels.comments}</h2>\n{items}</section>\n"
    )
