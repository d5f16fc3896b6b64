"""What is true of the site now: one Truth for each article, static page and document."""

from collections.abc import Iterator
from zlib import crc32

from tests.site import expected
from tests.site.model import Truth
from tests.site.nodes import Attached, Node, Wording
from tests.site.source import FILES
from tests.site.world import World


def field_image(name: str) -> str:
    """A picture of the image field in its image style; the token is as steady as Drupal's own."""
    return f"/sites/default/files/styles/large/public/field/image/{name}?itok={crc32(name.encode()):08x}"


def truths(world: World, base: str) -> list[Truth]:
    """Every page once; documents that a live page links, once each."""
    pages = list(_pages(world, base))
    return pages + list(_documents(world, base, pages))


def address(node: Node, base: str, language: str = "") -> str:
    """The canonical address: without prefix, but for a true translation."""
    return f"{base}/{language}/{node.path}" if language else f"{base}/{node.path}"


def _pages(world: World, base: str) -> Iterator[Truth]:
    for node in sorted(world.nodes.values(), key=lambda node: node.nid):
        if not node.live:
            continue
        yield _truth(node, node.wording, base, "")
        for wording in node.translations:
            yield _truth(node, wording, base, wording.language)


def _truth(node: Node, wording: Wording, base: str, language: str) -> Truth:
    body = wording.body
    url = address(node, base, language)
    fields = tuple((base + FILES + name, text) for name, text in node.files)
    pictures = tuple((base + field_image(name), "") for name in node.images)
    shown = [f"![]({image})" for image, _ in pictures] + [f"[{text}]({file})" for file, text in fields]
    return Truth(
        url=url,
        aliases=tuple(alias for alias in _aliases(node, base, language) if alias != url),
        kind=node.kind,
        title=wording.title,
        language=wording.language,
        published=node.created.isoformat() if node.kind == "news" else None,
        text="\n\n".join([expected.text_of(body), *(text for _, text in fields)]),
        markdown="\n\n".join([expected.markdown_of(body, base + "/"), *shown]),
        links=expected.links_of(body, base + "/") + fields,
        images=expected.images_of(body, base + "/") + pictures,
        attachments=expected.attachments_of(body, base + "/") + fields,
        node=node.nid,
        orphan=node.orphan,
    )


def _aliases(node: Node, base: str, language: str) -> Iterator[str]:
    translated = {wording.language for wording in node.translations}
    prefixes = [f"/{language}"] if language else ["", "/ru", *(f"/{p}" for p in ("be", "en") if p not in translated)]
    for prefix in prefixes:
        yield f"{base}{prefix}/{node.path}"
        yield f"{base}{prefix}/{node.path}/"
        yield f"{base}{prefix}/{node.path}?special=1"
        yield f"{base}{prefix}/node/{node.nid}"
        yield f"{base}{prefix}/print/{node.nid}"
        yield f"{base}{prefix}/?q=node/{node.nid}"
        yield from (f"{base}{prefix}/comment/{node.nid * 100 + n}" for n in range(node.comments))


def _documents(world: World, base: str, pages: list[Truth]) -> Iterator[Truth]:
    owners: dict[str, int] = {}
    for page in pages:
        for url, _ in page.attachments:
            if not page.orphan:
                owners.setdefault(url, page.node)
    for url, node in owners.items():
        if file := world.files.get(url.removeprefix(base + FILES)):
            yield _document(file, url, node)


def _document(file: Attached, url: str, node: int) -> Truth:
    return Truth(
        url=url,
        aliases=(),
        kind="document",
        title=file.title,
        language=file.language,
        published=None,
        text="\n\n".join(line.removeprefix("## ") for line in file.paragraphs),
        markdown="\n\n".join(file.paragraphs),
        body_bytes=file.content,
        node=node,
    )
