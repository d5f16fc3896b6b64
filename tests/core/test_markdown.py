"""The writer: every sort of markup in both writings, hostile trees in bounded time."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree, html

from crawler.core.markdown import Rendered, render

BASE = "https://mpt.example/ru/page"


def rendered(markup: str) -> Rendered:
    parser = html.HTMLParser(encoding="utf-8", huge_tree=True)
    (body,) = html.document_fromstring(f"<body>{markup}</body>".encode(), parser=parser).iter("body")
    return render(body, BASE)


@pytest.mark.parametrize(
    ("markup", "markdown", "text"),
    [
        pytest.param("a <b></b>b", "a b", "a b", id="empty marks vanish"),
        pytest.param("<b>a </b>b<b> c</b>", "**a** b **c**", "a b c", id="spaces stand outside of marks"),
        pytest.param("<b>a</b><b> b</b>", "**a b**", "a b", id="neighbouring marks merge"),
        pytest.param("<b>a <strong>b</strong></b>", "**a b**", "a b", id="nested same marks merge"),
        pytest.param("<b><i>a</i></b><i><b>b</b></i>", "***ab***", "ab", id="bold italic beside italic bold"),
        pytest.param("<i>a <b>b</b> c</i>", "*a **b** c*", "a b c", id="bold within italics"),
        pytest.param("<b><a href='/x'>a</a></b>", "**[a](https://mpt.example/x)**", "a", id="link within bold"),
        pytest.param("<a href='/x'><b>a</b></a>", "[**a**](https://mpt.example/x)", "a", id="bold within link"),
        pytest.param("a<br>b<br/>c<br>", "a  \nb  \nc", "a\nb\nc", id="line breaks"),
        pytest.param("<b>a<br>b</b>", "**a  \nb**", "a\nb", id="line break within bold"),
        pytest.param("<br><br>a<br> <br>b", "a\n\nb", "a\n\nb", id="two line breaks part paragraphs"),
        pytest.param("<h2>a<br>b</h2>", "## a b", "a b", id="heading on one line"),
        pytest.param("<h1>a</h1><h6>b</h6>", "# a\n\n###### b", "a\n\nb", id="headings keep their level"),
        pytest.param("x<sub>2</sub>y<sup>n</sup>", "x<sub>2</sub>y<sup>n</sup>", "x2yn", id="sub and sup"),
        pytest.param("<code>a`b</code>", "``a`b``", "a`b", id="code with a backtick"),
        pytest.param("<kbd>*</kbd>", "`*`", "*", id="nothing is escaped in code"),
        pytest.param("<pre>a\n  b\n\n</pre>", "```\na\n  b\n```", "a\n  b", id="preformatted"),
        pytest.param("<pre>a<!-- b -->c<a href=#>d</a>e</pre>", "```\nacde\n```", "acde", id="comment in preformatted"),
        pytest.param("<pre>```</pre>", "````\n```\n````", "```", id="fence longer than the fences within"),
        pytest.param("<q>a</q>", "“a”", "“a”", id="short quotation"),
        pytest.param("a<hr>b", "a\n\n---\n\nb", "a\n\nb", id="rule"),
        pytest.param("<ul><li>a<li>b</ul>", "- a\n- b", "a\nb", id="bullets"),
        pytest.param("<ul><ul><li>a</ul><li>b</ul>", "- - a\n- b", "a\nb", id="list right within a list"),
        pytest.param("<ul><li>a</li><ul><li>b</li></ul></ul>", "- a\n  - b", "a\nb", id="nested list between items"),
        pytest.param("<ul>x<li>a</ul>", "- x\n- a", "x\na", id="text in a list but in no item"),
        pytest.param("<ul><li><li> &nbsp;</li><li>a</ul>", "- a", "a", id="empty items vanish"),
        pytest.param("<li>a<li>b", "- a\n- b", "a\nb", id="items without a list"),
        pytest.param("<ol><li>a<li value=7>b<li>c</ol>", "1. a\n7. b\n8. c", "a\nb\nc", id="item with a value"),
        pytest.param("<ol start=0><li>a</ol>", "0. a", "a", id="list from zero"),
        pytest.param("<ol start=-3x><li>a</ol>", "-3. a", "a", id="list from a strange number"),
        pytest.param("<ol start=99><li><p>a<p>b</ol>", "99. a\n\n    b", "a\nb", id="indent as wide as the marker"),
        pytest.param(
            "<ul><li>a<table><tr><td>b<td>c</table></ul>",
            "- a\n\n  |  |  |\n  | --- | --- |\n  | b | c |",
            "a\nb\tc",
            id="table in an item",
        ),
        pytest.param(
            "<blockquote>a<blockquote>b</blockquote></blockquote>", "> a\n>\n> > b", "a\n\nb", id="quote in a quote"
        ),
        pytest.param("<blockquote> </blockquote>a", "a", "a", id="empty quote"),
        pytest.param(
            "<details open><summary>s</summary>a<p>b</details>", "**s**\n\na\n\nb", "s\n\na\n\nb", id="details"
        ),
        pytest.param("<dl><dt>t<dd>d<dd>e</dl>", "**t**\n\nd\n\ne", "t\n\nd\n\ne", id="definitions"),
        pytest.param("<div style='visibility:hidden'>a</div><p hidden>b", "a\n\nb", "a\n\nb", id="hidden is kept"),
        pytest.param(
            "<button>Вопрос</button><div>ответ</div>", "Вопрос\n\nответ", "Вопрос\n\nответ", id="button of an accordion"
        ),
        pytest.param("<o:p>a</o:p><u>b</u><font>c</font><x-y>d</x-y>", "abcd", "abcd", id="unknown and empty marks"),
        pytest.param("<script>a</script><style>b</style><template>c</template>d", "d", "d", id="what is not shown"),
        pytest.param("<select><option>a</select><textarea>b</textarea><input value=c>d", "d", "d", id="form fields"),
        pytest.param("<!-- a -->b<?php c ?>", "b", "b", id="comments"),
        pytest.param("a\u00ad\u200b\ufeff\u202eb\u2066c", "abc", "abc", id="invisible characters"),
        pytest.param("и\u0306", "й", "й", id="composed characters"),
        pytest.param("a\u2003\u3000b\u00a0 c", "a b c", "a b c", id="all sorts of spaces"),
    ],
)
def test_markup(markup: str, markdown: str, text: str) -> None:
    found = rendered(markup)
    assert found.markdown == markdown
    assert found.text == text


@pytest.mark.parametrize(
    ("markup", "markdown"),
    [
        pytest.param("<div><b><p>a</p><p>b</p></b></div>", "**a**\n\n**b**", id="bold around paragraphs"),
        pytest.param("<div><h2><p>a</p><p>b</p></h2></div>", "## a\n\n## b", id="paragraphs within a heading"),
        pytest.param("<div><p>a<p>b</p>c</p></div>", "a\n\nb\n\nc", id="paragraph within a paragraph"),
        pytest.param(
            "<div><a href='/x'>a<a href='/y'>b</a></a></div>",
            "[a](https://mpt.example/x)[b](https://mpt.example/y)",
            id="link within a link",
        ),
    ],
)
def test_trees_that_html_parsers_rarely_build(markup: str, markdown: str) -> None:
    assert render(etree.fromstring(markup), BASE).markdown == markdown


@pytest.mark.parametrize(
    ("markup", "markdown", "text"),
    [
        pytest.param(
            "<tr><th>a<th>b<tr><td>c<td>d", "| a | b |\n| --- | --- |\n| c | d |", "a\tb\nc\td", id="header of th"
        ),
        pytest.param(
            "<tr><th>a<td>b<tr><th>c<td>d",
            "|  |  |\n| --- | --- |\n| a | b |\n| c | d |",
            "a\tb\nc\td",
            id="first column of th is no header",
        ),
        pytest.param(
            "<thead><tr><td>a<td>b</thead><tr><td>c<td>d",
            "| a | b |\n| --- | --- |\n| c | d |",
            "a\tb\nc\td",
            id="thead",
        ),
        pytest.param(
            "<tfoot><tr><td>f<td>g</tfoot><tbody><tr><td>a<td>b</tbody>",
            "|  |  |\n| --- | --- |\n| a | b |\n| f | g |",
            "a\tb\nf\tg",
            id="footer last",
        ),
        pytest.param(
            "<tr><td>a<td>b<td>c<tr><td>d",
            "|  |  |  |\n| --- | --- | --- |\n| a | b | c |\n| d |  |  |",
            "a\tb\tc\nd",
            id="short rows are filled up",
        ),
        pytest.param(
            "<tr><td>a<td>b<tr><td> <td>&nbsp;<tr><td>c<td>d",
            "|  |  |\n| --- | --- |\n| a | b |\n| c | d |",
            "a\tb\nc\td",
            id="empty rows vanish",
        ),
        pytest.param(
            "<tr><td><p>a<p>b<td><ul><li>c<li>d</ul>",
            "|  |  |\n| --- | --- |\n| a<br>b | - c<br>- d |",
            "a b\tc d",
            id="blocks in cells",
        ),
        pytest.param(
            "<tr><td>a|b<td><code>c|d</code>", "|  |  |\n| --- | --- |\n| a\\|b | `c\\|d` |", "a|b\tc|d", id="bars"
        ),
        pytest.param(
            "<tr><td rowspan=2>a<td colspan=2>b<tr><td>c<td>d",
            "|  |  |  |\n| --- | --- | --- |\n| a | b | b |\n| a | c | d |",
            "a\tb\n\tc\td",
            id="spans",
        ),
        pytest.param(
            "<tr><td rowspan=0>a<td colspan=x>b<tr><td>c<td>d",
            "|  |  |\n| --- | --- |\n| a | b |\n| c | d |",
            "a\tb\nc\td",
            id="strange spans",
        ),
        pytest.param("<tr><td>a</td></tr>", "a", "a", id="one cell is layout"),
        pytest.param(
            "<tr><td>a<td><h3>b</h3>c", "|  |  |\n| --- | --- |\n| a | b<br>c |", "a\tb c", id="heading in a cell"
        ),
        pytest.param(
            "<caption>k</caption><tr><td>a<td>b", "k\n\n|  |  |\n| --- | --- |\n| a | b |", "k\n\na\tb", id="caption"
        ),
        pytest.param(
            "<tr><td>x<td><table><tr><td>a<td>b</table>",
            "x\n\n|  |  |\n| --- | --- |\n| a | b |",
            "x\n\na\tb",
            id="table within a table is layout",
        ),
        pytest.param("<tr><td> <td>&nbsp;", "", "", id="empty table"),
    ],
)
def test_tables(markup: str, markdown: str, text: str) -> None:
    found = rendered(f"<table>{markup}</table>")
    assert found.markdown == markdown
    assert found.text == text


@pytest.mark.parametrize(
    ("text", "markdown"),
    [
        ("2 * 2", "2 * 2"),
        ("*a*", "\\*a\\*"),
        ("слово*", "слово\\*"),
        ("a_b", "a_b"),
        ("_a_", "\\_a\\_"),
        ("____", "\\____"),
        ("`a`", "\\`a\\`"),
        ("[1]", "[1]"),
        ("[a](b)", "\\[a](b)"),
        ("[a]: b", "\\[a]: b"),
        ("a &lt; b", "a < b"),
        ("&lt;b&gt;", "\\<b>"),
        ("&lt;/b&gt;", "\\</b>"),
        ("&amp;lt;", "\\&lt;"),
        ("AT&amp;T", "AT&T"),
        ("c:\\d", "c:\\d"),
        ("\\*", "\\\\\\*"),
        ("# a", "\\# a"),
        ("#a", "#a"),
        ("№ 1 # 2", "№ 1 # 2"),
        ("&gt; a", "\\> a"),
        ("a &gt; b", "a > b"),
        ("- a", "- a"),
        ("1. a", "1. a"),
        ("---", "\\---"),
        ("***", "\\*\\*\\*"),
        ("===", "\\==="),
        ("~~a~~", "\\~~a\\~~"),
        ("a~b", "a~b"),
        ("100%", "100%"),
    ],
)
def test_only_what_would_restyle_text_is_escaped(text: str, markdown: str) -> None:
    assert rendered(f"<p>{text}</p>").markdown == markdown


@pytest.mark.parametrize(
    ("href", "url"),
    [
        ("a", "https://mpt.example/ru/a"),
        ("/a", "https://mpt.example/a"),
        ("//x.by/a", "https://x.by/a"),
        ("?p=1", f"{BASE}?p=1"),
        ("#a", f"{BASE}#a"),
        (" a\n b ", "https://mpt.example/ru/a b"),
        ("mailto:a@x.by", "mailto:a@x.by"),
        ("tel:1", "tel:1"),
        ("#", None),
        ("", None),
        ("javascript:a()", None),
        (" JavaScript:a", None),
        ("java\nscript:a", None),
        ("data:text/html,x", None),
        ("http://[x", None),
        ("http://x:99999/", None),
        ("file:///etc/passwd", None),
    ],
)
def test_targets_of_links(href: str, url: str | None) -> None:
    anchor = etree.Element("a", href=href)
    anchor.text = "слово"
    root = etree.Element("div")
    root.append(anchor)
    found = render(root, BASE)
    assert [link.url for link in found.links] == ([url] if url else [])
    assert found.text == "слово"
    assert found.markdown == (f"[слово]({url.replace(' ', '%20')})" if url else "слово")


@pytest.mark.parametrize(
    ("anchor", "media_type"),
    [
        ("<a href=a.pdf>", "application/pdf"),
        ("<a href=/x/A.DOCX?dl=1#p>", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
        ("<a href=a%2Epdf>", "application/pdf"),
        ("<a href=/get/1 type='application/pdf; length=9'>", "application/pdf"),
        ("<a href=/get/1 download>", None),
        ("<a href=a.html>", ...),
        ("<a href=/pdf/>", ...),
        ("<a href=a.pdf/>", ...),
        ("<a href=/x type=text/html>", ...),
        ("<a href='mailto:a@x.pdf'>", ...),
        ("<a href=https://x.by>", ...),
        ("<a href='/x?f=a.pdf'>", ...),
    ],
)
def test_attachments(anchor: str, media_type: object) -> None:
    found = rendered(f"{anchor}Файл</a> (2 КБ)")
    assert [item.media_type for item in found.attachments] == ([] if media_type is ... else [media_type])
    assert found.text == "Файл (2 КБ)"
    assert len(found.links) == 1


def test_endings_of_a_profile() -> None:
    root = html.fragment_fromstring("<p><a href=a.pdf>а</a> <a href=b.abw>б</a></p>")
    assert [a.text for a in render(root, BASE, attachments=("abw",)).attachments] == ["б"]


def test_links_are_kept_once_by_address_and_text() -> None:
    found = rendered(
        "<a href=/a>x</a> <a href=/a>x</a> <a href=/a>y</a> <a href=/b></a> <map><area href=/c alt=z></map>"
    )
    assert [(link.url[-2:], link.text) for link in found.links] == [("/a", "x"), ("/a", "y"), ("/b", ""), ("/c", "z")]


def test_a_link_cut_in_two_is_one() -> None:
    found = rendered("<a href=/a>по</a><a href=/a><b>чта</b></a>")
    assert found.markdown == "[по**чта**](https://mpt.example/a)"
    assert [link.text for link in found.links] == ["почта"]


def test_embedded_files_are_links() -> None:
    found = rendered(
        "<iframe src=/v></iframe><embed src=a.pdf><object data=b.pdf>нет</object><video><source src=c.mp4></video>"
    )
    assert [link.url.rpartition("/")[2] for link in found.links] == ["v", "a.pdf", "b.pdf", "c.mp4"]
    assert len(found.attachments) == 2
    assert found.text == "нет"


@pytest.mark.parametrize(
    ("image", "source"),
    [
        ("<img src=a.jpg>", "a.jpg"),
        ("<img data-src=a.jpg src=blank.gif>", "a.jpg"),
        ("<img srcset='a.jpg 1x, b.jpg 2x'>", "a.jpg"),
        ("<img src='data:image/gif;base64,AA'>", None),
        ("<img>", None),
        ("<img src=c.gif width=1 height=1>", None),
        ("<picture><source srcset=x.webp><img src=a.jpg></picture>", "a.jpg"),
    ],
)
def test_images(image: str, source: str | None) -> None:
    found = rendered(image)
    assert [picture.url for picture in found.images] == ([f"https://mpt.example/ru/{source}"] if source else [])
    assert found.markdown == (f"![](https://mpt.example/ru/{source})" if source else "")


def test_what_is_dropped_leaves_its_tail() -> None:
    root = html.fragment_fromstring("<div>a<i class=x>b</i>c<p class=x>d</p>e</div>")
    assert render(root, BASE, drop=lambda element: element.get("class") == "x").text == "ac\n\ne".replace("\n\n", "")


@pytest.mark.parametrize(
    ("markup", "seconds"),
    [
        pytest.param("<p>x</p>" * 400_000, 20, id="400,000 paragraphs"),
        pytest.param("<b>x</b> " * 60_000, 8, id="60,000 marks in one paragraph"),
        pytest.param("x<br>" * 60_000, 8, id="60,000 line breaks"),
        pytest.param("<a href=x>y</a> " * 60_000, 10, id="60,000 links"),
        pytest.param("<ul><li>x" * 900, 5, id="900 lists within each other"),
        pytest.param("<blockquote>x" * 1900, 5, id="1,900 quotes within each other"),
        pytest.param("<table><tr><td>x<td>" * 500, 5, id="500 tables within each other"),
        pytest.param("<table>" + "<tr><td>1<td rowspan=65000 colspan=1000>b" * 5_000 + "</table>", 8, id="huge spans"),
        pytest.param("<table><tr><td colspan=90>" + "x" * 1_000_000 + "<td>y</table>", 5, id="a long cell repeated"),
        pytest.param("<p>" + "[" * 60_000 + "</p>", 5, id="60,000 brackets"),
        pytest.param("<p>" + "_*`~&\\<" * 20_000 + "</p>", 5, id="140,000 characters to escape"),
        pytest.param("<a href=/" + "(" * 50_000 + ">x</a>", 5, id="a long address"),
        pytest.param("<i><b>" * 900 + "x", 5, id="1,800 marks within each other"),
    ],
)
def test_hostile_trees_take_bounded_time(markup: str, seconds: float) -> None:
    started = time.process_time()
    found = rendered(markup)
    assert time.process_time() - started < seconds  # ten times what it takes: for a slow machine, not for a square law
    assert found.text
    assert len(found.markdown) < 40 * len(markup)


def test_a_tree_ten_thousand_deep_is_read() -> None:
    root = node = etree.Element("div")
    for tag in ("div", "b", "span", "ul", "li") * 2_000:
        node = etree.SubElement(node, tag)
    node.text = "дно"
    assert render(root, BASE).text == "дно"


TAGS = st.sampled_from(
    [
        "p",
        "b",
        "i",
        "a",
        "ul",
        "li",
        "ol",
        "table",
        "tr",
        "td",
        "th",
        "blockquote",
        "h2",
        "div",
        "span",
        "br",
        "img",
        "pre",
        "code",
        "dl",
        "dt",
        "dd",
        "hr",
        "details",
        "sup",
    ]
)


@settings(max_examples=150, deadline=None)
@given(
    st.lists(
        st.tuples(TAGS, st.sampled_from(["", " ", "слово", " два слова ", "\n", "*", "|", "1"]), st.booleans()),
        max_size=25,
    )
)
def test_both_writings_hold_the_same_words(nodes: list[tuple[str, str, bool]]) -> None:
    markup = "".join(f"<{tag} href=/x>{text}" + (f"</{tag}>" if close else "") for tag, text, close in nodes)
    found = rendered(markup + "конец")
    words = [word for word in ("слово", "два", "слова", "конец") for _ in range(found.text.count(word))]
    assert all(found.markdown.count(word) >= words.count(word) for word in set(words))
    assert found.markdown == found.markdown.strip("\n")
    assert "```" in found.markdown or "\n\n\n" not in found.markdown
    assert not any(line != line.rstrip() and not line.endswith("  ") for line in found.markdown.split("\n"))
