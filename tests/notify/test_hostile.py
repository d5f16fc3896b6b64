"""Whatever a site calls its pages: it is shown as text in mail, chat and webhook."""

import json
import random
from email import message_from_bytes, policy
from email.header import decode_header, make_header
from email.parser import BytesHeaderParser
from typing import Any

import jsonschema_rs
import pytest
from lxml import html

from crawler.core.messages import Message
from crawler.core.messages.payload import schema
from crawler.notify.chat import plain
from crawler.notify.mail import mail_of
from crawler.notify.webhook import encoded
from storage.records_outbox import DeliveryKind
from tests.notify.stories import LINKS, NOON, added, delivery, edit, message, problem, subscription

PIECES = (
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "</a></td></table><h1>",
    "<style>*{display:none}</style>",
    '" onmouseover="alert(1)',
    "'><svg/onload=alert(1)>",
    "&lt;b&gt;",
    "<!--",
    "]]>",
    "javascript:alert(1)",
    "\r\nBcc: victim@example.org",
    "\nContent-Type: text/html\n\n<h1>owned</h1>",
    "\r\n.\r\nMAIL FROM:<a@b>",
    "\x00",
    "\x1b[31m",
    "=?utf-8?q?=0d=0aBcc:_victim@example.org?=",
    "\u202egnp.exe",
    "\u2066\u2069\u200f\u061c",
    "\u2028\u2029\x85",
    "\ud800",
    "*bold* _it_ ~st~ `code` [x](http://evil.example)",
    "@everyone @here <!channel> <@U123> <#C1>",
    "{{ 7*7 }}",
    "{% raw %}",
    "%(n)s %s {0} {site}",
    "Тарифы",
    "Ліцэнзіі ў сувязі",
    "0" * 40,
    "e\u0301" * 10,
    "🙂",
    "A" * 10_000,
    "x " * 5_000,
)


def titles() -> list[str]:
    """Five hundred titles put together from the pieces, the same in each run."""
    chance = random.Random(19_700_101)
    return ["".join(chance.choices(PIECES, k=chance.randint(1, 4))) for _ in range(500)]


@pytest.fixture(scope="module")
def told() -> list[tuple[str, Message]]:
    return [
        (title, message(added(7, title, 0.5), subscription=subscription(name=title[:50] or "s"))) for title in titles()
    ]


def test_headers_of_mail(told: list[tuple[str, Message]]) -> None:
    usual = set(raw(message(edit())).keys()) - {"MIME-Version"}
    for title, one in told:
        mail = BytesHeaderParser().parsebytes(mail_of_bytes(one))  # the older reader: it believes nothing of ours
        assert set(mail.keys()) - {"MIME-Version"} == usual, title
        assert mail["To"] == "reader@example.org"
        subject = str(make_header(decode_header(mail["Subject"])))
        assert subject.startswith("Added: ")
        assert len(subject) < 150
        assert not set("\r\n\x00\x1b\u202e\u2028\u061c") & set(subject)


def test_bodies_of_mail(told: list[tuple[str, Message]]) -> None:
    for title, one in told:
        page = html.fromstring(one.html.encode("utf-8", "replace").decode())
        assert not page.xpath("//script | //img | //svg | //form | //h1 | //iframe"), title
        assert len(page.xpath("//style")) == 1
        assert not page.xpath("//@*[starts-with(name(), 'on')]")
        assert all(href.startswith("https://") for href in page.xpath("//a/@href"))
        assert not set("\x00\x1b\u202e\u2066\u2028") & set(one.text)


def mail_of_bytes(one: Message) -> bytes:
    sent = mail_of(
        one,
        delivery(),
        sender="letapis@example.org",
        recipient="reader@example.org",
        links=LINKS,
        key=b"k",
        page_id=None,
        now=NOON,
    )
    return sent.as_bytes()


def raw(one: Message) -> Any:
    """What a mail program makes of the bytes that are sent."""
    return message_from_bytes(mail_of_bytes(one), policy=policy.default)


def test_what_is_shown_is_the_title_itself() -> None:
    mail = raw(message(added(7, "<b>12 & 5</b> {{ 7*7 }}", 0.5)))
    page = html.fromstring(mail.get_body(("html",)).get_content())
    assert page.xpath("string(//h2)") == "<b>12 & 5</b> {{ 7*7 }}"
    assert str(mail["Subject"]) == "Added: <b>12 & 5</b> {{ 7*7 }}"


def test_chat(told: list[tuple[str, Message]]) -> None:
    for title, one in told:
        short = plain(one.short)
        assert len(one.short) <= 1_000, title
        assert "https://letapis.example/changes/7" in short
        assert not set("\x00\x1b\r\u202e\u2066\u2028\u061c") & set(short)
        assert "@everyone" not in short
        assert "<!channel" not in short
        assert "<@U" not in short


def test_webhook(told: list[tuple[str, Message]]) -> None:
    valid = jsonschema_rs.validator_for(schema())
    for title, one in told:
        got = json.loads(encoded(one.payload))
        valid.validate(got)
        assert got["changes"][0]["title"] == title  # to the letter: to show it safely is the receiver's part


@pytest.mark.parametrize(
    "one",
    [
        pytest.param(message(edit(), matched={7: ("тариф*",)}), id="edit"),
        pytest.param(
            message(edit(), *(added(n, f"Новость {n}") for n in range(10, 80)), kind=DeliveryKind.DIGEST), id="digest"
        ),
        pytest.param(message(kind=DeliveryKind.PROBLEM, problem=problem()), id="problem"),
        pytest.param(message(kind=DeliveryKind.TEST), id="test"),
    ],
)
def test_payloads_obey_the_schema(one: Message) -> None:
    jsonschema_rs.validator_for(schema()).validate(json.loads(encoded(one.payload)))


def test_schema_is_no_formality() -> None:
    payload = json.loads(encoded(message(edit()).payload))
    del payload["changes"][0]["review_url"]
    assert not jsonschema_rs.validator_for(schema()).is_valid(payload)
