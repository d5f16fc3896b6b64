"""Profile selectors: ordered lists, sets of what to leave out, and what is no selector."""

import pytest
from lxml import html

from crawler.core.selectors import Tree, Without, alternatives

PAGE = Tree(
    html.document_fromstring(
        "<div class='a b' id=one><p class=c>1</p><p class='c d'>2</p><span id=two>3</span></div><p class=c>4</p>"
    )
)


def left(*selectors: str) -> str:
    leave_out = Without(selectors).bound(PAGE)
    return "".join(element.text or "" for element in PAGE.root.iter("p", "span") if not leave_out(element))


@pytest.mark.parametrize(
    ("selectors", "rest"),
    [
        ((), "1234"),
        ((".c",), "3"),
        (("p.d",), "134"),
        ((".c.d",), "134"),
        (("span.c",), "1234"),
        (("#two",), "124"),
        (("span#two",), "124"),
        (("span",), "124"),
        (("div > .c",), "34"),
        ((".a .d, #two",), "14"),
        (("p:not(.d)",), "23"),
        ((".x", "P.d"), "134"),
        (("[id=two]",), "124"),
    ],
)
def test_without(selectors: tuple[str, ...], rest: str) -> None:
    assert left(*selectors) == rest


def test_first_of_an_ordered_list() -> None:
    found = PAGE.first((".x", "p.d", "p"))
    assert found is not None
    assert (found[0], found[1].text) == ("p.d", "2")
    assert PAGE.first((".x",)) is None


@pytest.mark.parametrize(
    ("css", "texts"),
    [
        ("#two, .c", "1234"),
        (".c", "124"),
        ("p", "124"),
        ("div .c", "12"),
        ("div > .c", "12"),
        ("body > .c", "4"),
        ("html .a > .d", "2"),
        ("body > .d", ""),
        ("#one.b > p.c.d", "2"),
        ("P.D", ""),
        (".c:not(.d)", "14"),
        ("html body div #two", "3"),
        (".a>.c", "12"),
    ],
)
def test_select_in_document_order(css: str, texts: str) -> None:
    found = PAGE.select(css)
    assert "".join(element.text or "" for element in found) == texts
    assert found == PAGE.root.cssselect(css)


@pytest.mark.parametrize("css", ["..", "p[", "p:nosuch()", ">"])
def test_what_is_no_selector(css: str) -> None:
    with pytest.raises(ValueError, match="CSS"):
        PAGE.select(css)


def test_alternatives() -> None:
    assert list(alternatives("a, b:not(c, d), [x='1,2']")) == ["a", "b:not(c, d)", "[x='1,2']"]
