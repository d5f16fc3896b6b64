"""A page of an unknown site: what it says, and how a site draws it again and again."""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape

from tests.unknown.words import Writer


@dataclass(frozen=True, kw_only=True)
class Block:
    tag: str  # "p", "h2", "ul", "ol", "blockquote", "table"
    rows: tuple[tuple[str, ...], ...]  # one row of one text for a paragraph; items; cells

    @property
    def text(self) -> str:
        return "\n".join("\t".join(row) for row in self.rows)

    @property
    def html(self) -> str:
        cells = [[escape(text, quote=False) for text in row] for row in self.rows]
        if self.tag == "table":
            rows = "".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in cells)
            return f"<table><tbody>{rows}</tbody></table>"
        if self.tag in ("ul", "ol"):
            return f"<{self.tag}>" + "".join(f"<li>{row[0]}</li>" for row in cells) + f"</{self.tag}>"
        inner = f"<p>{cells[0][0]}</p>" if self.tag == "blockquote" else cells[0][0]
        return f"<{self.tag}>{inner}</{self.tag}>"


@dataclass(frozen=True, kw_only=True)
class Story:
    """What a page says, in truth."""

    number: int
    path: str
    title: str
    day: str
    blocks: tuple[Block, ...]

    @property
    def text(self) -> str:
        return "\n\n".join(block.text for block in self.blocks)

    @property
    def html(self) -> str:
        return "\n".join(block.html for block in self.blocks)


@dataclass(frozen=True, kw_only=True)
class UnknownSite:
    name: str
    host: str
    stories: tuple[Story, ...]
    lists: tuple[str, ...]  # paths of listing pages
    draw: Callable[[str, random.Random], str]  # path, source of all that differs from one drawing to the next

    def url(self, path: str) -> str:
        return f"https://{self.host}{path}"

    def page(self, path: str, drawing: int) -> bytes:
        """One drawing of a page: the truth is the same, the noise another."""
        return self.draw(path, random.Random(f"{self.name} {path} {drawing}")).encode()


def stories(language: str, count: int, path: str) -> tuple[Story, ...]:
    """Stories of all shapes: one sentence, long reads, lists, quotes, tables, nothing but a table."""
    return tuple(_story(language, number, path) for number in range(count))


def _story(language: str, number: int, path: str) -> Story:
    writer = Writer(language, number)
    shape = number % 10
    blocks = [_paragraph(writer, most=2 if shape == 1 else 4)]
    if shape not in (1, 2):
        blocks += [_paragraph(writer) for _ in range(writer.number(1, 6))]
    if shape in (3, 4):
        blocks += [
            Block(tag="h2", rows=((writer.title(),),)),
            _list(writer, "ul" if shape == 3 else "ol"),
            _paragraph(writer),
        ]
    if shape == 5:
        blocks.insert(1, Block(tag="blockquote", rows=((writer.sentence(),),)))
    if shape in (6, 7):
        blocks += [_table(writer), _paragraph(writer)]
    if shape == 8:
        blocks = [_table(writer)]
    day = f"{writer.number(1, 28):02}.{writer.number(1, 12):02}.2017"
    return Story(number=number, path=path.format(number=number), title=writer.title(), day=day, blocks=tuple(blocks))


def _paragraph(writer: Writer, most: int = 4) -> Block:
    return Block(tag="p", rows=((writer.paragraph(most),),))


def _list(writer: Writer, tag: str) -> Block:
    return Block(tag=tag, rows=tuple((writer.phrase(),) for _ in range(writer.number(2, 6))))


def _table(writer: Writer) -> Block:
    """A table whose cells repeat from page to page, as tables do."""
    head = (("№", "Показатель", "План", "Факт"),)
    kinds = ("Письма", "Посылки", "Переводы", "Подписка")
    rows = tuple(
        (str(n + 1), kinds[n], "да" if writer.chance(0.5) else "нет", str(writer.number(1, 9)))
        for n in range(writer.number(2, 4))
    )
    return Block(tag="table", rows=head + rows)


def links(shown: Sequence[Story], site: str = "") -> str:
    return "".join(f'<li><a href="{site}{story.path}">{escape(story.title)}</a></li>' for story in shown)


def opening(story: Story) -> str:
    """The first words of a story, as lists and cards show them."""
    return escape(" ".join(story.text.split()[:20])) + "…"
