"""A difference for the terminal: pieces of text with the names of styles, nothing printed."""

from collections.abc import Iterator

from crawler.core.diff import BlockKind, Diff, SpanKind
from crawler.core.report.marks import Gap, Line, Mark, lines

Piece = tuple[str, str]  # style (as rich names them; "" for none) and text

_STYLES = {SpanKind.SAME: "", SpanKind.ADDED: "underline green", SpanKind.REMOVED: "strike red"}
_SIGN_STYLES = {
    BlockKind.SAME: "",
    BlockKind.ADDED: "bold green",
    BlockKind.REMOVED: "bold red",
    BlockKind.CHANGED: "bold yellow",
    BlockKind.MOVED: "bold cyan",
}


def render_terminal_diff(diff: Diff, *, context: int = 1) -> list[Piece]:
    """The changes with their context as (style, text); texts hold their own line ends and no control characters.

    Signs tell what the colours tell, so that it can be read without them.
    """
    pieces: list[Piece] = []
    for item in lines(diff, context=context):
        pieces.extend(_gap(item) if isinstance(item, Gap) else _line(item))
    return pieces or [("dim", "no difference in the text\n")]


def _gap(gap: Gap) -> Iterator[Piece]:
    kind = "more changed" if gap.changed else "unchanged"
    yield "dim", f"  … {gap.blocks} {kind} {'paragraph' if gap.blocks == 1 else 'paragraphs'}, {gap.words} words …\n"


def _line(line: Line) -> Iterator[Piece]:
    yield _SIGN_STYLES[line.kind], f"{line.sign} "
    if line.moved_from is not None:
        yield "dim", f"[moved from paragraph {line.moved_from} to {line.moved_to}] "
    for index, cell in enumerate(line.cells):
        if index:
            yield "dim", " | "
        for mark in cell:
            yield _mark(mark, line.kind)
    yield "", "\n"


def _mark(mark: Mark, kind: BlockKind) -> Piece:
    if mark.folded:
        return "dim", f"… {mark.folded} words …"
    text = mark.text.replace("\n", " ")
    if kind is BlockKind.SAME:
        return "dim", text
    if kind is BlockKind.CHANGED or kind is BlockKind.MOVED:
        return _STYLES[mark.kind], {SpanKind.ADDED: f"{{+{text}+}}", SpanKind.REMOVED: f"[-{text}-]"}.get(
            mark.kind, text
        )
    return _STYLES[mark.kind], text
