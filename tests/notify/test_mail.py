"""Mail: what its headers promise, and what its two parts show."""

import asyncio
import re
from email.message import EmailMessage
from typing import Any

import pytest
from lxml import html

from config.settings import Mail
from crawler.core.messages import Links
from crawler.notify.failures import SendFailed
from crawler.notify.keys import is_unsubscribe_token, secret_key
from crawler.notify.mail import mail_of, send_mail, server_of
from storage.records_outbox import DeliveryKind
from tests.notify.receivers import Inbox
from tests.notify.stories import LINKS, NOON, added, delivery, edit, message, problem, subscription

KEY = b"k" * 32


def mail(
    *entries: Any, kind: DeliveryKind = DeliveryKind.CHANGE, page_id: int | None = 1, **fields: Any
) -> EmailMessage:
    one = fields.pop("delivery", delivery(kind))
    links = fields.pop("links", LINKS)
    told = message(*entries, kind=kind, delivery=one, links=links, **fields)
    return mail_of(
        told, one, sender="letapis@example.org", recipient="reader@example.org", links=links, key=KEY, page_id=page_id,
        now=NOON,
    )  # fmt: skip


def part(of: EmailMessage, kind: str) -> str:
    found = of.get_body((kind,))
    assert found is not None
    return str(found.get_content())


def sent_through(inbox: Inbox, one: EmailMessage, **fields: Any) -> EmailMessage:
    settings = Mail(smtp=f"smtp://127.0.0.1:{inbox.port}", sender="letapis@example.org", starttls=False, **fields)
    asyncio.run(send_mail(settings, one, recipient="reader@example.org", seconds=10))
    return inbox.mails[-1]


def test_headers(inbox: Inbox) -> None:
    got = sent_through(inbox, mail(edit()))
    assert inbox.recipients == ["reader@example.org"]
    assert got["Subject"] == "Edited: Тарифы"
    assert got["From"] == "Letapis <letapis@example.org>"
    assert got["To"] == "reader@example.org"
    assert got["Date"] == "Thu, 12 Mar 2026 09:00:00 +0000"
    assert got["Auto-Submitted"] == "auto-generated"
    assert got["List-Id"] == "<subscription-3.letapis.example.org>"
    assert got["List-Unsubscribe"] == "<https://letapis.example/unsubscribe/3/token>"
    assert got["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert re.fullmatch(r"<[0-9a-f]{32}@example\.org>", got["Message-ID"])
    assert got["References"] == got["In-Reply-To"] != got["Message-ID"]
    assert got.get_content_type() == "multipart/alternative"
    assert [one.get_content_type() for one in got.iter_parts()] == ["text/plain", "text/html"]


def test_thread_is_the_pages() -> None:
    first, second, other = (
        mail(edit(), delivery=delivery(key=f"s3-c{n}"), page_id=page) for n, page in ((7, 1), (8, 1), (9, 2))
    )
    assert first["References"] == second["References"] != other["References"]
    assert len({one["Message-ID"] for one in (first, second, other)}) == 3
    assert mail(edit(), added(8, "Новость"), kind=DeliveryKind.DIGEST, page_id=None)["References"] is None


def test_one_click_only_over_https() -> None:
    plain = Links(public_url="http://127.0.0.1:8756", unsubscribe="http://127.0.0.1:8756/unsubscribe/3/t")
    got = mail(edit(), links=plain)
    assert got["List-Unsubscribe"] == "<http://127.0.0.1:8756/unsubscribe/3/t>"
    assert got["List-Unsubscribe-Post"] is None


def test_both_parts_tell_the_change(inbox: Inbox) -> None:
    got = sent_through(inbox, mail(edit(), matched={7: ("тариф*",)}))
    text, page = part(got, "plain"), html.fromstring(part(got, "html"))
    for words in (
        "Edited: Тарифы", "https://mpt.gov.by/ru/tariffs", "last seen as before 11 Mar 2026, 12:00",
        "first seen as after 12 Mar 2026, 12:00", "Words found: тариф*", "± Линия | [-12,40-]{+15,10+}",
        "+ Приём граждан по средам.", "number: 12,40, 10 → 15,10, 5", "https://letapis.example/changes/7",
        "https://letapis.example/unsubscribe/3/token",
    ):  # fmt: skip
        assert words in text
    assert [one.text for one in page.iter("del")] == ["12,40", "10"]
    assert [one.text for one in page.iter("ins")] == ["15,10", "5", "Приём граждан по средам."]
    assert all("text-decoration" in one.get("style") for one in page.iter("ins", "del"))
    assert [link.get("href") for link in page.iter("a")] == [
        "https://mpt.gov.by/ru/tariffs",
        "https://letapis.example/changes/7",
        "https://letapis.example/unsubscribe/3/token",
    ]
    assert not page.xpath("//script | //img | //link | //iframe | //form | //@onclick")


def test_digest_cuts_nothing_silently() -> None:
    titles = [f"Новость {number}" for number in range(1, 121)]
    news = [added(100 + number, title, 0.4) for number, title in enumerate(titles)]
    got = mail(*news, edit(significance=0.9), kind=DeliveryKind.DIGEST, page_id=None)
    text, page = part(got, "plain"), part(got, "html")
    assert got["Subject"] == "121 changes on mpt, 1 weighty"
    assert text.index("Edited: Тарифы") < text.index("Новость")  # the most significant first
    for shown in (text, page):
        assert all(title in shown for title in titles)
        assert all(f"https://letapis.example/changes/{100 + number}" in shown for number in range(120))
    assert text.count("Первый абзац.") == 49  # 50 differences at most, the edit's among them
    assert text.count("What differs is shown on the review page:") == 71


def test_problem_and_its_end() -> None:
    opened = mail(kind=DeliveryKind.PROBLEM, problem=problem(), page_id=None)
    assert opened["Subject"] == "Trouble with mpt: access is blocked"
    assert "It is no change of the site." in part(opened, "plain")
    over = delivery(DeliveryKind.PROBLEM, subject={"problem": 5, "healed": True})
    closed = mail(kind=DeliveryKind.PROBLEM, problem=problem(closed_at=NOON), delivery=over, page_id=None)
    assert closed["Subject"] == "Over: access is blocked (mpt)"


def test_test_message_can_not_be_unsubscribed_by_a_machine() -> None:
    assert mail(kind=DeliveryKind.TEST, page_id=None)["List-Unsubscribe"] is None


def test_half_a_surrogate_pair_is_sent(inbox: Inbox) -> None:
    got = sent_through(inbox, mail(added(7, "A\ud800B")))
    assert got["Subject"] == "Added: A?B"
    assert "A?B" in part(got, "plain")


@pytest.mark.parametrize(
    ("answer", "permanent"),
    [
        pytest.param("550 no such user", True, id="for good"),
        pytest.param("451 try later", False, id="for now"),
    ],
)
def test_refusals(inbox: Inbox, answer: str, permanent: bool) -> None:
    inbox.refuses["reader@example.org"] = answer
    with pytest.raises(SendFailed, match="refused the mail") as failure:
        sent_through(inbox, mail(edit()))
    assert failure.value.permanent is permanent


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        pytest.param(Mail(), "no mail server is set", id="none"),
        pytest.param(Mail(smtp="mail.example.org"), "is no address of a mail server", id="without scheme"),
        pytest.param(Mail(smtp="smtp://host:abc"), "is no address of a mail server", id="odd port"),
        pytest.param(Mail(smtp="http://host"), "is no address of a mail server", id="odd scheme"),
    ],
)
def test_settings_that_name_no_server(settings: Mail, words: str) -> None:
    with pytest.raises(SendFailed, match=words):
        server_of(settings)


def test_server_with_user() -> None:
    server = server_of(Mail(smtp="smtps://me%40example.org@mail.example.org", password="secret"))
    assert (server.host, server.port, server.tls, server.user) == ("mail.example.org", 465, True, "me@example.org")
    assert "secret" not in repr(server)


def test_server_without_tls_is_not_spoken_to_unless_told(inbox: Inbox) -> None:
    settings = Mail(smtp=f"smtp://127.0.0.1:{inbox.port}", sender="letapis@example.org")
    with pytest.raises(SendFailed, match=r"mail\.starttls = false"):
        asyncio.run(send_mail(settings, mail(edit()), recipient="reader@example.org", seconds=10))
    assert inbox.mails == []


def test_unsubscribe_token(tmp_path: Any) -> None:
    from config.settings import Settings
    from crawler.notify.telling import links_of

    key = secret_key(tmp_path)
    address = links_of(Settings(home=tmp_path), key, subscription()).unsubscribe or ""
    token = address.rpartition("/")[2]
    assert is_unsubscribe_token(key, 3, token)
    assert not is_unsubscribe_token(key, 4, token)
    assert not is_unsubscribe_token(key, 3, "é")
