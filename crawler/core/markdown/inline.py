"""One paragraph's pieces written as Markdown and as text: spaces, marks, links, escapes."""

import re
from collections.abc import Iterable

from crawler.core.markdown.model import CODE, DEL, EM, STRONG, SUB, SUP, Anchor, Path, Piece, Sort, Wrap

_MARKS = {STRONG: ("**", "**"), EM: ("*", "*"), DEL: ("~~", "~~"), SUB: ("<sub>", "</sub>"), SUP: ("<sup>", "</sup>")}
_SPECIAL = re.compile(r"[*_`\[\]<\\~&]")
_ESCAPES = re.compile(
    r"""\\(?=[!-/:-@\[-`{-~])          # a backslash that would be taken for an escape
      | (?<!\s)\*|\*(?!\s|$)|^\*       # an asterisk, unless it stands free
      | (?<![^\W_])_+(?=[^\W_])|(?<=[^\W_])_+(?![^\W_])
      | `
      | ~(?=~)
      | \[(?=[^\[\]]*\]\()
      | <(?=[A-Za-z/!?])
      | &(?=\#\d+;|\#[xX][0-9a-fA-F]+;|[A-Za-z][A-Za-z0-9]*;)""",
    re.VERBOSE,
)
_LINE_STARTS = re.compile(r"^(?:(?=#{1,6}(?:[ \t]|$))|(?=>)|(?=\[[^\[\]]+\]:))", re.MULTILINE)
_OPENERS = "#>[-_*="  # with which a line may open another block
_RULES = re.compile(r"^(?=(?:-[ \t]*){3,}$|(?:_[ \t]*){3,}$|(?:\*[ \t]*){3,}$|=+[ \t]*$)", re.MULTILINE)
_UNSAFE_IN_TARGET = re.compile(r"[\s<>\x00-\x1f]")


def tidied(pieces: Iterable[Piece]) -> list[Piece]:
    """White space as a browser shows it: single spaces, none at the edges or beside a line break."""
    out: list[Piece] = []
    space: Path | None = None  # the marks around a space seen and not yet written
    for piece in pieces:
        words = piece.text.split() if piece.sort is Sort.WORDS else []
        if piece.sort is Sort.WORDS and not words:
            space = piece.path if space is None else space
            continue
        if words and space is None and piece.text[0].isspace():
            space = piece.path
        if piece.sort is Sort.BREAK:
            if out and out[-1].sort is not Sort.BREAK:
                out.append(piece)
        else:
            if space is not None and out and out[-1].sort is not Sort.BREAK:
                out.append(Piece(Sort.WORDS, " ", space))
            out.append(Piece(Sort.WORDS, " ".join(words), piece.path) if words else piece)
        space = piece.path if words and piece.text[-1].isspace() else None
    while out and out[-1].sort is Sort.BREAK:
        out.pop()
    return out


def text_of(tidy: list[Piece], *, newline: str = "\n") -> str:
    """The words alone; pieces as `tidied` gives them."""
    if len(tidy) == 1 and tidy[0].sort is Sort.WORDS:
        return tidy[0].text
    return "".join(
        newline if piece.sort is Sort.BREAK else "" if piece.sort is Sort.IMAGE else piece.text for piece in tidy
    ).strip(" ")


def markdown_of(tidy: list[Piece], *, newline: str = "  \n", block_start: bool = True) -> str:
    """The pieces (as `tidied` gives them) in Markdown; `block_start`: escape what would open another block."""
    if len(tidy) == 1 and not tidy[0].path and tidy[0].sort is Sort.WORDS:
        written = escaped(tidy[0].text)
    else:
        written = _with_marks(tidy, newline)
    if block_start and ("\n" in written or written[:1] in _OPENERS):
        return _RULES.sub(r"\\", _LINE_STARTS.sub(r"\\", written))
    return written


def _with_marks(tidy: list[Piece], newline: str) -> str:
    writer = _Writer()
    for position, piece in enumerate(tidy):
        if piece.sort is Sort.BREAK or piece.text == " ":
            following = next((p for p in tidy[position + 1 : position + 3] if p.text != " "), None)
            writer.stay(piece.path, _path(following) if following else ())
            writer.add(newline if piece.sort is Sort.BREAK else " ", raw=True)
        else:
            writer.move(_path(piece))
            writer.add(_image(piece) if piece.sort is Sort.IMAGE else piece.text, raw=piece.sort is Sort.IMAGE)
    writer.move(())
    return writer.whole().strip(" ")


def _path(piece: Piece) -> Path:
    if piece.sort is Sort.IMAGE:
        return tuple(wrap for wrap in piece.path if isinstance(wrap, Anchor))
    return piece.path


def _common(one: Path, other: Path) -> Path:
    length = 0
    for a, b in zip(one, other, strict=False):
        if a != b:
            break
        length += 1
    return one[:length]


def _aligned(current: Path, target: Path) -> Path:
    """The same marks, in the order that leaves most of the open ones open: bold italic beside italic bold."""
    rest = list(target)
    kept: list[Wrap] = []
    for wrap in current:
        before = rest[: rest.index(wrap)] if wrap in rest else None
        if before is None or (before and (isinstance(wrap, Anchor) or any(isinstance(w, Anchor) for w in before))):
            break
        rest.remove(wrap)
        kept.append(wrap)
    return (*kept, *rest)


class _Writer:
    """Opens and closes marks between pieces; what a mark holds is written when it closes."""

    def __init__(self) -> None:
        self._path: Path = ()
        self._written: list[list[str]] = [[]]

    def move(self, target: Path) -> None:
        target = _aligned(self._path, target)
        shared = len(_common(self._path, target))
        for wrap in reversed(self._path[shared:]):
            inner = "".join(self._written.pop())
            self._written[-1].append(_wrapped(wrap, inner))
        for _ in target[shared:]:
            self._written.append([])
        self._path = target

    def stay(self, own: Path, following: Path) -> None:
        """Goes to the marks that a space shares with what stands before and after it: none open or close on it."""
        before = self._path
        self.move(_common(_common(before, _aligned(before, own)), _aligned(before, following)))

    def add(self, text: str, *, raw: bool = False) -> None:
        self._written[-1].append(text if raw or CODE in self._path else escaped(text))

    def whole(self) -> str:
        return "".join(self._written[0])


def escaped(text: str) -> str:
    """Escapes only what would swallow or restyle text: `**` but not `2 * 2`, `_x_` but not `a_b`."""
    if not _SPECIAL.search(text):
        return text
    return _ESCAPES.sub(lambda match: "".join("\\" + char for char in match[0]), text)


def _wrapped(wrap: Wrap, inner: str) -> str:
    if isinstance(wrap, Anchor):
        return f"[{_balanced(inner)}]({target(wrap.url)})"
    if wrap == CODE:
        return _code(inner)
    opening, closing = _MARKS[wrap]
    return opening + inner + closing


def _code(inner: str) -> str:
    fence = "`" * (1 + max((len(run) for run in re.findall("`+", inner)), default=0))
    padding = " " if inner.startswith("`") or inner.endswith("`") else ""
    return fence + padding + inner + padding + fence


def _balanced(label: str) -> str:
    """A link's label whose square brackets, where they do not pair, are escaped."""
    depth = 0
    for char in re.sub(r"\\.|!\[[^\[\]]*\]\([^()]*\)", "", label):
        depth += (char == "[") - (char == "]")
        if depth < 0:
            break
    return label if depth == 0 else re.sub(r"(?<!\\)[\[\]]", r"\\\g<0>", label)


def _image(piece: Piece) -> str:
    alt = re.sub(r"[\[\]\\]", r"\\\g<0>", " ".join(piece.text.split()))
    return f"![{alt}]({target(piece.url)})"


def target(url: str) -> str:
    """A URL as it can stand in Markdown's round brackets."""
    url = _UNSAFE_IN_TARGET.sub(lambda match: "".join(f"%{byte:02X}" for byte in match[0].encode()), url)
    return url if _pairs(url) else url.replace("(", "%28").replace(")", "%29")


def _pairs(url: str) -> bool:
    depth = 0
    for char in url:
        depth += (char == "(") - (char == ")")
        if depth < 0:
            return False
    return depth == 0
