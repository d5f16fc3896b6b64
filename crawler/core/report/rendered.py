"""A version's Markdown, as we write it, set as HTML that is safe in any page: no script, no image, no style of theirs.

Everything is escaped; only http and https addresses become links; pictures are named, not loaded.
"""

import re
from collections.abc import Iterator
from html import escape

from crawler.core.report.marks import shown
from crawler.core.report.order import safe_href

_NESTING = 30  # lists and quotes within each other; deeper ones are set as plain paragraphs
_OPEN = 100  # marks open at once; a hostile text's others are set as they are written
_PATIENCE = 500_000  # characters read for targets that are none
_FENCE = re.compile(r"`{3,}$")
_HEADING = re.compile(r"(#{1,6})(?: +(.*))?$")
_ITEM = re.compile(r"(- |\d{1,9}\. )(.*)$", re.DOTALL)
_DELIMITER = re.compile(r"\|(?: ---+ \|)+$")
_CELLS = re.compile(r"(?<!\\)\|")
_TOKEN = re.compile(
    r"""\\(?P<escaped>[!-/:-@\[-`{-~])
      | (?P<code>`+)(?P<inner>.+?)(?<!`)(?P=code)(?!`)
      | (?P<tag></?su[bp]>) | (?P<break><br>|\ \ \n|\n)
      | (?P<image>!\[) | (?P<open>\[) | (?P<close>\])
      | (?P<stars>\*+) | (?P<tilde>~~)
      | (?P<plain>[^\\`<*~!\[\]\ \n]+|.)""",
    re.VERBOSE | re.DOTALL,
)
_NAMES = {"*": "em", "**": "strong", "~~": "s"}


def render_markdown(markdown: str, *, top: int = 3) -> str:
    """The Markdown as HTML. Its first heading is of level `top` at most, and none skips a level.

    >>> render_markdown("**Post**: [1](https://mpt.example/1)")
    '<p><strong>Post</strong>: <a href="https://mpt.example/1" rel="noopener noreferrer nofollow">1</a></p>'
    >>> render_markdown("[x](javascript:alert) <b>")
    '<p>x &lt;b&gt;</p>'
    """
    return "\n".join(_Blocks(top).set(shown(markdown).split("\n")))


class _Blocks:
    """Sets blocks; remembers the level of the last heading."""

    def __init__(self, top: int) -> None:
        self._top = top
        self._level = top - 1

    def set(self, lines: list[str], depth: int = 0) -> Iterator[str]:
        at = 0
        while at < len(lines):
            if not lines[at].strip():
                at += 1
                continue
            end, written = self._block(lines, at, depth)
            yield written
            at = max(end, at + 1)

    def _block(self, lines: list[str], at: int, depth: int) -> tuple[int, str]:
        """The line behind the block that begins here, and the block."""
        line = lines[at]
        if _FENCE.match(line):
            return _fenced(lines, at)
        if line == "---":
            return at + 1, "<hr>"
        if heading := _HEADING.match(line):
            return at + 1, self._heading(len(heading[1]), heading[2] or "")
        if depth < _NESTING and line.startswith(">"):
            return self._quote(lines, at, depth)
        if depth < _NESTING and _ITEM.match(line):
            return self._listing(lines, at, depth)
        if line.startswith("|") and at + 1 < len(lines) and _DELIMITER.match(lines[at + 1]):
            return _table(lines, at)
        return _paragraph(lines, at)

    def _heading(self, level: int, text: str) -> str:
        if not text.strip():
            return ""  # whoever leaps from heading to heading would hear of one that says nothing
        self._level = min(self._top - 1 + level, self._level + 1, 6)
        return f"<h{self._level}>{inline(text)}</h{self._level}>"

    def _quote(self, lines: list[str], at: int, depth: int) -> tuple[int, str]:
        end = at
        while end < len(lines) and lines[end].startswith(">"):
            end += 1
        inner = [line[2:] if line.startswith("> ") else line[1:] for line in lines[at:end]]
        return end, "<blockquote>" + "\n".join(self.set(inner, depth + 1)) + "</blockquote>"

    def _listing(self, lines: list[str], at: int, depth: int) -> tuple[int, str]:
        ordered = not lines[at].startswith("- ")
        items: list[str] = []
        while at < len(lines) and (item := _ITEM.match(lines[at])) and ordered is (item[1] != "- "):
            number = f' value="{int(item[1][:-2])}"' if ordered else ""
            at, inner = _indented(lines, at, len(item[1]))
            written = [item[2], *inner]
            body = "\n".join(self.set(written, depth + 1)) if len(inner) else inline(item[2])
            items.append(f"<li{number}>{body}</li>")
        tag = "ol" if ordered else "ul"
        return at, f"<{tag}>" + "\n".join(items) + f"</{tag}>"


def _indented(lines: list[str], at: int, indent: int) -> tuple[int, list[str]]:
    """The line behind an item, and the item's lines after its first, their indent taken off."""
    end, found = at + 1, []
    while end < len(lines) and (not lines[end].strip() or lines[end].startswith(" " * indent)):
        found.append(lines[end][indent:])
        end += 1
    while found and not found[-1].strip():
        found.pop()
    return end, found


def _fenced(lines: list[str], at: int) -> tuple[int, str]:
    end = next((i for i in range(at + 1, len(lines)) if lines[i] == lines[at]), len(lines))
    return end + 1, "<pre>" + escape("\n".join(lines[at + 1 : end])) + "</pre>"


def _paragraph(lines: list[str], at: int) -> tuple[int, str]:
    end = at + 1
    while end < len(lines) and lines[end].strip() and not _ITEM.match(lines[end]):
        end += 1
    return end, f"<p>{inline(chr(10).join(lines[at:end]))}</p>"


def _table(lines: list[str], at: int) -> tuple[int, str]:
    end = at + 2
    while end < len(lines) and lines[end].startswith("|"):
        end += 1
    head = _row(lines[at])
    rows = [f"<tr>{''.join(f'<td>{cell}</td>' for cell in _row(line))}</tr>" for line in lines[at + 2 : end]]
    top = f"<thead><tr>{''.join(_head(cell) for cell in head)}</tr></thead>" if any(head) else ""
    return end, f'<div class="scroll"><table>{top}<tbody>{"".join(rows)}</tbody></table></div>'


def _head(cell: str) -> str:
    return f'<th scope="col">{cell}</th>' if cell else "<td></td>"


def _row(line: str) -> list[str]:
    return [inline(cell.replace("\\|", "|").strip()) for cell in _CELLS.split(line.strip())[1:-1]]


def inline(text: str) -> str:
    """One paragraph's Markdown as HTML; what opens and never closes is set as it is written."""
    writer, text, at = _Inline(), text.strip(), 0
    while token := _TOKEN.match(text, at):
        at = token.end() + writer.take(token)
    return writer.whole()


class _Inline:
    """Takes tokens one by one; what was opened waits on a stack for its end. Linear in the text's length."""

    def __init__(self) -> None:
        self._out: list[str] = []
        self._opened: list[tuple[str, int]] = []  # (mark, place in what is written)
        self._patience = _PATIENCE

    def take(self, token: re.Match[str]) -> int:
        """Takes one token; returns how many characters behind it were taken with it, as a link's target."""
        match token.lastgroup:
            case "close":
                return self._close(token)
            case "inner":  # of code
                self._write(f"<code>{escape(token['inner'])}</code>")
            case "stars":
                self._stars(token)
            case "tilde":
                self._mark("~~")
            case "tag":
                self._tag(token["tag"])
            case "image" | "open":
                self._open(token[0])
            case "break":
                self._write("<br>")
            case "escaped":
                self._write(escape(token["escaped"]))
            case _:
                self._write(escape(token[0]))
        return 0

    def whole(self) -> str:
        return "".join(self._out)

    def _write(self, text: str) -> None:
        self._out.append(text)

    def _open(self, mark: str) -> None:
        """Writes the mark as it is; what closes it writes something else in its place."""
        if len(self._opened) < _OPEN:
            self._opened.append((mark, len(self._out)))
        self._write(escape(mark))

    def _stars(self, token: re.Match[str]) -> None:
        """A run of asterisks closes what is open, innermost first, then opens."""
        left = len(token[0])
        while left and self._opened and not _blank(token, -1):
            mark = self._opened[-1][0]
            if mark not in ("*", "**") or len(mark) > left:
                break
            self._end(mark)
            left -= len(mark)
        while left and not _blank(token, 1):
            mark = "**" if left >= 2 else "*"
            self._open(mark)
            left -= len(mark)
        self._write("*" * left)

    def _mark(self, mark: str) -> None:
        if any(one == mark for one, _ in self._opened):
            self._end(mark)
        else:
            self._open(mark)

    def _end(self, mark: str) -> None:
        """Closes the mark that was opened last; what was opened in it and never closed stays as it is written."""
        while self._opened:
            one, place = self._opened.pop()
            if one == mark:
                self._out[place] = f"<{_NAMES[mark]}>"
                self._write(f"</{_NAMES[mark]}>")
                return

    def _tag(self, tag: str) -> None:
        """Sub- and superscripts: ours, and only in pairs."""
        if not tag.startswith("</"):
            self._open(tag)
        elif self._opened and self._opened[-1][0] == tag.replace("/", ""):
            self._out[self._opened.pop()[1]] = tag.replace("/", "")
            self._write(tag)
        else:
            self._write(escape(tag))

    def _close(self, token: re.Match[str]) -> int:
        """The end of a link's or picture's label: it is one only where a target follows."""
        depth = next((i for i in range(len(self._opened), 0, -1) if self._opened[i - 1][0] in ("[", "![")), 0)
        target, read = _target(token.string, token.end()) if depth and self._patience > 0 else (None, 0)
        if target is None:
            self._patience -= read
            if depth and len(self._opened) == depth:
                self._opened.pop()
            self._write("]")
            return 0
        mark, place = self._opened[depth - 1]
        del self._opened[depth - 1 :]
        self._linked(mark, place, target)
        return len(target) + 2

    def _linked(self, mark: str, place: int, target: str) -> None:
        href = safe_href(target)
        inner = "".join(self._out[place + 1 :])
        del self._out[place:]
        if mark == "![":
            name = re.sub(r"<[^>]*>", "", inner) or escape(target.rpartition("/")[2])
            self._write(f'<span class="picture">{name}</span>')
        elif href is None or "<a " in inner:
            self._write(inner)
        else:
            self._write(f'<a href="{escape(href)}" rel="noopener noreferrer nofollow">{inner or escape(href)}</a>')


def _blank(token: re.Match[str], side: int) -> bool:
    """Whether white space or nothing stands before (-1) or behind (1) the token."""
    at = token.start() - 1 if side < 0 else token.end()
    return not 0 <= at < len(token.string) or token.string[at].isspace()


def _target(text: str, at: int) -> tuple[str | None, int]:
    """What stands in the round brackets at this place, their own pairs minded, and how much was read for it."""
    depth, end = 0, at
    for end in range(at, min(len(text), at + 8_000)):
        char = text[end]
        depth += (char == "(") - (char == ")")
        if depth == 0 and end > at:
            return text[at + 1 : end], end - at
        if depth == 0 or char.isspace():
            break
    return None, end - at
