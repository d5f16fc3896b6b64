"""Drupal 7's node: an article or a static page in full, and as a teaser."""

from html import escape

from tests.site.labels import RUBRICS
from tests.site.nodes import Node, Wording
from tests.site.source import FILES
from tests.site.truth import field_image
from tests.site.view import View


def full(node: Node, wording: Wording, body: str, view: View) -> str:
    """An article or a static page as the main block shows it."""
    address = f"{view.prefix}/{node.path}"
    kind = "article node-promoted" if node.kind == "news" else "page"
    submitted = _submitted(node, view) if node.kind == "news" else ""
    fields = _body_field(body) + _image_field(node, view) + _file_field(node, view) + _tags(node, view)
    return (
        f'<div id="node-{node.nid}" class="node node-{kind} node-full clearfix" about="{address}" '
        'typeof="foaf:Document">\n'
        + f'      <span property="dc:title" content="{escape(wording.title)}" class="rdf-meta element-hidden"></span>'
        + f'<span property="sioc:num_replies" content="{node.comments}" class="rdf-meta element-hidden">'
        + f"</span>\n{submitted}"
        + f'  <div class="content clearfix">\n    {fields}{_share(address, view)}  </div>\n'
        + '      <div class="link-wrapper">\n      <ul class="links inline"><li class="print first">'
        + f'<a href="{view.prefix}/print/'
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
        f'{_submitted(node, view)}  <div class="content clearfix">\n    '
        f"{_thumbnail(node, view)}{_body_field(summary)}{_tags(node, view)}  </div>\n"
        '      <div class="link-wrapper">\n      <ul class="links inline"><li class="node-readmore first last">'
        f'<a href="{address}"'
        f' rel="tag" title="{title}">{view.labels.more}<span class="element-invisible"> {title}</span></a></li>\n'
        "</ul>    </div>\n</div>\n"
    )


def _submitted(node: Node, view: View) -> str:
    return (
        '      <div class="meta submitted">\n            <span property="dc:date dc:created"'
        f' content="{node.created.isoformat()}" datatype="xsd:dateTime" rel="sioc:has_creator">'
        '<span class="username" xml:lang=""'
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
        f'<div class="field-item {("even", "odd")[n % 2]}" rel="og:image rdfs:seeAlso"><img typeof="foaf:Image" '
        f'src="{view.base}'
        f'{field_image(name)}" width="480" height="320" alt="" /></div>'
        for n, name in enumerate(node.images)
    )
    return (
        '<div class="field field-name-field-image field-type-image field-label-hidden"><div '
        f'class="field-items">{items}</div></div>'
    )


def _thumbnail(node: Node, view: View) -> str:
    return "".join(
        '<div class="field field-name-field-image field-type-image field-label-hidden"><a '
        f'href="{view.prefix}/{node.path}"><img'
        f' typeof="foaf:Image" src="{view.base}/sites/default/files/styles/thumbnail/public/field/image/{name}?itok='
        f'{view.noise.itok}" width="100" height="67" alt="" /></a></div>'
        for name in node.images[:1]
    )


def _file_field(node: Node, view: View) -> str:
    if not node.files:
        return ""
    items = "".join(
        f'<div class="field-item {("even", "odd")[n % 2]}"><span class="file"><img class="file-icon" '
        'alt="" title="application/pdf"'
        f' src="/modules/file/icons/application-pdf.png" /> <a href="{view.base}{FILES}{name}" '
        f'type="application/pdf">{words}</a></span></div>'
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
        '<div class="field field-name-field-tags field-type-taxonomy-term-reference field-label-above clearfix">'
        '<h3 class="field-label">'
        f'{view.labels.rubric}: </h3><ul class="links"><li class="taxonomy-term-reference-0" rel="dc:subject">'
        f'<a href="{view.prefix}'
        f'/rubrika/{node.rubric}" typeof="skos:Concept" datatype="">{RUBRICS[node.rubric]}</a></li></ul></div>'
    )


def _share(address: str, view: View) -> str:
    return (
        f'<div class="share">{view.labels.share}: <a '
        f'href="https://t.example/share?url={view.base}{address}">Telegram</a></div>'
    )


def _comments(node: Node, view: View) -> str:
    if not node.comments:
        return ""
    return (
        f'  <div id="comments" class="comment-wrapper">\n          <h2 class="title">{view.labels.comments}</h2>\n'
        + "".join(_comment(node, node.nid * 100 + n, n, view) for n in range(node.comments))
        + "  </div>\n"
    )


def _comment(node: Node, cid: int, n: int, view: View) -> str:
    words = ("Спасибо, полезно.", "А когда в нашем районе?", "Дзякуй за навіну!", "Уточните, пожалуйста, телефон.")[
        (cid + n) % 4
    ]
    return (
        f'<a id="comment-{cid}"></a>\n<div class="comment comment-by-anonymous clearfix" typeof="sioc:Post '
        'sioct:Comment">\n'
        f'  <div class="attribution"><div class="submitted"><p class="commenter-name">{view.labels.guest} {n + 1}</p>'
        f'<p class="comment-permalink"><a href="{view.prefix}/comment/{cid}#comment-{cid}" class="permalink">#</a>'
        "</p></div></div>\n"
        '  <div class="comment-text"><div class="content"><div class="field field-name-comment-body '
        'field-type-text-long">'
        f'<div class="field-items"><div class="field-item even" property="content:encoded"><p>{words}</p></div>'
        "</div></div></div>\n"
        '    <ul class="links inline"><li class="comment-reply first last"><a '
        f'href="{view.prefix}/comment/reply/{node.nid}/{cid}">'
        f"{view.labels.reply}</a></li></ul></div>\n</div>\n"
    )
