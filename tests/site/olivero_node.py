"""Drupal 10's node: an article or a static page in full, and as a teaser."""

from html import escape

from tests.site.labels import RUBRICS
from tests.site.nodes import Node, Wording
from tests.site.source import FILES
from tests.site.truth import field_image
from tests.site.view import View


def full(node: Node, wording: Wording, body: str, view: View) -> str:
    """An article or a static page as the main block shows it."""
    bundle = "article" if node.kind == "news" else "page"
    meta = _meta(node, view) if node.kind == "news" else ""
    return (
        f'<article data-history-node-id="{node.nid}" class="node node--type-{bundle} node--promoted '
        'node--view-mode-full">\n'
        f'  <header class="layout--content-narrow">\n{meta}  </header>\n  <div class="node__content '
        'layout--content-narrow">\n'
        '    <div class="clearfix text-formatted field field--name-body field--type-text-with-summary '
        'field--label-hidden field__item">'
        f"{body}</div>\n{_images(node, view)}{_files(node, view)}{_tags(node, view)}"
        '    <div class="node__links"><ul class="links inline"><li><a '
        f'href="{view.prefix}/print/{node.nid}">{view.labels.print}</a></li>'
        f"<li>{view.noise.hits % 877}</li></ul></div>\n{_comments(node, view)}  </div>\n</article>\n"
    )


def teaser(node: Node, wording: Wording, summary: str, view: View) -> str:
    """A node as a listing shows it."""
    address = f"{view.prefix}/{node.path}"
    return (
        f'<div class="views-row"><article data-history-node-id="{node.nid}" class="node node--type-article '
        "node--promoted"
        f' node--view-mode-teaser">\n  <header>\n    <h2 class="node__title"><a href="{address}" rel="bookmark">'
        '<span class="field'
        f' field--name-title field--type-string field--label-hidden">{escape(wording.title)}</span></a>'
        f"</h2>\n{_meta(node, view)}"
        '  </header>\n  <div class="node__content">\n    <div class="clearfix text-formatted '
        f'field field--name-body field__item">{summary}'
        '</div>\n    <div class="node__links"><ul class="links inline"><li class="node-readmore">'
        f'<a href="{address}">{view.labels.more}</a>'
        "</li></ul></div>\n  </div>\n</article></div>\n"
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
        f'<div class="field__item"><img loading="lazy" src="{field_image(name)}" width="480" height="320" alt="" />'
        "</div>"
        for name in node.images
    )
    return (
        f'    <div class="field field--name-field-image field--type-image field--label-hidden field__items">{items}'
        "</div>\n"
    )


def _files(node: Node, view: View) -> str:
    if not node.files:
        return ""
    items = "".join(
        '<div class="field__item"><span class="file file--mime-application-pdf file--application-pdf">'
        f'<a href="{FILES}{name}"'
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
        '    <div class="field field--name-field-tags field--type-entity-reference field--label-above">'
        '<div class="field__label">'
        f'{view.labels.rubric}</div><div class="field__items"><a href="{view.prefix}/rubrika/{node.rubric}">'
        f"{RUBRICS[node.rubric]}</a></div></div>\n"
    )


def _comments(node: Node, view: View) -> str:
    if not node.comments:
        return ""
    words = ("Спасибо, полезно.", "А когда в нашем районе?", "Дзякуй за навіну!", "Уточните, пожалуйста, телефон.")
    items = "".join(
        f'<article id="comment-{node.nid * 100 + n}" class="comment js-comment"><div class="comment__content">'
        '<div class="text-formatted'
        f' field field--name-comment-body field__item"><p>{words[(node.nid + n) % 4]}</p></div>'
        '<ul class="links inline"><li><a href="'
        f'{view.prefix}/comment/reply/{node.nid}/{node.nid * 100 + n}">{view.labels.reply}</a></li></ul></div>'
        "</article>\n"
        for n in range(node.comments)
    )
    return (
        '    <section data-drupal-selector="comments" class="comments field--name-comment field--type-comment">'
        '<h2 class="comments__title">'
        f"{view.labels.comments}</h2>\n{items}</section>\n"
    )
