"""Articles composed from phrase banks, for the larger sizes; the same seed gives the same ones."""

import random
import tomllib
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from tests.site.labels import RUBRICS
from tests.site.nodes import CONTENT, EDITORS, MINSK, Attached, Content, Node, Wording, alias

FIRST = 2001  # node numbers of composed articles begin here
PENDING = 2  # of them are published by events
_START = datetime(2016, 3, 1, 9, 0, tzinfo=MINSK)
_DAYS = 3560  # the last one is older than what stands in the feed alone
Bank = dict[str, Any]


@cache
def banks() -> dict[str, Bank]:
    """The phrase banks by language."""
    return tomllib.loads((CONTENT / "phrases.toml").read_text("utf-8"))


def compose(content: Content, total: int, seed: int) -> None:
    """Add articles and their files until `total` are published; no two have the same words."""
    rng = random.Random(seed)
    published = sum(node.live and node.kind == "news" and not node.orphan for node in content.nodes.values())
    paths = {node.path for node in content.nodes.values()}
    count = total - published + PENDING
    for n in range(count):
        at = _START + timedelta(days=_DAYS * n // count, minutes=rng.randrange(480))
        writer = Writer(rng, FIRST + n, "be" if n % 4 == 3 else "ru", at.year)
        node = writer.node(at, paths, pending=n >= count - PENDING)
        paths.add(node.path)
        content.nodes[node.nid] = node
        if writer.file:
            content.files[writer.file.name] = writer.file


@dataclass
class Writer:
    """Writes one article."""

    rng: random.Random
    nid: int
    language: str
    year: int
    file: Attached | None = None

    @property
    def bank(self) -> Bank:
        return banks()[self.language]

    def node(self, at: datetime, taken: set[str], *, pending: bool) -> Node:
        """The whole node; an alias that is taken gives way to the dated form."""
        town = self.rng.choice(self.bank["towns"])
        title = self.say(self.rng.choice(self.bank["titles"]), town)
        path = alias(self.nid, at, title, "slug" if self.nid % 3 == 0 else "date")
        return Node(
            nid=self.nid,
            kind="news",
            wording=Wording(language=self.language, title=title, source=self.source(town)),
            created=at,
            path=alias(self.nid, at, title, "date") if path in taken else path,
            rubric=list(RUBRICS)[self.nid % len(RUBRICS)],
            editor=EDITORS[self.rng.randrange(len(EDITORS))],
            comments=self.rng.choice((0, 0, 0, 1, 2)),
            pending=pending,
        )

    def source(self, town: str) -> str:
        """Three to eight blocks; the first and the last are paragraphs."""
        told = self.rng.sample(self.bank["sentences"], 3)
        blocks = [
            f"{self.say(self.rng.choice(self.bank['leads']), town)} {self.say(told[0], town)}",
            f"{self.say(told[1], town)} {self.say(told[2], town)}",
        ]
        makers = (self._list, self._table, self._quote, self._heading, self._sentence)
        blocks += [make(town) for make in self.rng.sample(makers, self.rng.randint(1, 3))]
        if self.nid % 4 == 0:
            blocks.append(self.say(self.bank["law"], town))
        if self.nid % 5 == 0:
            blocks.insert(1, f"![{self.bank['picture']}](brigada-{self.nid}.png)")
        if self.nid % 9 == 0:
            blocks.append(self._attached(town))
        blocks.append(self.say(self.rng.choice(self.bank["closings"]), town))
        return "\n\n".join(blocks)

    def say(self, phrase: str, town: str = "") -> str:
        """The phrase with its slots filled."""
        number = self.rng.randint
        month = self.rng.choice(self.bank["months"])
        date = self.bank["date"].format(day=number(2, 27), month=month, year=self.year)
        return phrase.format(
            town=town,
            n=number(12, 989),
            m=f"{number(10, 99)} {number(100, 999)}",
            pct=f"{number(2, 97)},{number(1, 8)}",
            date=date,
            year=self.year,
            act=number(100, 9899),
            phone=f"8 (017) {number(200, 399)}-{number(10, 99)}-{number(10, 99)}",
            nid=self.nid,
            file=f"svodka-{self.nid}.pdf",
        )

    def _sentence(self, town: str) -> str:
        return self.say(self.rng.choice(self.bank["sentences"]), town)

    def _list(self, town: str) -> str:
        items = (self.say(item, town) for item in self.rng.sample(self.bank["items"], 3))
        return f"{self.bank['intro']}\n\n" + "\n".join(f"- {item};" for item in items)

    def _table(self, town: str) -> str:
        plots = self.rng.sample(self.bank["plots"], 3)
        rows = [f"| {plot} | {self.say('{n}')} | {self.say('{pct}')} |" for plot in plots]
        return "\n".join(["|= thead", "| " + " | ".join(self.bank["head"]) + " |", *rows])

    def _quote(self, town: str) -> str:
        return "> " + str(self.rng.choice(self.bank["quotes"]))

    def _heading(self, town: str) -> str:
        return f"## {self.bank['heading']}\n\n{self._sentence(town)}"

    def _attached(self, town: str) -> str:
        lines = tuple(self.say(line) for line in self.bank["file_lines"])
        title = f"{self.bank['file_title']} {self.nid}"
        self.file = Attached(name=f"svodka-{self.nid}.pdf", language=self.language, title=title, lines=lines)
        return self.say(self.bank["attached"])
