"""Markdown set as HTML: faithful for what we write ourselves, harmless for what anybody sends."""

import re
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import html
from selectolax.lexbor import LexborHTMLParser

from crawler.core.markdown import render
from crawler.core.report.rendered import render_markdown

ALLOWED = {
    *("p", "br", "hr", "pre", "code", "strong", "em", "s", "sub", "sup", "a", "ul", "ol", "li", "blockquote", "div"),
    *("table", "thead", "tbody", "tr", "th", "td", "span", "h3", "h4", "h5", "h6"),
}


@pytest.mark.parametrize(
    ("markdown", "expected"),
    [
        pytest.param("one *two* **three**", "<p>one <em>two</em> <strong>three</strong></p>", id="emphasis"),
        pytest.param("2 * 2, a_b_c, 5*", "<p>2 * 2, a_b_c, 5*</p>", id="signs that are none"),
        pytest.param(r"\*not\* \[x\](y)", "<p>*not* [x](y)</p>", id="escapes"),
        pytest.param("a  \nb", "<p>a<br>b</p>", id="line break"),
        pytest.param("`<b>`", "<p><code>&lt;b&gt;</code></p>", id="code"),
        pytest.param("H<sub>2</sub>O <script>", "<p>H<sub>2</sub>O &lt;script&gt;</p>", id="only our own tags"),
        pytest.param("# A\n\n### B", "<h3>A</h3>\n<h4>B</h4>", id="headings skip no level"),
        pytest.param(
            "- a\n  - b\n- c", "<ul><li><p>a</p>\n<ul><li>b</li></ul></li>\n<li>c</li></ul>", id="nested list"
        ),
        pytest.param("3. a\n4. b", '<ol><li value="3">a</li>\n<li value="4">b</li></ol>', id="numbers as written"),
        pytest.param("> a\n> b", "<blockquote><p>a<br>b</p></blockquote>", id="quote"),
        pytest.param("```\n*a*\n```", "<pre>*a*</pre>", id="preformatted"),
        pytest.param(
            "![Печать](https://x.example/p.png)", '<p><span class="picture">Печать</span></p>', id="pictures are named"
        ),
        pytest.param(
            "[a](https://x.example/?a=1&b=2)",
            '<p><a href="https://x.example/?a=1&amp;b=2" rel="noopener noreferrer nofollow">a</a></p>',
            id="link",
        ),
        pytest.param("[a](javascript:alert(1))", "<p>a</p>", id="no link to a script"),
        pytest.param("[a](tel:+375172873706) [b](/c)", "<p>a b</p>", id="only http and https"),
    ],
)
def test_markdown_is_set(markdown: str, expected: str) -> None:
    assert render_markdown(markdown) == expected


def test_a_table_keeps_its_head_and_its_cells() -> None:
    set_ = render_markdown("| Услуга | Плата |\n| --- | --- |\n| Письмо \\| открытка | **3** |")
    assert set_.count("<th ") == 2
    assert "<td>Письмо | открытка</td><td><strong>3</strong></td>" in set_


PAGE = """<div><h2>Тарифы</h2><p>С <b>1 <i>мая</i></b> <a href="/act?n=5&amp;x=1">акт <b>5</b></a>, 2*3*4, a_b,
[1](2)</p><ul><li>раз<ol start="4"><li>два</li></ol></li><li>три<br>четыре</li></ul>
<blockquote><p>Ц&lt;т&gt;</p></blockquote>
<table><tr><th>А</th><th>Б|В</th></tr><tr><td>1</td><td>x<br>y</td></tr></table><pre>  a
  ```</pre><p>H<sub>2</sub>O ~~ ** # - &amp;amp;</p></div>"""


def test_what_we_write_is_set_with_the_same_words() -> None:
    """The words of a page, out of HTML into Markdown and back into HTML, are the words of its text."""
    rendered = render(html.fromstring(PAGE), "https://mpt.example/")
    back = LexborHTMLParser(re.sub(r"<(br|/?[hplot])", r" <\1", render_markdown(rendered.markdown))).text()
    assert back.replace(" ", "").replace("\n", "") == re.sub(r"\s", "", rendered.text)


@given(st.text(alphabet='[]()*~`<>!"\\|#-= \nab:/htps.1&;', max_size=200))
@settings(max_examples=300, deadline=None)
def test_nothing_but_our_own_harmless_tags_comes_out(markdown: str) -> None:
    parsed = LexborHTMLParser(f"<body>{render_markdown(markdown)}</body>")
    for node in parsed.css("body *"):
        assert node.tag in ALLOWED
        assert set(node.attributes) <= {"href", "rel", "class", "scope", "value"}
        href = node.attributes.get("href")
        assert href is None or href.startswith(("http://", "https://"))


@pytest.mark.parametrize(
    "hostile",
    [
        pytest.param("[" * 100_000, id="brackets"),
        pytest.param("[a](" * 40_000, id="links that never end"),
        pytest.param("[a]((((" * 20_000 + ")" * 9, id="brackets that never pair"),
        pytest.param("![](" * 40_000, id="pictures"),
        pytest.param("*a]" * 40_000, id="ends without beginnings"),
        pytest.param("[" * 30_000 + "x" * 50_000 + "](u)" * 30_000, id="links in links"),
        pytest.param("> " * 30_000, id="quotes in quotes"),
        pytest.param("- " * 30_000, id="lists in lists"),
        pytest.param("``a` " * 20_000, id="code"),
    ],
)
def test_hostile_markdown_takes_no_time_to_speak_of(hostile: str) -> None:
    begun = time.process_time()
    render_markdown(hostile)
    assert time.process_time() - begun < 4
