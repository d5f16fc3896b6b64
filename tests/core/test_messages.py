"""Messages: the operator's own templates, languages, and when a message is tried again."""

from datetime import timedelta

import pytest

from config.settings import Delivery
from crawler.core.backoff import next_attempt
from crawler.core.messages import TemplateBroken, Templates
from crawler.i18n import catalogue
from storage.records_outbox import DeliveryKind
from tests.notify.stories import NOON, added, edit, message, subscription


def test_own_templates_get_what_ours_get() -> None:
    own = Templates(
        mail_text="{% for c in changes %}{{ c.happened }}|{{ c.title }}|{{ c.review }}\n"
        "{% for g in c.groups %}{% for i in g %}{{ plain(i) }}\n{% endfor %}{% endfor %}{% endfor %}",
        mail_html="<p>{{ changes[0].title }}</p>",
        chat="{{ ngettext('%(n)s change', '%(n)s changes', changes | length) | format(n=changes | length) }}",
    )
    found = message(edit(title="<b>Тарифы</b>"), templates=own)
    assert found.text.startswith("Edited|<b>Тарифы</b>|https://letapis.example/changes/7\n")
    assert "± Линия | [-12,40-]{+15,10+}" in found.text
    assert found.html == "<p>&lt;b&gt;Тарифы&lt;/b&gt;</p>"
    assert found.short == "1 change"


MANY, END = "{% for a in range(99999) %}", "{% endfor %}"


@pytest.mark.parametrize(
    ("source", "words"),
    [
        pytest.param("{{ nothing }}", "'nothing' is undefined", id="unknown name"),
        pytest.param("line\n{% if %}", "mail.txt:2", id="syntax, with its line"),
        pytest.param(f"{MANY}{MANY}{END}{END}", "too long", id="loops"),
        pytest.param("{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}", "too long|RecursionError", id="for ever"),
        pytest.param(f"{MANY}{{{{ subject }}}}{{{{ subject }}}}{{{{ subject }}}}{END}", "more than", id="too much"),
        pytest.param("{{ 'x' * 10 ** 9 }}", "small numbers", id="multiplied text"),
        pytest.param("{{ 9 ** 9 ** 9 }}", "small numbers", id="powers"),
        pytest.param("{{ '%999999999d' % 1 }}", "filter", id="widths"),
        pytest.param("{{ 'x' | center(10 ** 9) }}", "small numbers|center", id="padding"),
        pytest.param("{{ ''.__class__.__mro__ }}", "unsafe|undefined", id="reaching out"),
        pytest.param("{{ plain.__globals__ }}", "unsafe|undefined", id="reaching out by a function"),
        pytest.param("{{ _.__self__ }}", "unsafe|undefined", id="reaching out by a method"),
        pytest.param("{% include '/etc/passwd' %}", "mail.txt", id="files"),
        pytest.param("{{ '{0.__class__}'.format(subject) }}", "unsafe|undefined|__class__", id="format"),
        pytest.param("x" * 100_001, "longer than", id="too long a source"),
    ],
)  # fmt: skip
def test_templates_that_are_broken(source: str, words: str) -> None:
    with pytest.raises(TemplateBroken, match=words):
        message(edit(), templates=Templates(mail_text=source))


def test_the_same_change_on_many_pages_is_told_once() -> None:
    pages = [edit(n, url=f"https://mpt.gov.by/ru/page-{n}") for n in range(1, 41)]
    found = message(*pages, kind=DeliveryKind.DIGEST)
    assert found.subject == "40 changes on mpt"
    assert found.text.count("± Линия") == 1
    assert "Edited: Тарифы (40 pages)" in found.text
    assert len(found.payload["changes"]) == 40


@pytest.mark.parametrize("language", ["ru", "be"])
def test_the_readers_language(language: str) -> None:
    reader = subscription(language=language)
    found = message(
        edit(), added(8, "Новость"), kind=DeliveryKind.DIGEST, subscription=reader, catalogue=catalogue(language)
    )
    assert "12 мар" in found.text or "12 сак" in found.text
    assert f'lang="{language}"' in found.html


POLICY = Delivery(first_retry=30.0, longest_retry=3600.0, give_up=86400.0)


@pytest.mark.parametrize(
    ("attempts", "age", "asked", "permanent", "wait"),
    [
        pytest.param(1, 0, None, False, 30, id="first failure"),
        pytest.param(4, 300, None, False, 240, id="doubled"),
        pytest.param(60, 7200, None, False, 3600, id="no longer than the longest"),
        pytest.param(1, 0, 90.0, False, 90, id="as long as asked"),
        pytest.param(4, 300, 1.0, False, 240, id="asked for less than our own"),
        pytest.param(1, 0, 90.0, True, None, id="for good"),
        pytest.param(30, 86400, None, False, None, id="too old"),
        pytest.param(1, 900_000, None, False, 30, id="old, but taken off the dead-letter list"),
        pytest.param(5, 900_000, None, False, None, id="the same, tried enough"),
    ],
)
def test_next_attempt(attempts: int, age: int, asked: float | None, permanent: bool, wait: int | None) -> None:
    created = NOON - timedelta(seconds=age)
    found = next_attempt(attempts, created, NOON, permanent=permanent, retry_after=asked, policy=POLICY)
    assert found == (None if wait is None else NOON + timedelta(seconds=wait))
