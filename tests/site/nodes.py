"""The site's own records: nodes, their translations and comments, and attached files; read from the content folder."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta, timezone
from functools import lru_cache
from pathlib import Path

from tests.site import files
from tests.site.blocks import Body
from tests.site.source import parse_body

MINSK = timezone(timedelta(hours=3))
CONTENT = Path(__file__).parent / "content"
EDITORS = ("plain", "justify", "fonts", "word", "legacy", "div", "bare")
PREAMBLES = {
    "ru": "Настоящий документ размещён на официальном сайте учебного министерства связи для всеобщего сведения. "
    "Текст приведён с учётом изменений, внесённых на день размещения, и может быть свободно использован с указанием "
    "источника. Замечания принимает отдел документации.",
    "be": "Гэты дакумент размешчаны на афіцыйным сайце вучэбнага міністэрства сувязі для агульнага ведама. "
    "Тэкст прыведзены з улікам змяненняў, унесеных на дзень размяшчэння, і можа быць свабодна выкарыстаны з "
    "пазначэннем крыніцы. Заўвагі прымае аддзел дакументацыі.",
    "en": "This document is placed on the official site of the training ministry of communications for public notice. "
    "The wording includes all amendments made by the day of placement and may be used freely when the source is named. "
    "Comments are welcome at the documentation department.",
}
_LETTERS = "абвгдеёжзийклмнопрстуфхцчшщъыьэюяіў"
_SOUNDS = [
    "a",
    "b",
    "v",
    "g",
    "d",
    "e",
    "yo",
    "zh",
    "z",
    "i",
    "y",
    "k",
    "l",
    "m",
    "n",
    "o",
    "p",
    "r",
    "s",
    "t",
    "u",
    "f",
    "h",
    "c",
    "ch",
    "sh",
    "shch",
    "",
    "y",
    "",
    "e",
    "yu",
    "ya",
    "i",
    "u",
]
_LATIN = dict(zip(_LETTERS, _SOUNDS, strict=True))


@dataclass(frozen=True, kw_only=True)
class Wording:
    """A title and a body in one language."""

    language: str
    title: str
    source: str

    @property
    def body(self) -> Body:
        return _parsed(self.source)


@dataclass(frozen=True, kw_only=True)
class Node:
    """One node as it stands now; an edit is a replacement."""

    nid: int
    kind: str  # news or page
    wording: Wording
    created: datetime
    path: str  # alias without prefix and leading slash
    rubric: str = ""
    editor: str = "plain"
    comments: int = 0
    files: tuple[tuple[str, str], ...] = ()  # the file field: (file name, description)
    images: tuple[str, ...] = ()  # the image field
    feed_only: bool = False  # linked by nothing but the feed
    orphan: bool = False  # linked by nothing
    pending: bool = False  # not published yet: an event will
    translations: tuple[Wording, ...] = ()
    status: int = 200  # what its address answers: 200, 404, 403, or 302 to the listing

    @property
    def live(self) -> bool:
        return self.status == 200 and not self.pending

    def said_in(self, language: str) -> Wording:
        """The wording that a reader under this prefix sees."""
        return next((wording for wording in self.translations if wording.language == language), self.wording)


@dataclass(frozen=True, kw_only=True)
class Attached:
    """A file of the files folder: its words and its bytes."""

    name: str
    language: str
    title: str
    lines: tuple[str, ...]
    stamp: str = "20240305103000"

    @property
    def paragraphs(self) -> tuple[str, ...]:
        """A PDF begins with a paragraph of several lines: it shows how wide the page is."""
        return (PREAMBLES[self.language], *self.lines) if self.name.endswith(".pdf") else self.lines

    @property
    def content(self) -> bytes:
        return _file_bytes(self)

    @property
    def media_type(self) -> str:
        word = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
        return "application/pdf" if self.name.endswith(".pdf") else word


@dataclass
class Content:
    nodes: dict[int, Node] = field(default_factory=dict)
    files: dict[str, Attached] = field(default_factory=dict)


def load(folder: Path = CONTENT) -> Content:
    """All hand-written records, by node number and by file name."""
    content = Content()
    records = [record for path in sorted(folder.glob("*.txt")) for record in _records(path.read_text("utf-8"))]
    for header, title, source in sorted(records, key=lambda record: "translation" in record[0]):
        _add(content, header, title, source)
    return content


def slug(title: str) -> str:
    """Drupal's transliterated alias of a title, 80 characters at most."""
    latin = "".join(_LATIN.get(letter, letter) for letter in title.lower())
    words = "".join(letter if letter.isascii() and letter.isalnum() else " " for letter in latin).split()
    return "-".join(words)[:80].rstrip("-")


def alias(nid: int, created: datetime, title: str, style: str) -> str:
    """`news/DD-MM-YYYY-NID`, the title's slug, or the given path."""
    if style == "date":
        return f"news/{created:%d-%m-%Y}-{nid}"
    return slug(title) if style == "slug" else style


def _records(text: str) -> Iterator[tuple[list[str], str, str]]:
    for record in f"\n{text}".split("\n@@ ")[1:]:
        header, title, *rest = record.split("\n", 2)
        yield header.split(), title, (rest[0] if rest else "").strip("\n")


def _add(content: Content, header: list[str], title: str, source: str) -> None:
    if header[0] == "file":
        lines = tuple(line for line in source.split("\n") if line)
        content.files[header[1]] = Attached(name=header[1], language=header[2], title=title, lines=lines)
        return
    nid, language = int(header[0]), header[1]
    wording = Wording(language=language, title=title, source=source)
    if header[2] == "translation":
        node = content.nodes[nid]
        content.nodes[nid] = replace(node, translations=(*node.translations, wording))
        return
    content.nodes[nid] = _node(nid, wording, header[2], dict(word.split("=", 1) for word in header[3:]))


def _node(nid: int, wording: Wording, at: str, options: dict[str, str]) -> Node:
    created = datetime.fromisoformat(at).replace(tzinfo=MINSK)
    kind = options.get("kind", "news")
    flags = options.get("flags", "").split(",")
    named = (name.partition(":") for name in options.get("files", "").split(",") if name)
    return Node(
        nid=nid,
        kind=kind,
        wording=wording,
        created=created,
        path=alias(nid, created, wording.title, options.get("path", "date")),
        rubric=options.get("rubric", ""),
        editor=options.get("editor", EDITORS[nid % len(EDITORS)]),
        comments=int(options.get("comments", "0")),
        files=tuple((name, text.replace("_", " ") or name) for name, _, text in named),
        images=tuple(name for name in options.get("images", "").split(",") if name),
        feed_only="feedonly" in flags,
        orphan="orphan" in flags,
        pending="pending" in flags,
    )


@lru_cache(maxsize=8192)
def _parsed(source: str) -> Body:
    return parse_body(source)


@lru_cache(maxsize=1024)
def _file_bytes(attached: Attached) -> bytes:
    if attached.name.endswith(".pdf"):
        return files.pdf(attached.paragraphs, attached.title, attached.stamp)
    return files.docx(attached.paragraphs, attached.title)
