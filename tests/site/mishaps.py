"""True events on composed articles: each article meets at most one, the seed says which."""

import random
import re
from collections.abc import Callable, Iterator

from tests.site.composed import FIRST, Writer, banks
from tests.site.nodes import Content, Node
from tests.site.script import Step

_PLAN = (
    *("digit",) * 7,
    *("decimal",) * 4,
    *("word",) * 5,
    *("negation",) * 3,
    *("date",) * 3,
    *("title",) * 4,
    *("link",) * 3,
    *("image",) * 2,
    *("paragraph-added",) * 3,
    *("paragraph-deleted",) * 3,
    *("attachment-replaced",) * 2,
    *("attachment-added",) * 2,
    *("deleted-404",) * 2,
    *("deleted-403",) * 2,
    *("deleted-redirect",) * 2,
    *("moved-301",) * 2,
    *("moved-silently",) * 2,
)
_WHAT = {
    "digit": "numbers",
    "decimal": "numbers",
    "date": "dates",
    "title": "title",
    "link": "links",
    "image": "images",
    "attachment-replaced": "attachments",
    "attachment-added": "attachments",
}
_STATUS = {"deleted-404": 404, "deleted-403": 403, "deleted-redirect": 302}
Fields = dict[str, object]


def composed_steps(content: Content, seed: int) -> list[Step]:
    """Events of all sorts on composed articles; the first article deleted comes back in stage 2."""
    rng = random.Random(seed + 1)
    waiting = [node for node in content.nodes.values() if node.nid >= FIRST and not node.pending]
    rng.shuffle(waiting)
    steps = []
    for number, sort in enumerate(_PLAN):
        node, fields = next((n, found) for n in waiting if (found := _fields(sort, n, content, rng)) is not None)
        waiting.remove(node)
        what = (_WHAT.get(sort, "text"),) if "status" not in fields and "path" not in fields else ()
        steps.append(Step(name=f"{sort}-{number}", node=node.nid, what=what, **fields))  # type: ignore[arg-type]
    steps += _published(content)
    removed = next(step for step in steps if step.status == 404)
    return [*steps, Step(name="restored", node=removed.node, restore=True, stage=2, note="Удалённая статья возвращена")]


def _published(content: Content) -> Iterator[Step]:
    for node in content.nodes.values():
        if node.nid >= FIRST and node.pending:
            yield Step(name=f"published-{node.nid}", node=node.nid, publish=True, note="Новая статья")


def _fields(sort: str, node: Node, content: Content, rng: random.Random) -> Fields | None:
    """What the step needs to know; null when this article does not lend itself to it."""
    if sort in _STATUS:
        return {"status": _STATUS[sort], "note": f"Статья удалена: 200 -> {_STATUS[sort]}"}
    if sort.startswith("moved"):
        redirect = sort == "moved-301"
        return {"path": f"arhiv/zapis-{node.nid}", "redirect": redirect, "note": f"Адрес изменён, 301: {redirect}"}
    if sort == "title":
        return {"title": f"{node.wording.title} (итоги)", "note": "Заголовок дополнен словом «(итоги)»"}
    if sort == "attachment-replaced":
        return _replaced_file(node, content)
    if sort == "paragraph-added" or sort == "attachment-added":
        return _appended(sort, node, rng)
    found = _EDITS[sort](node)
    return None if found is None else {"find": found[0], "put": found[1], "note": f"{found[0]!r} -> {found[1]!r}"}


def _replaced_file(node: Node, content: Content) -> Fields | None:
    file = content.files.get(f"svodka-{node.nid}.pdf")
    if file is None:
        return None
    line = file.lines[1]
    put = line[:-1] + str((int(line[-1]) + 1) % 10)
    return {"file": file.name, "find": line, "put": put, "note": f"{file.name}: {line!r} -> {put!r}"}


def _appended(sort: str, node: Node, rng: random.Random) -> Fields | None:
    if sort == "attachment-added":
        added = "Приложение: [График приёма](file:grafik-priema.pdf)."
    else:
        writer = Writer(rng, node.nid, node.wording.language, node.created.year)
        added = writer.say(writer.bank["added"])
    return {"append": added, "note": f"Добавлено: {added!r}"}


def _around(pattern: str, change: Callable[[re.Match[str]], str]) -> Callable[[Node], tuple[str, str] | None]:
    """An edit of the first match of `pattern`, found by the words around it, which stand once in the source."""

    def edit(node: Node) -> tuple[str, str] | None:
        source = node.wording.source
        for match in re.finditer(pattern, source):
            before = re.split(r"[\n|]", source[max(0, match.start() - 20) : match.start()])[-1]
            find = before + match[0]
            if source.count(find) == 1:
                return find, before + change(match)
        return None

    return edit


def _next_digit(match: re.Match[str]) -> str:
    return match[0][:-1] + str((int(match[0][-1]) + 1) % 10)


def _next_day(match: re.Match[str]) -> str:
    return f"{int(match[1]) + 1} {match[2]}"


def _exchange(table: str) -> Callable[[Node], tuple[str, str] | None]:
    def edit(node: Node) -> tuple[str, str] | None:
        pairs: dict[str, str] = banks()[node.wording.language][table]
        return next((pair for pair in pairs.items() if node.wording.source.count(pair[0]) == 1), None)

    return edit


def _second_paragraph(node: Node) -> tuple[str, str] | None:
    """A paragraph in the middle, with the blank line after it."""
    chunks = node.wording.source.split("\n\n")
    paragraph = chunks[2 if chunks[1].startswith("!") else 1]
    return paragraph + "\n\n", ""


_MONTHS = "|".join(month for bank in banks().values() for month in bank["months"])
_EDITS: dict[str, Callable[[Node], tuple[str, str] | None]] = {
    "digit": _around(rf"(?<= )\d{{2,3}}(?= (?!{_MONTHS})[а-яіў])", _next_digit),
    "decimal": _around(r"\d+,\d", _next_digit),
    "word": _exchange("swaps"),
    "negation": _exchange("negations"),
    "date": _around(rf"(\d{{1,2}}) ({_MONTHS})", _next_day),
    "link": _around(r"guid=\d+", _next_digit),
    "image": _around(r"brigada-\d+", lambda match: f"{match[0]}-novaya"),
    "paragraph-deleted": _second_paragraph,
}
