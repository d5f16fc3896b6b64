"""What is served says what is true: every article, in every editor's hand and in both themes."""

from urllib.parse import urljoin

import pytest
from lxml import etree, html

from tests.replica.asking import ask, folded
from tests.site import Markup, Replica
from tests.site.editors import HANDS, body_html
from tests.site.expected import attachments_of, images_of, links_of, markdown_of, text_of
from tests.site.nodes import load
from tests.site.source import parse_body

BODY = "article .field--name-body, .node-full .field-name-body"


def said_by(element: etree._Element) -> str:
    return etree.tostring(element, method="text", encoding="unicode", with_tail=False)


@pytest.mark.parametrize("rounds", range(7))
@pytest.mark.parametrize("markup", [Markup.D7, Markup.D10], ids=str)
def test_served_words_are_the_true_words(markup: Markup, rounds: int) -> None:
    with Replica(markup=markup) as replica:
        for _ in range(rounds):
            replica.noise()
        wrong = []
        for truth in replica.truth(orphans=True):
            if truth.kind != "document":
                page = html.fromstring(ask(replica, truth.url).body)
                words = page.cssselect(BODY)[0]
                names = [text for url, text in truth.attachments if url.endswith("polozhenie-konkursa.pdf")]
                if folded(said_by(words)) != folded(truth.text.removesuffix("".join(names))):
                    wrong.append(truth.url)
        assert wrong == []


def test_mixed_markup_is_mostly_seven() -> None:
    with Replica() as replica:
        pages = [ask(replica, t.url).text for t in replica.truth() if t.kind == "news"]
        tens = sum("Drupal 10" in page for page in pages)
        assert len(pages) / 5 < tens < len(pages) / 2


@pytest.mark.parametrize("hand", HANDS)
def test_links_and_images_survive_every_hand(hand: str) -> None:
    base = "http://h/"
    for node in load().nodes.values():
        body = node.wording.body
        tree = html.fromstring(f"<div>{body_html(body, HANDS[hand])}</div>")
        anchors = tuple(
            (urljoin(base, a.get("href", "")), folded(said_by(a))) for a in tree.cssselect('a:not([href="#"])')
        )
        images = tuple((urljoin(base, img.get("src", "")), img.get("alt")) for img in tree.iter("img"))
        assert (anchors, images) == (links_of(body, base), images_of(body, base))


@pytest.mark.parametrize(
    ("source", "markdown", "text"),
    [
        ("Слово **жирное *и* ещё**", "Слово **жирное *и* ещё**", "Слово жирное и ещё"),
        ("H~2~O и м^2^", "H<sub>2</sub>O и м<sup>2</sup>", "H2O и м2"),
        ("раз \\\\ два", "раз  \nдва", "раз\nдва"),
        ("[план](file:p.pdf) (PDF)", "[план](http://h/sites/default/files/docs/p.pdf) (PDF)", "план (PDF)"),
        ("[пусто](#)", "пусто", "пусто"),
        ("3. три\n4. четыре\n  - раз", "3. три\n4. четыре\n   - раз", "три\nчетыре\nраз"),
        ("> а\n> б", "> а\n>\n> б", "а\n\nб"),
        ("|= th Имя\n| А | Б |\n| {c2} в |", "Имя\n\n| А | Б |\n| --- | --- |\n| в | в |", "Имя\n\nА\tБ\nв\t"),
        ("| {r2} А | Б |\n| в |", "|  |  |\n| --- | --- |\n| А | Б |\n| А | в |", "А\tБ\n\tв"),
        ("?? Как?\n: Так.", "**Как?**\n\nТак.", "Как?\n\nТак."),
        ("?! Как?\n: Так.", "Как?\n\nТак.", "Как?\n\nТак."),
        ("слово :: смысл", "**слово**\n\nсмысл", "слово\n\nсмысл"),
        ("!! a.png | вид | подпись", "![вид](http://h/sites/default/files/inline/a.png)\n\nподпись", "подпись"),
        ("$ a\n$  b", "```\na\n b\n```", "a\n b"),
        ("а\n\n---\n\nб", "а\n\n---\n\nб", "а\n\nб"),
    ],
    ids=lambda value: value[:18],
)
def test_the_source_format(source: str, markdown: str, text: str) -> None:
    body = parse_body(source)
    assert markdown_of(body, "http://h/") == markdown
    assert text_of(body) == text


def test_attachments_are_the_links_to_files() -> None:
    body = parse_body("[а](/x) и [б](file:b.docx)")
    assert attachments_of(body, "http://h/") == (("http://h/sites/default/files/docs/b.docx", "б"),)
