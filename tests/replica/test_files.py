"""Attachments read back exactly."""

import io

import mammoth
import pypdfium2
import pytest

from tests.replica.asking import ask, folded
from tests.site import Replica
from tests.site.files import docx, pdf


def pdf_text(content: bytes) -> str:
    document = pypdfium2.PdfDocument(content)
    try:
        return "\n".join(page.get_textpage().get_text_range() for page in document)
    finally:
        document.close()


def test_served_documents_say_what_is_true(quiet: Replica) -> None:
    documents = [truth for truth in quiet.truth() if truth.kind == "document"]
    assert len(documents) >= 12
    for truth in documents:
        reply = ask(quiet, truth.url)
        assert reply.body == truth.body_bytes
        if truth.url.endswith(".pdf"):
            assert reply.headers["content-type"] == "application/pdf"
            assert folded(pdf_text(reply.body)) == folded(truth.text)
        else:
            assert mammoth.extract_raw_text(io.BytesIO(reply.body)).value.strip() == truth.text


def test_a_pdf_keeps_cyrillic_letters_and_signs() -> None:
    words = "Ёлка, ў, і, Ґ — «6,8 %» № 12 … 10 €"
    content = pdf((words,), "Пробный лист")
    document = pypdfium2.PdfDocument(content)
    assert pdf_text(content) == words
    assert document.get_metadata_dict()["Title"] == "Пробный лист"
    document.close()


def test_a_long_pdf_has_several_pages() -> None:
    paragraphs = tuple(f"Пункт {n} перечня." for n in range(90))
    content = pdf(paragraphs, "Перечень")
    assert content.count(b"/Type /Page /Parent") == 4
    assert folded(pdf_text(content)) == folded(" ".join(paragraphs))


def test_a_pdf_made_anew_differs_in_bytes_alone() -> None:
    one, two = pdf(("а",), "т", "20240101000000"), pdf(("а",), "т", "20250101000000")
    assert one != two
    assert pdf_text(one) == pdf_text(two)


def test_a_docx_has_headings() -> None:
    found = mammoth.convert_to_html(io.BytesIO(docx(("## Глава", "Текст & знак"), "т"))).value
    assert found == "<h2>Глава</h2><p>Текст &amp; знак</p>"


@pytest.mark.parametrize(
    "sent", [("If-None-Match", "etag"), ("If-Modified-Since", "last-modified")], ids=lambda pair: pair[1]
)
def test_the_file_server_honours_either_validator(quiet: Replica, sent: tuple[str, str]) -> None:
    url = next(truth.url for truth in quiet.truth() if truth.kind == "document")
    assert ask(quiet, url, {sent[0]: ask(quiet, url).headers[sent[1]]}).status == 304


def test_a_replaced_file_has_new_validators_under_its_old_address(replica: Replica) -> None:
    url = f"{replica.url}/sites/default/files/docs/soglashenie-rouming.pdf"
    before = ask(replica, url)
    replica.apply("attachment-replaced")
    after = ask(replica, url, {"If-None-Match": before.headers["etag"]})
    assert after.status == 200
    assert "0,29 рубля" in folded(pdf_text(after.body))
