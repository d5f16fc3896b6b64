"""Which differences last over two fetches of a page: edits do, clocks and rotating boxes do not."""

import pytest

from crawler.core.settle.persist import persists
from storage.records import Document, Extractor, Link, PageKind

PLAN = "Совет утвердил план ремонта крыши до конца марта"
OPEN = "Библиотека открыта с десяти часов утра"
PHONE = "Справки по телефону 21-14-00 в будни"
BOATS, LIGHT, FISH, FERRY, PARK, RINK = (
    "Лодки сдаются напрокат", "Старый маяк закрыт", "Рыбаки жалуются на лёд",
    "Новый паром из Орши", "Концерт в парке", "Каток работает до ночи",
)  # fmt: skip

Lines = tuple[str, ...]


def clock(time: str, depth: int = 3) -> str:
    return f"Сейчас 14.02.2022 {time}, вода стоит на отметке {depth} метра"


def page(*lines: str, title: str = "Порт", links: Lines = ()) -> Document:
    return Document(
        title=title, language="ru", published=None, kind=PageKind.PAGE, markdown="", text="\n".join(lines),
        links=tuple(Link(url=url, text="далее") for url in links), extractor=Extractor.TRAFILATURA,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("before", "first", "second"),
    [
        ((PLAN, clock("10:01:05"), OPEN), (PLAN, clock("10:05:06"), OPEN), (PLAN, clock("10:05:07"), OPEN)),
        (("Просмотров: 55", PLAN), ("Просмотров: 57", PLAN), ("Просмотров: 59", PLAN)),
        ((PLAN, BOATS, LIGHT, OPEN), (PLAN, FISH, FERRY, OPEN), (PLAN, PARK, RINK, OPEN)),
        ((PLAN, BOATS, LIGHT), (PLAN, FISH, BOATS), (PLAN, PARK, BOATS)),
        ((PLAN, BOATS), (PLAN, FISH), (PLAN, BOATS)),
    ],
    ids=["clock", "counter", "rotating box", "box with something that comes back", "box as it was before"],
)
def test_noise_does_not_last(before: Lines, first: Lines, second: Lines) -> None:
    assert not persists(page(*before), page(*first), page(*second))


@pytest.mark.parametrize(
    ("before", "first", "second"),
    [
        ((PLAN, OPEN), (PLAN, OPEN, PHONE), (PLAN, OPEN, PHONE)),
        ((PLAN, OPEN, PHONE), (OPEN, PLAN, PHONE), (OPEN, PLAN, PHONE)),
        ((PLAN, clock("1:01"), PHONE), (PLAN, clock("1:02"), "По телефону 5"), (PLAN, clock("1:03"), "По телефону 5")),
        ((clock("1:01"), PLAN), (clock("1:02", depth=4), PLAN), (clock("1:03", depth=4), PLAN)),
        ((clock("1:01"), PLAN), (clock("1:02") + " и выше", PLAN), (clock("1:03") + " и выше", PLAN)),
        ((PLAN, OPEN, clock("1:01")), (PLAN, clock("1:02")), (PLAN, clock("1:03"))),
        ((PLAN, PHONE, BOATS), (PLAN, PHONE.replace("14", "15"), FISH), (PLAN, PHONE.replace("14", "15"), PARK)),
        ((PLAN,), (PLAN, clock("1:02")), (PLAN, clock("1:03"))),
    ],
    ids=[
        "line added",
        "lines in another order",
        "line beside a clock",
        "number in the clock's own line",
        "words after a clock",
        "line above a clock removed",
        "number in the line above a rotating box",
        "line with a clock added",
    ],
)
def test_an_edit_lasts(before: Lines, first: Lines, second: Lines) -> None:
    assert persists(page(*before), page(*first), page(*second))


def test_a_link_target_lasts_beside_a_counter() -> None:
    before = page("Просмотров: 5", links=("https://port.example/a",))
    first, second = (page(f"Просмотров: {n}", links=("https://port.example/b",)) for n in (6, 7))
    assert persists(before, first, second)


def test_a_title_lasts_and_a_counter_in_it_does_not() -> None:
    assert persists(page(PLAN), page(PLAN, title="Гавань"), page(PLAN, title="Гавань"))
    before, first, second = (page(PLAN, title=f"({count}) Порт") for count in (1, 2, 3))
    assert not persists(before, first, second)
