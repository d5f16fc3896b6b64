r"""The source format of articles: light marks in text files, read into blocks.

Inline: `**strong**`, `*em*`, `~sub~`, `^sup^`, `--del--`, `` `code` ``, `[text](dest)`, `![alt](picture)`, ` \\ ` for a
line break. Blocks, parted by blank lines: `## heading`, `- item` and `1. item` (two spaces nest), `> quote`,
`| cell | cell |` (first line `|= head caption`; `{c2}` and `{r2}` before a cell span), `?? question` and `?! question`
with `: answer` lines (native, closed by style), `term :: meaning`, `!! picture | alt | caption`, `---`, and lines that
begin with `$ ` for preformatted text.
"""

import re

from tests.site.blocks import (
    Anchor,
    Block,
    Body,
    Break,
    Cell,
    Details,
    Figure,
    Heading,
    Inline,
    Inlines,
    Item,
    Listing,
    Mark,
    Marked,
    Paragraph,
    Picture,
    Preformatted,
    Quote,
    Rule,
    Table,
    Terms,
    Words,
)

FILES = "/sites/default/files/docs/"
PICTURES = "/sites/default/files/inline/"
_INLINE = re.compile(
    r"\*\*(?P<strong>.+?)\*\*|!\[(?P<alt>[^\]]*)\]\((?P<src>[^)]+)\)|\[(?P<label>[^\]]*)\]\((?P<dest>[^)]+)\)"
    r"|(?<![\w*])\*(?P<em>[^*]+)\*|~(?P<sub>[^~]+)~|\^(?P<sup>[^^]+)\^|--(?P<del>[^-]+)--"
    r"|`(?P<code>[^`]+)`|(?P<br> \\\\ )"
)
_MARKS: tuple[Mark, ...] = ("strong", "em", "sub", "sup", "del", "code")
_ITEM = re.compile(r"(?P<indent> *)(?P<mark>-|\d+\.) (?P<rest>.*)")
_SPAN = re.compile(r"\{([cr])(\d)\}")


def parse_body(source: str) -> Body:
    """The blocks of one article's source."""
    chunks = [chunk.strip("\n") for chunk in re.split(r"\n\s*\n", source.strip("\n")) if chunk.strip()]
    return tuple(_block(chunk) for chunk in chunks)


def parse_inlines(text: str) -> Inlines:
    """The inline pieces of one line of source."""
    found: list[Inline] = []
    end = 0
    for match in _INLINE.finditer(text):
        if match.start() > end:
            found.append(Words(text[end : match.start()]))
        found.append(_piece(match))
        end = match.end()
    if end < len(text):
        found.append(Words(text[end:]))
    return tuple(found)


def resolve(dest: str) -> str:
    """`file:x.pdf` and `pic:x.png` become the paths of the files folder; everything else stays as written."""
    if dest.startswith("file:"):
        return FILES + dest[5:]
    return PICTURES + dest[4:] if dest.startswith("pic:") else dest


def _piece(match: re.Match[str]) -> Inline:
    if match["br"]:
        return Break()
    if match["src"]:
        return Picture(resolve("pic:" + match["src"]), match["alt"])
    if match["dest"]:
        return Anchor(resolve(match["dest"]), parse_inlines(match["label"]))
    mark = next(mark for mark in _MARKS if match[mark])
    return Marked(mark, parse_inlines(match[mark]))


def _block(chunk: str) -> Block:
    lines = chunk.split("\n")
    first = lines[0]
    if first == "---":
        return Rule()
    if heading := re.match(r"(#{2,6}) (.*)", first):
        return Heading(len(heading[1]), parse_inlines(heading[2]))
    if _ITEM.match(first):
        return _listing(lines)
    for opening, build in _OPENINGS.items():
        if first.startswith(opening):
            return build(lines)
    if " :: " in first:
        pairs = (line.split(" :: ") for line in lines)
        return Terms(tuple((term, meaning) for term, meaning in pairs))
    return Paragraph(parse_inlines(" ".join(lines)))


def _quote(lines: list[str]) -> Block:
    return Quote(tuple(parse_inlines(line[2:]) for line in lines))


def _figure(lines: list[str]) -> Block:
    name, alt, caption = (part.strip() for part in lines[0][3:].split("|"))
    return Figure(Picture(PICTURES + name, alt), caption)


def _details(lines: list[str]) -> Block:
    answers = tuple(parse_inlines(line[2:]) for line in lines[1:])
    return Details(lines[0][3:], answers, native=lines[0].startswith("??"))


def _preformatted(lines: list[str]) -> Block:
    return Preformatted("\n".join(line[2:] for line in lines))


def _table(lines: list[str]) -> Block:
    head, caption = "none", ""
    if lines[0].startswith("|="):
        head, _, caption = lines.pop(0)[3:].partition(" ")
    rows = tuple(tuple(_cell(cell) for cell in line.strip().strip("|").split("|")) for line in lines)
    return Table(rows, {"thead": "thead", "th": "th"}.get(head, "none"), caption)  # type: ignore[arg-type]


def _cell(source: str) -> Cell:
    spans = {axis: int(count) for axis, count in _SPAN.findall(source)}
    return Cell(parse_inlines(_SPAN.sub("", source).strip()), spans.get("c", 1), spans.get("r", 1))


def _listing(lines: list[str]) -> Listing:
    """A list from its lines; deeper lines become the lists nested in the item above them."""
    rows = [match for line in lines if (match := _ITEM.match(line))]
    depth = len(rows[0]["indent"])
    starts = [n for n, row in enumerate(rows) if len(row["indent"]) == depth]
    items = []
    for start, end in zip(starts, [*starts[1:], len(rows)], strict=True):
        deeper = [row.string for row in rows[start + 1 : end]]
        items.append(Item(parse_inlines(rows[start]["rest"]), (_listing(deeper),) if deeper else ()))
    mark = rows[0]["mark"]
    return Listing(mark != "-", tuple(items), 1 if mark == "-" else int(mark[:-1]))


_OPENINGS = {"> ": _quote, "!! ": _figure, "?? ": _details, "?! ": _details, "$ ": _preformatted, "|": _table}
