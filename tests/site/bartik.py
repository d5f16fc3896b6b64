"""Drupal 7's page: Bartik's frame, nodes in full and as teasers."""

from html import escape

from tests.site import noise
from tests.site.labels import LANGUAGES, NAMES, RUBRICS
from tests.site.nodes import Node, Wording
from tests.site.source import FILES
from tests.site.truth import field_image
from tests.site.view import Screen, View

_CSS = ("system/system.base", "system/system.menus", "comment/comment", "field/theme/field", "node/node", "locale/locale")
_ROOT = """<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML+RDFa 1.0//EN" "http://www.w3.org/MarkUp/DTD/xhtml-rdfa-1.dtd">
<html xmlns="http://www.w3.org/1999/xhtml" xml:lang="{lang}" lang="{lang}" version="XHTML+RDFa 1.0" dir="ltr"
  xmlns:content="http://purl.org/rss/1.0/modules/content/"
  xmlns:dc="http://purl.org/dc/terms/"
  xmlns:og="http://ogp.me/ns#"
  xmlns:sioc="http://rdfs.org/sioc/ns#">
"""


def page(screen: Screen, view: View) -> str:
    """A whole document."""
    classes = f"html {screen.body_class} not-logged-in two-sidebars" + (" special-version" if view.special else "")
    heading = f'<h1 class="title" id="page-title">\n          {escape(screen.title)}        </h1>' if screen.title else ""
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
        + f'    <div id="content" class="column"><div class="section">\n            <a id="main-content"></a>\n{heading}\n'
        + ('<div id="messages"><div class="messages error">' + view.error + "</div></div>\n") * bool(view.error)
        + '      <div class="tabs">\n      </div>\n      <div class="region region-content">\n'
        + _block("system-main", "", screen.main, "block-system")
        + "  </div>\n    </div></div> <!-- /.section, /#content -->\n"
        + _second_sidebar(view)
        + "  </div></div> <!-- /#main, /#main-wrapper -->\n"
        + _footer(view)
        + "</div></div> <!-- /#page, /#page-wrapper -->\n  </body>\n</html>\n"
    )


def full(node: Node, wording: Wording, body: str, view: View) -> str:
    """An article or a static page as the main block shows it."""
    address = f"{view.prefix}/{node.path}"
    kind = "article node-promoted" if node.kind == "news" else "page"
    submitted = _submitted(node, view) if node.kind == "news" else ""
    fields = _body_field(body) + _image_field(node, view) + _file_field(node, view) + _tags(node, view)
    return (
        f'<div id="node-{node.nid}" class="node node-{kind} node-full clearfix" about="{address}" typeof="foaf:Document">\n'
        + f'      <span property="dc:title" content="{escape(wording.title)}" class="rdf-meta element-hidden"></span>'
        + f'<span property="sioc:num_replies" content="{node.comments}" class="rdf-meta element-hidden"></span>\n{submitted}'
        + f'  <div class="content clearfix">\n    {fields}{_share(address, view)}  </div>\n'
        + f'      <div class="link-wrapper">\n      <ul class="links inline"><li class="print first"><a href="{view.prefix}/print/'
        + f'{node.nid}">{view.labels.print}</a></li>\n<li class="statistics_counter last"><span>{view.noise.hits % 977}'
        + f" просмотров</span></li>\n</ul>    </div>\n{_comments(node, view)}</div>\n"
    )


def teaser(node: Node, wording: Wording, summary: str, view: View) -> str:
    """A node as a listing shows it."""
    address = f"{view.prefix}/{node.path}"
    title = escape(wording.title)
    return (
        f'<div id="node-{node.nid}" class="node node-article node-promoted node-teaser clearfix" about="{address}"'
        f' typeof="sioc:Item foaf:Document">\n        <h2>\n      <a href="{address}">{title}</a>\n    </h2>\n'
        f'{_submitted(node, view)}  <div class="content clearfix">\n    {_thumbnail(node, view)}{_body_field(summary)}{_tags(node, view)}  </div>\n'
        f'      <div class="link-wrapper">\n      <ul class="links inline"><li class="node-readmore first last"><a href="{address}"'
        f' rel="tag" title="{title}">{view.labels.more}<span class="element-invisible"> {title}</span></a></li>\n'
        "</ul>    </div>\n</div>\n"
    )


def _head(screen: Screen, view: View) -> str:
    links = "".join(
        f'<link rel="{rel}" href="{href}" />\n'
        for rel, href in (("canonical", screen.canonical), ("shortlink", screen.shortlink))
        if href
    )
    if screen.feed:
        links += f'<link rel="alternate" type="application/rss+xml" title="RSS" href="{view.base}{view.prefix}/rss.xml" />\n'
    css = "\n".join(f'@import url("{view.base}/modules/{name}.css?{view.noise.buster}");' for name in _CSS)
    title = f"{escape(screen.title)} | {view.labels.site}" if screen.title else f"{view.labels.site} | {view.labels.slogan}"
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
        f'      <a href="{view.prefix}" title="{view.labels.home}" rel="home" id="logo"><img src="{view.base}/themes/bartik/logo.png"'
        f' alt="{view.labels.home}" /></a>\n      <div id="name-and-slogan">\n        <div id="site-name"><strong>'
        f'<a href="{view.prefix}" rel="home"><span>{view.labels.site}</span></a></strong></div>\n'
        f'        <div id="site-slogan">{view.labels.slogan}</div>\n      </div>\n      <div class="region region-header">\n{region}'
        f'  </div>\n      <div id="main-menu" class="navigation">\n        <h2 class="element-invisible">{view.labels.menu}</h2>'
        f'<ul id="main-menu-links" class="links clearfix">{links}</ul>      </div>\n  </div></div> <!-- /.section, /#header -->\n'
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
        f'<input title="{view.labels.search}" type="text" name="search_block_form" value="" size="15" class="form-text" />'
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
        '<label for="edit-name">Логин</label><input type="text" id="edit-name" name="name" size="15" class="form-text" />'
        f'<ul><li><a href="{view.prefix}/user/register">Регистрация</a></li><li><a href="{view.prefix}/user/password">Забыли пароль?'
        f'</a></li></ul><input type="hidden" name="form_build_id" value="form-{view.noise.form[::-1]}" /></div></form>'
    )
    more = "\n".join(f'<li class="leaf"><a href="{escape(href)}">{words}</a></li>' for href, words in view.extra_links)
    blocks = _block("mpt-latest", view.labels.latest, news) + _block("user-login", view.labels.login, login)
    if more:
        blocks += _block("menu-more", "", f'<ul class="menu clearfix">{more}</ul>')
    return (
        '    <div id="sidebar-first" class="column sidebar"><div class="section">\n      <div class="region region-sidebar-first">\n'
        f"{blocks}  </div>\n    </div></div> <!-- /.section, /#sidebar-first -->\n"
    )


def _second_sidebar(view: View) -> str:
    found = noise.blocks(view.noise, view.world, view.labels, view.prefix, view.language)
    blocks = "".join(_block(f"mpt-{name}", heading, inner) for name, heading, inner in found)
    return (
        '    <div id="sidebar-second" class="column sidebar"><div class="section">\n      <div class="region region-sidebar-second">\n'
        f"{blocks}  </div>\n    </div></div> <!-- /.section, /#sidebar-second -->\n"
    )


def _footer(view: View) -> str:
    return (
        '  <div id="footer-wrapper"><div class="section">\n    <div id="footer" class="clearfix">\n'
        + _block("node-syndicate", "RSS", f'<a href="{view.prefix}/rss.xml" class="feed-icon"><img src="/misc/feed.png" alt="RSS" /></a>')
        + _block("system-powered-by", "", "<span>220030, г. Минск, просп. Независимости, 10. Телефон: 8 (017) 200-00-60</span>")
        + "    </div>\n  </div></div> <!-- /.section, /#footer-wrapper -->\n"
    )  # fmt: skip


def _block(name: str, heading: str, inner: str, family: str = "block-mpt") -> str:
    title = f"    <h2>{heading}</h2>\n" if heading else ""
    return f'<div id="block-{name}" class="block {family}">\n\n{title}  \n  <div class="content">\n    {inner}  </div>\n</div>\n'


def _submitted(node: Node, view: View) -> str:
    return (
        '      <div class="meta submitted">\n            <span property="dc:date dc:created"'
        f' content="{node.created.isoformat()}" datatype="xsd:dateTime" rel="sioc:has_creator"><span class="username" xml:lang=""'
        f' about="{view.prefix}/user/1" typeof="sioc:UserAccount" property="foaf:name" datatype="">redaktor</span> — '
        f"{node.created:%d.%m.%Y - %H:%M}</span>    </div>\n"
    )


def _body_field(body: str) -> str:
    return (
        '<div class="field field-name-body field-type-text-with-summary field-label-hidden"><div class="field-items">'
        f'<div class="field-item even" property="content:encoded">{body}</div></div></div>'
    )


def _image_field(node: Node, view: View) -> str:
    if not node.images:
        return ""
    items = "".join(
        f'<div class="field-item {("even", "odd")[n % 2]}" rel="og:image rdfs:seeAlso"><img typeof="foaf:Image" src="{view.base}'
        f'{field_image(name)}" width="480" height="320" alt="" /></div>'
        for n, name in enumerate(node.images)
    )
    return f'<div class="field field-name-field-image field-type-image field-label-hidden"><div class="field-items">{items}</div></div>'


def _thumbnail(node: Node, view: View) -> str:
    return "".join(
        f'<div class="field field-name-field-image field-type-image field-label-hidden"><a href="{view.prefix}/{node.path}"><img'
        f' typeof="foaf:Image" src="{view.base}/sites/default/files/styles/thumbnail/public/field/image/{name}?itok='
        f'{view.noise.itok}" width="100" height="67" alt="" /></a></div>'
        for name in node.images[:1]
    )


def _file_field(node: Node, view: View) -> str:
    if not node.files:
        return ""
    items = "".join(
        f'<div class="field-item {("even", "odd")[n % 2]}"><span class="file"><img class="file-icon" alt="" title="application/pdf"'
        f' src="/modules/file/icons/application-pdf.png" /> <a href="{view.base}{FILES}{name}" type="application/pdf">{words}</a></span></div>'
        for n, (name, words) in enumerate(node.files)
    )
    return (
        '<div class="field field-name-field-file field-type-file field-label-above"><div class="field-label">'
        f'{view.labels.files}:&nbsp;</div><div class="field-items">{items}</div></div>'
    )


def _tags(node: Node, view: View) -> str:
    if not node.rubric:
        return ""
    return (
        '<div class="field field-name-field-tags field-type-taxonomy-term-reference field-label-above clearfix"><h3 class="field-label">'
        f'{view.labels.rubric}: </h3><ul class="links"><li class="taxonomy-term-reference-0" rel="dc:subject"><a href="{view.prefix}'
        f'/rubrika/{node.rubric}" typeof="skos:Concept" datatype="">{RUBRICS[node.rubric]}</a></li></ul></div>'
    )


def _share(address: str, view: View) -> str:
    return f'<div class="share">{view.labels.share}: <a href="https://t.example/share?url={view.base}{address}">Telegram</a></div>'


def _comments(node: Node, view: View) -> str:
    if not node.comments:
        return ""
    return (
        f'  <div id="comments" class="comment-wrapper">\n          <h2 class="title">{view.labels.comments}</h2>\n'
        + "".join(_comment(node, node.nid * 100 + n, n, view) for n in range(node.comments))
        + "  </div>\n"
    )


def _comment(node: Node, cid: int, n: int, view: View) -> str:
    words = ("Спасибо, полезно.", "А когда в нашем районе?", "Дзякуй за навіну!", "Уточните, пожалуйста, телефон.")[(cid + n) % 4]
    return (
        f'<a id="comment-{cid}"></a>\n<div class="comment comment-by-anonymous clearfix" typeof="sioc:Post sioct:Comment">\n'
        f'  <div class="attribution"><div class="submitted"><p class="commenter-name">{view.labels.guest} {n + 1}</p>'
        f'<p class="comment-permalink"><a href="{view.prefix}/comment/{cid}#comment-{cid}" class="permalink">#</a></p></div></div>\n'
        '  <div class="comment-text"><div class="content"><div class="field field-name-comment-body field-type-text-long">'
        f'<div class="field-items"><div class="field-item even" property="content:encoded"><p>{words}</p></div></div></div></div>\n'
        f'    <ul class="links inline"><li class="comment-reply first last"><a href="{view.prefix}/comment/reply/{node.nid}/{cid}">'
        f"{view.labels.reply}</a></li></ul></div>\n</div>\n"
    )
