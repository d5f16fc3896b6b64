"""What is learnt of a site's template, and what is taken out of its pages."""

import json
from collections.abc import Iterable

import pytest
from lxml import etree

from crawler.core.learnt import MAX_PAGES, Learnt, from_json, to_json
from crawler.core.leaves import leaves, segment
from crawler.core.page import parse
from crawler.core.remainder import find_text
from crawler.core.template import MAX_PATHS, learn, observe, observe_pair, prune, template_paths

WORDS = ("мост", "почта", "тариф", "канал", "шлюз", "маяк", "паром", "кабель", "узел", "рейс")


def unique(number: int, part: int = 0) -> str:
    """A sentence that stands on one page only."""
    letters = "".join("абвгдежзик"[int(digit)] for digit in f"{number * 7 + part:05}")
    return f"{WORDS[number % 10].capitalize()} {letters} открыт для проезда, сообщает служба {letters[::-1]}."


def page(number: int, inner: str | None = None, clock: str = "12:00") -> bytes:
    body = inner or f"<p>{unique(number)}</p><p>{unique(number, 1)}</p>"
    return f"""<html><head><title>Страница {unique(number)}</title></head><body>
<div class="top"><a href="/">Портовая служба</a> <span>{clock}</span></div>
<div class="main"><h1>{unique(number, 2)}</h1>{body}</div>
<ul class="menu"><li>Новости</li><li>Контакты</li></ul>
<div class="foot"><p>Телефон дежурного: 21-14-00, улица Причальная, 3</p></div></body></html>""".encode()


def pages(count: int, start: int = 0) -> list[tuple[str, bytes]]:
    return [(f"https://port.example/{number}", page(number)) for number in range(start, start + count)]


def text_of(body: bytes, learnt: Learnt) -> str:
    return find_text(parse(body, url="https://port.example/x", headers={}), learnt, title="").text


def words_of(tree: etree._Element) -> str:
    return " ".join(" ".join(map(str, next(tree.iter("body")).itertext())).split())


def test_places_that_say_the_same_everywhere_are_template() -> None:
    assert template_paths(learn(pages(12))) == {"div.top", "ul.menu/li", "div.foot/p"}


def test_the_rest_of_the_page_is_its_text() -> None:
    assert text_of(page(99), learn(pages(12))) == f"{unique(99)}\n\n{unique(99, 1)}"


def test_a_contacts_page_keeps_what_it_has_in_common_with_the_footer() -> None:
    same = "<p>Телефон дежурного: 21-14-00, улица Причальная, 3</p>"
    assert text_of(page(99, same), learn(pages(30))) == "Телефон дежурного: 21-14-00, улица Причальная, 3"


def test_cells_and_items_of_the_text_stay_though_they_come_back_on_every_page() -> None:
    table = "<table><tr><td>Понедельник</td><td>да</td></tr></table><ul><li>паспорт</li><li>заявление</li></ul>"
    site = [(f"https://port.example/{n}", page(n, f"<p>{unique(n)}</p>{table}")) for n in range(20)]
    learnt = learn(site)
    assert text_of(page(99, table), learnt) == "Понедельник\tда\n\nпаспорт\nзаявление"


def test_nothing_is_pruned_before_ten_pages() -> None:
    learnt = learn(pages(9))
    assert template_paths(learnt) == frozenset()
    assert words_of(prune(page(50), learnt)) == words_of(prune(page(50), Learnt()))
    assert template_paths(learn(pages(10)))


def test_pruning_leaves_the_given_tree_as_it_is() -> None:
    root = parse(page(50), url="https://port.example/50", headers={}).root
    before = etree.tostring(root)
    assert "Причальная" not in words_of(prune(root, learn(pages(12))))
    assert etree.tostring(root) == before


@pytest.mark.parametrize(
    "again",
    [
        [(f"https://port.example/{n}", page(n)) for n in range(12)] * 5,
        [(f"https://port.example/{way}/{n}", page(n)) for way in ("ru", "node", "print") for n in range(12)],
    ],
    ids=["recrawled five times", "each under three more addresses"],
)
def test_the_same_page_again_teaches_nothing(again: Iterable[tuple[str, bytes]]) -> None:
    learnt = learn(pages(12))
    seen = learnt
    for url, body in again:
        seen = observe(seen, body, url)
    assert seen.pages == 12
    assert text_of(page(5), seen) == f"{unique(5)}\n\n{unique(5, 1)}"


def rotating(number: int, drawing: int) -> bytes:
    """A page with a box in the text that is another at each fetch, and a counter in a paragraph."""
    box = f'<div class="tip">{unique(5000 + number * 17 + drawing * 131)}</div>'
    return page(number, f"<p>{unique(number)}</p>{box}<p>Прочитано раз: {number * 3 + drawing}</p>")


def test_what_differs_in_double_fetches_is_template() -> None:
    learnt = learn((f"https://port.example/{n}", rotating(n, 0)) for n in range(12))
    assert unique(5000 + 99 * 17) in text_of(rotating(99, 0), learnt)
    for number in range(3):
        learnt = observe_pair(learnt, rotating(number, 0), rotating(number, 1))
    assert text_of(rotating(99, 0), learnt) == unique(99)


def test_one_edit_between_two_fetches_makes_no_place_volatile() -> None:
    learnt = learn(pages(12))
    after = observe_pair(learnt, page(3), page(3, f"<p>{unique(77)}</p><p>{unique(78)}</p>"))
    assert after.template == learnt.template


def test_beginnings_of_articles_in_lists_do_not_make_the_articles_template() -> None:
    """Cards show the first paragraph in the same markup as the article itself."""
    long = [unique(n) + " " + unique(n, 3) + " " + unique(n, 4) for n in range(30)]
    articles = [(f"https://port.example/{n}", page(n, f"<p>{long[n]}</p><p>{long[n][::-1]}</p>")) for n in range(30)]
    cards = [
        (f"https://port.example/list/{n}", page(500 + n, "".join(f"<p>{long[m]}</p>" for m in range(n, n + 5))))
        for n in range(20)
    ]
    learnt = learn([*articles, *cards])
    assert text_of(page(99, f"<p>{long[7]}</p>"), learnt) == long[7]


def test_a_new_template_is_learnt_anew() -> None:
    learnt = learn(pages(40))
    for number in range(100, 130):
        body = page(number).replace(b'class="', b'class="new-')
        learnt = observe(learnt, body, f"https://port.example/{number}")
    assert learnt.pages < 30
    assert template_paths(learnt) == {"div.new-top", "ul.new-menu/li", "div.new-foot/p"}


def test_the_state_survives_being_kept() -> None:
    learnt = observe_pair(learn(pages(12)), page(1), page(1, clock="12:01"))
    assert from_json(to_json(learnt)) == learnt


@pytest.mark.parametrize(
    "kept", ["", "{", "[]", "null", '{"format": 99}', '{"format": 1, "pages": 3}'], ids=lambda text: text or "nothing"
)
def test_a_state_that_cannot_be_read_is_an_empty_one(kept: str) -> None:
    assert from_json(kept) == Learnt()


def test_the_state_stays_small_whatever_the_pages_are() -> None:
    learnt = Learnt()
    for number in range(MAX_PAGES + 100):
        names = (f"{a}{b}" for a in WORDS for b in ("", "ы"))
        blocks = "".join(
            f'<div class="{name}-{unique(number)[-6:-1]}"><p>{unique(number, 9)}{name}</p></div>' for name in names
        )
        learnt = observe(learnt, page(number, blocks), f"https://port.example/{number}")
    assert learnt.pages <= MAX_PAGES
    assert len(learnt.places) <= MAX_PATHS
    assert len(to_json(learnt)) < 1_000_000


def test_the_version_changes_with_the_template_and_not_with_the_count() -> None:
    learnt = learn(pages(12))
    assert learn(pages(8)).version == ""
    assert observe(learnt, page(13), "https://port.example/13").version == learnt.version
    taught = learnt
    for number in range(3):
        taught = observe_pair(taught, rotating(number, 0), rotating(number, 1))
    assert taught.version != learnt.version


@pytest.mark.parametrize(
    ("markup", "step"),
    [
        ('<div class="node node-42 clearfix"/>', "div.clearfix.node.node-#"),
        ('<li id="menu-item-7" class="first active-trail leaf"/>', "li#menu-item-#.leaf"),
        ('<div class="css-1q2w3e box"/>', "div.box"),
        ('<p class="is-open odd"/>', "p"),
        ('<section id="main"/>', "section#main"),
    ],
    ids=["numbers masked", "states left out", "build words left out", "only states", "id"],
)
def test_a_step_of_a_path_names_the_place(markup: str, step: str) -> None:
    assert segment(etree.fromstring(markup)) == step


def test_leaf_blocks_hold_their_own_words_only() -> None:
    tree = etree.HTML(
        "<body><div>слова <b>важно</b><p>абзац</p>хвост</div><script>x</script><div><img src='/a.png'></div></body>"
    )
    assert [(leaf.path, leaf.text, leaf.whole) for leaf in leaves(tree)] == [
        ("div", "слова важнохвост", False),
        ("div/p", "абзац", True),
        ("div", "/a.png", True),
    ]


def test_deep_and_wide_pages_are_learnt_within_bounds() -> None:
    deep = b"<html><body>" + b"<div>" * 200 + "дно".encode() + b"</div>" * 200
    wide = b"<html><body>" + "<p>раз</p>".encode() * 50_000
    learnt = observe(observe(Learnt(), deep, "https://port.example/deep"), wide, "https://port.example/wide")
    assert learnt.pages == 2
    assert max(len(path) for path in learnt.places) < 2000
    assert json.loads(to_json(learnt))["pages"] == 2
