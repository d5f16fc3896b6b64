"""Edits of a page: cosmetic ones that no reader would call a change, and true ones, each a single statement altered."""

import re
from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import dataclass

from lxml import etree, html

from storage.records import Document

Page = etree._Element
_MARKUP = re.compile(r"(<!--.*?-->|<(?:script|style|pre|title)\b.*?</(?:script|style|pre|title)>|<[^>]+>)", re.DOTALL)
_CYRILLIC_WORD = re.compile("[А-Яа-яІіЎўЁё]{4,}")


def parsed(body: bytes) -> Page:
    return html.document_fromstring(body.decode("utf-8"))


def written(page: Page) -> bytes:
    return bytes(html.tostring(page, encoding="utf-8", doctype="<!DOCTYPE html>"))


# ---- cosmetic edits: on the page's source -------------------------------------------------------------------------


def _texts(change: Callable[[str], str]) -> Callable[[str], str]:
    """Applies a change to the texts between tags, inside <body> only; preformatted text is left alone."""

    def cosmetic(source: str) -> str:
        start = source.index(">", source.index("<body")) + 1
        parts = _MARKUP.split(source[start:])
        return source[:start] + "".join(part if position % 2 else change(part) for position, part in enumerate(parts))

    return cosmetic


def _tags(pattern: str, replacement: str | Callable[[re.Match[str]], str]) -> Callable[[str], str]:
    return lambda source: re.sub(pattern, replacement, source)


def _rewrapped(text: str) -> str:
    return re.sub(r"(?<=\S) (?=\S)", "\n\t   ", text)


def _hyphenated(text: str) -> str:
    return _CYRILLIC_WORD.sub(lambda match: match[0][:2] + "\u00ad" + match[0][2:], text)


def _spaced_by_nothing(text: str) -> str:
    return _CYRILLIC_WORD.sub(lambda match: match[0][:3] + "\u200b" + match[0][3:], text)


def _look_alikes(text: str) -> str:
    swap = str.maketrans("аеосрхуі", "aeocpxyi")
    return _CYRILLIC_WORD.sub(lambda match: match[0][0] + match[0][1:3].translate(swap) + match[0][3:], text)


def _references(text: str) -> str:
    return re.sub("[ол]", lambda match: f"&#{ord(match[0])};", text)


def _bold_word(text: str) -> str:
    return _CYRILLIC_WORD.sub(lambda match: f"<strong>{match[0]}</strong>", text, count=1)


def _half_italic(text: str) -> str:
    return _CYRILLIC_WORD.sub(lambda match: f"<i>{match[0][:2]}</i><em>{match[0][2:]}</em>", text, count=1)


def _outside(source: str) -> str:
    source = re.sub(r'(<div class="(?:clock|hits)">)[^<]*', r"\g<1>21.11.2026 17:45:01 ", source)
    source = re.sub(r"form-[A-Za-z0-9_-]{1,60}", "form-Zz9", source)
    source = re.sub(r'"theme_token":"\w+"', '"theme_token":"Qq7"', source)
    return source.replace("</body>", "<div id='ads'><p>Сегодня 3 баннера</p></div></body>")


def _sidebars(source: str) -> str:
    source = source.replace("Заметка из соседней колонки", "Другая заметка 2026").replace(
        "17 просмотров", "18 просмотров"
    )
    return source.replace("Чужой абзац из боковой колонки", "Иной абзац").replace(
        "Спасибо!", "Спасибо! Ещё комментарий"
    )


def _links(change: Callable[[str], str]) -> Callable[[str], str]:
    """Applies a change to the http and relative targets of links, not to the canonical address."""

    def each(match: re.Match[str]) -> str:
        target = match[2]
        plain = (
            not target.startswith(("mailto:", "tel:", "javascript:", "#", "?"))
            and "bad" not in target
            and target.strip() == target
        )
        return match[1] + (change(target) if plain else target) + '"'

    return lambda source: re.sub(r'(<a [^>]*?href=")([^"]*)"', each, source)


def _with_key(key: str) -> Callable[[str], str]:
    return lambda target: target + ("&amp;" if "?" in target else "?") + key


def _slashed(target: str) -> str:
    return target + "/" if not re.search(r"[?#]|\.\w+$|/$", target) else target


COSMETIC: dict[str, Callable[[str], str]] = {
    "text re-wrapped": _texts(_rewrapped),
    "spaces doubled": _texts(lambda text: re.sub(r"(?<=\S) (?=\S)", "  ", text)),
    "no-break spaces": _texts(lambda text: re.sub(r"(?<=\S) (?=\S)", "&nbsp;", text)),
    "narrow no-break spaces": _texts(lambda text: re.sub(r"(?<=\S) (?=\S)", "\u202f", text)),
    "soft hyphens": _texts(_hyphenated),
    "zero-width spaces": _texts(_spaced_by_nothing),
    "straight quotes": _texts(lambda text: re.sub("[«»“”]", '"', text)),
    "curly quotes": _texts(lambda text: text.replace("«", "“").replace("»", "”")),
    "dashes": _texts(lambda text: text.replace("—", "–").replace(" - ", " — ")),
    "hyphens": _texts(lambda text: text.replace("-", "\u2011")),
    "apostrophes": _texts(lambda text: text.replace("’", "'")),
    "ellipsis": _texts(lambda text: text.replace("…", "...")),
    "ё to е": _texts(lambda text: text.replace("ё", "е").replace("Ё", "Е")),
    "look-alike letters": _texts(_look_alikes),
    "character references": _texts(_references),
    "a word in bold": _texts(_bold_word),
    "half a word in italics": _texts(_half_italic),
    "bold off": _tags(r"</?(?:strong|b|em|i)(?: [^>]*)?>", ""),
    "spans within paragraphs": _tags(
        r"<p([^>]*)>(.*?)</p>", r'<p\1><span style="color:#000"><span>\2</span></span></p>'
    ),
    "divs around paragraphs": _tags(r"(<p[^>]*>.*?</p>)", r'<div class="wrap">\1</div>'),
    "paragraphs become divs": _tags(r"<(/?)p(?=[ >])", r"<\1div"),
    "classes": _tags(r"<(p|li|td|h2|span)(?=[ >])", r'<\1 data-x="1"'),
    "styles": _tags(r"<p>", '<p style="text-align: justify; margin: 0">'),
    "comments": _tags(r"(</(?:p|li|td)>)", r"<!-- end -->\1"),
    "empty elements": _tags(r"(</p>)", r"<span></span><b></b>\1<p>&nbsp;</p>"),
    "headings a level lower": _tags(r"<(/?)h2(?=[ >])", r"<\1h3"),
    "bullets become numbers": _tags(r"<(/?)ul(?=[ >])", r"<\1ol"),
    "image tokens": _tags(r"itok=\w+", "itok=QqWw99"),
    "image token added": _tags(r'(<img [^>]*?src="/sites[^"?]*)"', r'\1?itok=New1"'),
    "image cache buster": _tags(r'(<img [^>]*?src="/sites[^"?]*\.(?:jpg|png))"', r'\1?1700000001"'),
    "image style": _tags(r"/styles/large/", "/styles/medium/"),
    "image sizes": _tags(r"<img (?![^>]*width=\"1\")", '<img width="640" height="427" loading="lazy" '),
    "utm on links": _links(_with_key("utm_source=vk&amp;utm_medium=post")),
    "session key on links": _links(_with_key("PHPSESSID=af09b1c2d3")),
    "trailing slash": _links(_slashed),
    "scheme": _tags("https://mpt\\.gov\\.by/(?=sites)", "http://mpt.gov.by/"),
    "www": _tags("https://(?=mpt\\.gov\\.by/sites|pravo\\.example|lib\\.example|t\\.example)", "https://www."),
    "default port": _tags("https://pravo\\.example/", "https://pravo.example:443/"),
    "clock, counter, tokens": _outside,
    "sidebars and comments": _sidebars,
}
"""Each keeps the document's digests, `formatting` aside."""

OUTSIDE = ("clock, counter, tokens", "sidebars and comments")


# ---- true edits: on the tree --------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Edit:
    name: str
    page: bytes
    parts: tuple[str, ...]  # of the digests, which this edit has to change


def edits(page: Page, document: Document) -> Iterator[Edit]:
    """True single edits of the document's words, of its title and of what it refers to."""
    root_css, text = document.root or "body", document.text
    yield from _edits_of_words(page, root_css, text)
    yield from _edits_of_targets(page, root_css, {link.text for link in document.links})
    for position, paragraph in enumerate(_within(page, root_css, "p")):
        if len(words := _words(paragraph)) > 3 and words in text:
            yield _edit(page, paragraph, f"paragraph {position} deleted", ("text",), _delete)
            yield _edit(page, paragraph, f"paragraph after {position}", ("text",), _add)
    for heading in page.iter("h1"):
        if "page-title" in f"{heading.get('id')} {heading.get('class')}" and _words(heading):
            yield _edit(page, heading, "title", ("title",), _retitle)


_WORDINGS: list[tuple[str, str, str, tuple[str, ...]]] = [
    ("digit", r"(\d)(?=\D*$)", "@next", ("text", "numbers")),
    ("decimal comma moved", r"(\d),(\d)", r"\1\2,", ("text", "numbers")),
    ("decimal comma to point", r"(\d),(\d)", r"\1.\2", ("text", "numbers")),
    ("year", r"\b(19|20)(\d\d)\b", "2031", ("text", "numbers")),
    ("month", r"\b(апреля|мая|августа)\b", "ноября", ("text",)),
    ("word", r"[А-Яа-яІіЎў]{5,}", "другое", ("text",)),
    ("capital letter", r"[а-я](?=[а-я]{4})", "@upper", ("text",)),
    ("«не» inserted", r"(?<=[а-яі]) (?=[а-яі])", " не ", ("text",)),
    ("word removed", r" [а-яіў]{4,}(?= )", "", ("text",)),
    ("letter", r"[ао](?=[а-я]{2})", "у", ("text",)),
    ("comma", r"(?<=[а-я]) (?=[а-я])", ", ", ("text",)),
]


def _edits_of_words(page: Page, root_css: str, text: str) -> Iterator[Edit]:
    nodes = [node for node in _within(page, root_css, "*") if node.text and node.tag not in ("style", "script")]
    for position, node in enumerate(nodes):
        before = node.text or ""
        if len(before.strip()) < 2 or " ".join(before.split()) not in text:
            continue
        for name, pattern, replacement, parts in _WORDINGS:
            changed = re.sub(pattern, _replacing(replacement), before, count=1)
            if changed != before:
                yield _edit(page, node, f"{name} in <{node.tag}> {position}", parts, _text_to(changed))


def _text_to(words: str) -> Callable[[Page], None]:
    return lambda node: setattr(node, "text", words)


def _attribute_to(name: str, value: str) -> Callable[[Page], None]:
    return lambda node: node.set(name, value)


def _replacing(replacement: str) -> str | Callable[[re.Match[str]], str]:
    if replacement == "@next":
        return lambda match: str((int(match[0]) + 1) % 10)
    return (lambda match: match[0].upper()) if replacement == "@upper" else replacement


def _edits_of_targets(page: Page, root_css: str, texts: set[str]) -> Iterator[Edit]:
    for position, anchor in enumerate(_within(page, root_css, "a")):
        href, words = anchor.get("href") or "", _words(anchor)
        if not href or href == "#" or href.startswith(("javascript:", "http://[")) or words not in texts - {""}:
            continue
        file = re.search(r"\.(pdf|docx?|xlsx|zip)\b", href, re.IGNORECASE)
        parts = ("links", "attachments") if file else ("links",)
        other = re.sub(r"(\.\w+)(?=$|\?)", r"-new\1", href) if file else _elsewhere(href)
        yield _edit(page, anchor, f"target of link {position}", parts, _attribute_to("href", other))
    for position, image in enumerate(_within(page, root_css, "img")):
        source = image.get("src") or ""
        if source.startswith("/sites/"):
            other = re.sub(r"(\.\w+)(?=$|\?)", r"2\1", source)
            yield _edit(page, image, f"image {position} replaced", ("images",), _attribute_to("src", other))


def _elsewhere(href: str) -> str:
    if href.startswith("mailto:"):
        return "mailto:other@svyaz.example"
    if href.startswith("tel:"):
        return href[:-1] + str((int(href[-1]) + 1) % 10)
    path, mark, query = href.partition("?")
    return path.rstrip("/") + "-2" + mark + query if path else "?page=77"


def _within(page: Page, root_css: str, tag: str) -> list[Page]:
    root = page.cssselect(root_css)[0]
    return [node for node in root.iter(tag) if isinstance(node.tag, str)]


def _edit(page: Page, node: Page, name: str, parts: tuple[str, ...], change: Callable[[Page], None]) -> Edit:
    copy = deepcopy(page)
    change(list(copy.iter())[list(page.iter()).index(node)])
    return Edit(name=name, page=written(copy), parts=parts)


def _words(node: Page) -> str:
    return " ".join("".join(str(text) for text in node.itertext()).split())


def _delete(node: Page) -> None:
    outer = node.getparent()
    if outer is not None:
        outer.remove(node)


def _add(node: Page) -> None:
    node.addnext(html.fragment_fromstring("<p>Добавленный абзац без цифр.</p>"))


def _retitle(node: Page) -> None:
    holder = node if node.text and node.text.strip() else node[0]
    holder.text = (holder.text or "") + " и ещё"
