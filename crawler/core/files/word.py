"""DOCX by mammoth: its HTML keeps headings, lists, tables, links and footnotes."""

from typing import cast

from lxml import etree
from lxml import html as lxml_html

from crawler.core.files.containers import Container
from crawler.core.files.reading import NoTextError, Reading, blocks, writable

MAX_DOCUMENT_XML = 40 * 1024 * 1024  # bytes; mammoth holds some fifty times as much

_CORE_TITLE = "{http://purl.org/dc/elements/1.1/}title"
_STYLES = """
p[style-name='Title'] => h1:fresh
p[style-name='Название'] => h1:fresh
p[style-name='Заголовок'] => h1:fresh
"""


def read_docx(body: bytes) -> Reading:
    """The main text with its footnotes; headers and footers are furniture. Raises NoTextError."""
    import mammoth  # slow to import, needed by one format only

    container = Container(body)
    if len(container.xml("word/document.xml")) > MAX_DOCUMENT_XML:
        raise NoTextError("too_large")
    packed = container.repacked(lambda name: name.endswith((".xml", ".rels")) and not name.startswith("customXml/"))
    result = mammoth.convert_to_html(
        packed,
        style_map=_STYLES,
        include_embedded_style_map=False,
        external_file_access=False,
        convert_image=mammoth.images.img_element(lambda image: {"src": ""}),
    )
    return Reading(root=_cleaned(result.value), title=office_title(container))


def office_title(container: Container) -> str | None:
    """The title in the properties of an Office Open XML file; None when it has none."""
    if "docProps/core.xml" not in container.names("docProps/"):
        return None
    title = container.tree("docProps/core.xml").find(_CORE_TITLE)
    return None if title is None or title.text is None else title.text.strip() or None


def _cleaned(markup: str) -> etree._Element:
    """mammoth's HTML without embedded pictures and without links inside the file."""
    if not markup.strip():
        return blocks(())
    root = cast(etree._Element, lxml_html.fragment_fromstring(writable(markup), create_parent="div"))
    for anchor in list(root.iter("a")):
        target = anchor.get("href", "")
        if not target or target.startswith("#"):
            if (anchor.text or "") == "↑":
                anchor.text = ""
            anchor.drop_tag()  # type: ignore[attr-defined]
    for image in list(root.iter("img")):
        image.drop_tree()  # type: ignore[attr-defined]
    return root
