"""Drupal's pages: articles, listings, sections, the front page, errors, print views."""

from functools import lru_cache
from html import escape

from tests.site import answers, bartik, bartik_node, olivero, olivero_node
from tests.site.answers import NO_CACHE, Answer
from tests.site.blocks import Paragraph
from tests.site.editors import HANDS, body_html
from tests.site.expected import inline_text
from tests.site.labels import RUBRICS
from tests.site.nodes import EDITORS, Node, Wording
from tests.site.view import Screen, View

ROWS = 10


def article(node: Node, view: View) -> Answer:
    """The full view of a node under this language's prefix."""
    wording = node.said_in(view.language)
    ten = drawn_by_ten(node, view)
    canonical, shortlink = f"{view.prefix}/{node.path}", f"{view.prefix}/node/{node.nid}"
    bundle = "article" if node.kind == "news" else "page"
    old = f"not-front page-node page-node- page-node-{node.nid} node-type-{bundle}"
    screen = Screen(
        title=wording.title,
        main=(olivero_node if ten else bartik_node).full(node, wording, rendered(wording, hand_of(node, view)), view),
        body_class=f"path-node page-node-type-{bundle}" if ten else old,
        canonical=canonical,
        shortlink=shortlink,
        translated=tuple((other.language, other.title) for other in node.translations),
    )
    link = ("Link", f'<{canonical}>; rel="canonical",<{shortlink}>; rel="shortlink"')
    return answers.html((olivero if ten else bartik).page(screen, view), headers=(*_frame(view, ten=ten), link))


def print_view(node: Node, view: View) -> Answer:
    """The bare page for printers; its canonical address is absolute."""
    wording = node.said_in(view.language)
    address = f"{view.base}{view.prefix}/{node.path}"
    return answers.html(
        f'<!DOCTYPE html><html lang="{view.language}"><head><meta charset="utf-8"><title>{escape(wording.title)}'
        "</title>"
        f'<meta name="robots" content="noindex, nofollow, noarchive"><link rel="canonical" href="{address}"></head>'
        "<body>"
        f'<div class="print-site_name">{view.labels.site} (<a href="{view.base}{view.prefix}">{view.base}</a>)</div>'
        f'<h1>{escape(wording.title)}</h1><div class="print-content"><div class="field field-name-body">'
        '<div class="field-items">'
        f'<div class="field-item even">{rendered(wording, hand_of(node, view))}</div></div></div></div>'
        f'<div class="print-footer">{view.noise.clock}</div><hr><div><strong>Source URL:</strong> '
        f'<a href="{address}">{address}</a>'
        "</div></body></html>",
        headers=_frame(view, ten=drawn_by_ten(node, view)),
    )


def listing(nodes: list[Node], title: str, page: int, view: View, *, front: bool = False) -> Answer:
    """A page of teasers with a pager; a page beyond the last is empty and answers 200."""
    ten = view.world.markup == "d10"
    teaser = olivero_node.teaser if ten else bartik_node.teaser
    shown = nodes[page * ROWS : (page + 1) * ROWS]
    rows = "".join(teaser(node, node.said_in(view.language), _summary(node, view), view) for node in shown)
    last = max(0, (len(nodes) - 1) // ROWS)
    main = (rows or '<div class="view-empty"></div>\n') + (_pager(page, last, view) if last else "")
    place = "front" if front else "not-front"
    body_class = f"{place} page-{view.path.split('/')[0] or 'node'}"
    screen = Screen(title=title, main=main, body_class=body_class, front=front, feed=True)
    return answers.html((olivero if ten else bartik).page(screen, view), headers=_frame(view, ten=ten))


def section(rubric: str, page: int, view: View) -> Answer:
    """The listing of one taxonomy term."""
    return listing(view.world.listed(rubric), RUBRICS[rubric], page, view)


def message(status: int, title: str, words: str, view: View, headers: tuple[tuple[str, str], ...] = ()) -> Answer:
    """A page that has no content of its own: not found, denied, a form."""
    ten = view.world.markup == "d10"
    screen = Screen(title=title, main=words, body_class="not-front page-system")
    page = (olivero if ten else bartik).page(screen, view)
    return answers.html(page, status=status, headers=(*_frame(view, ten=ten), *headers))


def not_found(view: View) -> Answer:
    words = f'The requested page "{escape(view.prefix)}/{escape(view.path)}" could not be found.'
    return message(404, view.labels.missing, words, view)


def denied(view: View) -> Answer:
    return message(403, view.labels.denied, "You are not authorized to access this page.", view)


def drawn_by_ten(node: Node, view: View) -> bool:
    """Whether Drupal 10 draws this node: all, none, or every third."""
    return view.world.markup == "d10" or (view.world.markup == "mixed" and node.nid % 3 == 2)


def hand_of(node: Node, view: View) -> str:
    """The editor's hand in this round: noise lets another editor save the same words."""
    if not view.world.round:
        return node.editor
    return EDITORS[(EDITORS.index(node.editor) + view.world.round) % len(EDITORS)]


@lru_cache(maxsize=8192)
def rendered(wording: Wording, hand: str) -> str:
    """The body field's HTML; the same object for the same words and hand."""
    return body_html(wording.body, HANDS[hand])


def _frame(view: View, *, ten: bool) -> tuple[tuple[str, str], ...]:
    return (
        *NO_CACHE,
        ("Content-Language", view.language),
        ("X-Frame-Options", "SAMEORIGIN"),
        ("X-Content-Type-Options", "nosniff"),
        ("X-Generator", "Drupal 10 (https://www.drupal.org)" if ten else "Drupal 7 (http://drupal.org)"),
    )


def _summary(node: Node, view: View) -> str:
    return summary(node.said_in(view.language), 1 + (node.nid + view.world.round) % 2)


@lru_cache(maxsize=8192)
def summary(wording: Wording, count: int) -> str:
    """A teaser's words: the first paragraph or two."""
    paragraphs = [inline_text(block.inner) for block in wording.body if isinstance(block, Paragraph)]
    return "".join(f"<p>{escape(words)}</p>" for words in paragraphs[:count])


def _pager(page: int, last: int, view: View) -> str:
    def item(kind: str, to: int, words: str) -> str:
        query = f"?page={to}" if to else ""
        return f'<li class="pager-{kind}"><a href="{view.prefix}/{view.path}{query}">{words}</a></li>\n'

    shown = range(max(0, min(page, last) - 4), min(last, page + 4) + 1)
    rows = [item("first", 0, "« первая"), item("previous", page - 1, "‹ предыдущая")] if 0 < page <= last + 1 else []
    rows += [f'<li class="pager-current">{n + 1}</li>\n' if n == page else item("item", n, str(n + 1)) for n in shown]
    if page < last:
        rows += [item("next", page + 1, "следующая ›"), item("last", last, "последняя »")]
    return (
        f'<h2 class="element-invisible">Страницы</h2><div class="item-list"><ul class="pager">{"".join(rows)}</ul>'
        "</div>"
    )
