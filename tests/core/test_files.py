"""What is read out of each format, word for word."""

import datetime as dt

import docx
import openpyxl
import pytest
from docx.opc.constants import RELATIONSHIP_TYPE
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.text.paragraph import Paragraph

from crawler.core.files import FileError, extract_file, is_document, structure_digest
from storage.records import Document, Extractor, PageKind
from tests.core.file_samples import (
    cyrillic_font,
    drawn_pdf,
    old_document,
    old_workbook,
    ole,
    open_document,
    saved,
    scanned_pdf,
    set_pdf,
    zipped,
)

needs_font = pytest.mark.skipif(cyrillic_font() is None, reason="no font with Cyrillic letters on this machine")

RUSSIAN = (
    "Оператор электросвязи обязан до 1 сентября каждого года подавать сведения о протяжённости линий связи, введённых "
    "в эксплуатацию за отчётный период, и о количестве абонентов, подключённых к ним по состоянию на 1 июля."
)
BELARUSIAN = (
    "Аператар паштовай сувязі штоквартал паведамляе спажыўцам пра змены тарыфаў на перасылку пасылак вагой да 20 кг, "
    "калі гэтыя змены перавышаюць 3,5 працэнта ад дзейнага ўзроўню цаны."
)
ENGLISH = (
    "A licence holder keeps records of every outage longer than fifteen minutes and hands them over to the "
    "inspectorate within five working days of a written request, free of charge."
)


def read(body: bytes, name: str = "file.bin", media_type: str | None = None) -> Document:
    return extract_file(body, url=f"https://example.by/sites/default/files/{name}", media_type=media_type)


@needs_font
@pytest.mark.parametrize("text", [RUSSIAN, BELARUSIAN, ENGLISH], ids=["Russian", "Belarusian", "English"])
def test_a_pdf_gives_its_paragraph_word_for_word(text: str) -> None:
    document = read(set_pdf([text]), "order_7.pdf")
    assert (document.text, document.title) == (text, "order 7")
    assert (document.extractor, document.kind, document.notice) == (Extractor.FILE, PageKind.DOCUMENT, None)


@needs_font
@pytest.mark.parametrize(
    ("size", "margin", "indent"), [(12, 72, 0), (14, 60, 36), (10, 110, 0), (13, 90, 25)],
    ids=["as first set", "larger with indents", "small and narrow", "wide margins with indents"],
)  # fmt: skip
def test_the_same_paragraphs_set_otherwise_are_the_same_text(size: float, margin: float, indent: float) -> None:
    parts = [RUSSIAN, ENGLISH, "Коротко.", BELARUSIAN, RUSSIAN + " " + RUSSIAN] * 4
    assert read(set_pdf(parts, size=size, margin=margin, indent=indent)).text == "\n\n".join(parts)


@needs_font
def test_hyphens_at_line_ends_are_joined_and_words_keep_their_own() -> None:
    lines = [
        "Постановление вступает в силу после его официального опубли-",
        "кования; услуги, оказываемые из-за рубежа, учитываются отдель-",
        "но, а научно-исследовательские и опытные работы, научно-",
        "исследовательские в том числе, облагаются по ставке 2017-",
        "2018 годов.",
    ]
    assert read(drawn_pdf([lines])).text == (
        "Постановление вступает в силу после его официального опубликования; услуги, оказываемые из-за рубежа, "
        "учитываются отдельно, а научно-исследовательские и опытные работы, научно-исследовательские в том числе, "
        "облагаются по ставке 2017-2018 годов."
    )


@needs_font
def test_page_numbers_go_and_a_sentence_crosses_the_page() -> None:
    first = ["Перечень документов, которые заявитель прилагает к заявлению о выдаче", "лицензии на оказание услуг"]
    second = ["электросвязи, утверждается приказом и размещается на официальном", "сайте."]
    third = ["Срок хранения документов составляет пять лет."]
    document = read(drawn_pdf([["1", *first], ["2", *second], ["3", *third]]))
    assert document.text.startswith(" ".join(first + second))
    assert document.text.endswith(third[0])
    assert "2" not in document.text


@needs_font
def test_a_scan_says_that_it_needs_ocr() -> None:
    assert read(scanned_pdf("white")).notice == "needs_ocr"
    assert read(scanned_pdf("white")).text == ""


@needs_font
def test_a_font_that_does_not_name_its_letters_needs_ocr() -> None:
    """Without ToUnicode the codes mean nothing: no text is better than signs nobody can read."""
    nameless = set_pdf([RUSSIAN]).replace(b"/ToUnicode", b"/XoUnicode")
    assert (read(nameless).notice, read(nameless).text) == ("needs_ocr", "")


def test_structure_tells_a_regenerated_scan_from_a_replaced_one() -> None:
    assert scanned_pdf("red", note="v1") != scanned_pdf("red", note="v2")
    assert structure_digest(scanned_pdf("red", note="v1")) == structure_digest(scanned_pdf("red", note="v2"))
    assert structure_digest(scanned_pdf("red")) != structure_digest(scanned_pdf("blue"))
    assert structure_digest(scanned_pdf("red")) != structure_digest(scanned_pdf("red", pages=2))
    assert structure_digest("просто текст".encode()) is None


def test_a_locked_pdf_says_so() -> None:
    document = read(drawn_pdf([["Secret"]], password="open sesame"))
    assert (document.notice, document.text) == ("encrypted", "")


def styled_docx() -> bytes:
    document = docx.Document()
    document.core_properties.title = "Microsoft Word - приказ.docx"
    document.add_heading("Правила оказания услуг", level=1)
    paragraph = document.add_paragraph("Плата взимается ")
    paragraph.add_run("ежемесячно").bold = True
    paragraph.add_run(" по ")
    _link(paragraph, "https://example.by/tariffs", "тарифам")
    paragraph.add_run(".")
    for item in ("заявление", "копия договора"):
        document.add_paragraph(item, style="List Bullet")
    document.add_heading("Тарифы", level=2)
    table = document.add_table(rows=2, cols=2)
    for cell, text in zip(
        (c for r in table.rows for c in r.cells), ("Услуга", "Цена", "Телеграмма", "1,85"), strict=True
    ):
        cell.text = text
    return saved(document)


def _link(paragraph: Paragraph, url: str, text: str) -> None:
    place = paragraph.part.relate_to(url, RELATIONSHIP_TYPE.HYPERLINK, is_external=True)
    link = OxmlElement("w:hyperlink")
    link.set(qn("r:id"), place)
    run = OxmlElement("w:r")
    words = OxmlElement("w:t")
    words.text = text
    run.append(words)
    link.append(run)
    paragraph._p.append(link)


def test_a_docx_keeps_headings_lists_links_and_tables() -> None:
    document = read(styled_docx(), "rules.docx")
    assert document.title == "Правила оказания услуг"
    assert document.markdown == (
        "Плата взимается **ежемесячно** по [тарифам](https://example.by/tariffs).\n\n"
        "- заявление\n- копия договора\n\n"
        "## Тарифы\n\n"
        "|  |  |\n| --- | --- |\n| Услуга | Цена |\n| Телеграмма | 1,85 |"
    )
    assert [(link.url, link.text) for link in document.links] == [("https://example.by/tariffs", "тарифам")]


def workbook() -> bytes:
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "Тарифы"
    rows = [["Услуга", "Цена", "С"], ["Письмо", 1.85, dt.date(2017, 4, 26)], ["Пасылка", 0.1 + 0.2, "калі да 5 кг"]]
    for row in rows:
        sheet.append(row)
    sheet["A5"] = "Итого"
    sheet.merge_cells("A5:B5")
    sheet["C5"] = 1850
    hidden = book.create_sheet("Черновик")
    hidden["A1"] = "не показывать"
    hidden.sheet_state = "hidden"
    return saved(book)


def test_a_workbook_shows_its_visible_sheets_as_tables() -> None:
    document = read(workbook(), "prices%202017.xlsx")
    assert document.title == "prices 2017"
    assert document.text == (
        "Тарифы\n\nУслуга\tЦена\tС\nПисьмо\t1.85\t2017-04-26\nПасылка\t0.3\tкалі да 5 кг\n\nИтого\t\t1850"
    )
    assert "| Итого | Итого | 1850 |" in document.markdown


def test_an_old_workbook_shows_its_visible_sheets() -> None:
    body = old_workbook(
        {"Лист1": [["Индекс", 220030.0], ["Улица", "пр. Независимости, 10"]], "Скрыт": [["x"]]}, hidden=["Скрыт"]
    )
    assert read(body, "a.xls").text == "Лист1\n\nИндекс\t220030\nУлица\tпр. Независимости, 10"


def test_an_ods_shows_its_visible_sheets() -> None:
    cell = '<table:table-cell office:value-type="string"><text:p>{}</text:p></table:table-cell>'
    number = '<table:table-cell office:value-type="float" office:value="12.5"><text:p>12,5</text:p></table:table-cell>'
    rows = f"<table:table-row>{cell.format('Город')}{cell.format('Цена')}</table:table-row>"
    rows += f"<table:table-row>{cell.format('Гродна')}{number}</table:table-row>"
    row, column = 'table:number-rows-repeated="1048574"', 'table:number-columns-repeated="16384"'
    rows += f"<table:table-row {row}><table:table-cell {column}/></table:table-row>"
    hidden = '<style:style style:name="ta2" style:family="table"><style:table-properties table:display="false"/>'
    sheets = f'<table:table table:name="Ліст">{rows}</table:table><table:table table:name="X" table:style-name="ta2">'
    sheets += f"<table:table-row>{cell.format('-')}</table:table-row></table:table>"
    hidden += "</style:style>"
    assert (
        read(open_document("spreadsheet", sheets, styles=hidden), "a.ods").text == "Ліст\n\nГород\tЦена\nГродна\t12.5"
    )


def test_an_rtf_with_code_page_escapes_unicode_and_a_table() -> None:
    word = "".join(f"\\'{byte:02x}" for byte in "Приказ № 14".encode("cp1251"))
    body = (
        "{\\rtf1\\ansi\\ansicpg1251{\\fonttbl{\\f0\\fcharset0 Times;}}{\\info{\\title " + word + "}}"
        "\\f0 " + word + " \\u1118?\\u1110?\\par \\trowd\\cellx100\\cellx200 A\\cell B\\cell\\row"
        "\\trowd 1 850,5\\cell C|D\\cell\\row\\pard "
        '{\\field{\\*\\fldinst{HYPERLINK "https://example.by/a"}}{\\fldrslt{\\ul End}}}.\\par}'
    )
    document = read(body.encode("latin-1"), "a.rtf", "application/msword")
    assert document.title == "Приказ № 14"
    assert document.text == "Приказ № 14 ўі\n\nA\tB\n1 850,5\tC|D\n\nEnd."
    assert [(link.url, link.text) for link in document.links] == [("https://example.by/a", "End")]


def test_an_odt_keeps_headings_lists_tables_and_notes() -> None:
    styles = (
        '<style:style style:name="B" style:family="text"><style:text-properties fo:font-weight="bold"/></style:style>'
        '<text:list-style style:name="N"><text:list-level-style-number text:level="1"/></text:list-style>'
    )
    body = (
        "<text:tracked-changes><text:p>удалённое</text:p></text:tracked-changes>"
        '<text:h text:outline-level="1">Інструкцыя</text:h>'
        '<text:p>Просты<text:s text:c="2"/>тэкст<text:span text:style-name="B"> важна</text:span>'
        "<text:note><text:note-citation>1</text:note-citation><text:note-body><text:p>заўвага</text:p></text:note-body></text:note>"
        '<text:line-break/><text:a xlink:href="https://example.by/x">тут</text:a></text:p>'
        '<text:list text:style-name="N"><text:list-item><text:p>першы</text:p></text:list-item>'
        "<text:list-item><text:p>другі</text:p></text:list-item></text:list>"
        "<table:table><table:table-row><table:table-cell><text:p>A</text:p></table:table-cell>"
        '<table:table-cell table:number-rows-spanned="2"><text:p>B</text:p></table:table-cell></table:table-row>'
        "<table:table-row><table:table-cell><text:p>C</text:p></table:table-cell><table:covered-table-cell/></table:table-row></table:table>"
    )
    document = read(open_document("text", body, styles=styles, title="Інструкцыя"), "a.odt")
    assert document.title == "Інструкцыя"
    assert document.markdown == (
        "Просты тэкст **важна**<sup>[1]</sup>  \n[тут](https://example.by/x)\n\n1. першы\n2. другі\n\n"
        "|  |  |\n| --- | --- |\n| A | B |\n| C | B |\n\n[1] заўвага"
    )


def test_an_old_doc_gives_paragraphs_tables_and_links() -> None:
    text = (
        "Order 14\rПра зацвярджэнне тарыфаў\x0bна 2017 год\r"
        'Гл. \x13 HYPERLINK "https://example.by/t" \x14тарыфы\x15 і \x13PAGE\x14\x15дадатак.\r'
        "Услуга\x07Цена\x07\x07Письмо\x071,85\x07\x07Пасылка\x07\x07\x07Между таблицами.\r1\x072\x07\x07Мі\x1fністр\x0c"
    )
    document = read(old_document(text, narrow=9), "a.doc", "application/msword")
    assert document.text == (
        "Order 14\n\nПра зацвярджэнне тарыфаў\nна 2017 год\n\nГл. тарыфы і дадатак.\n\n"
        "Услуга\tЦена\nПисьмо\t1,85\nПасылка\n\nМежду таблицами.\n\n1\t2\n\nМіністр"
    )
    assert "| Пасылка |  |" in document.markdown
    assert [(link.url, link.text) for link in document.links] == [("https://example.by/t", "тарыфы")]


WRAPPED = """Извещение о проведении
открытого конкурса

   Организатор приглашает всех заинтересованных лиц принять участие
в открытом конкурсе на право использования полосы радиочастот 2,6 ГГц
сроком на 10 лет.
   Заявки принимаются до 15 марта включительно.
"""


@pytest.mark.parametrize("charset", ["utf-8", "utf-8-sig", "cp1251", "koi8-r", "cp866", "utf-16"])
def test_a_plain_text_is_read_in_any_charset(charset: str) -> None:
    document = read(WRAPPED.encode(charset), "izveshchenie.txt", "text/plain; charset=iso-8859-1")
    assert document.text.split("\n\n")[-2:] == [
        "Организатор приглашает всех заинтересованных лиц принять участие в открытом конкурсе на право использования "
        "полосы радиочастот 2,6 ГГц сроком на 10 лет.",
        "Заявки принимаются до 15 марта включительно.",
    ]


@pytest.mark.parametrize("sign", [";", ",", "\t"], ids=["semicolons", "commas", "tabs"])
def test_a_csv_is_one_table(sign: str) -> None:
    rows = [["Город", "Абонентов", "Доля"], ["Брэст", "12 400", "3"], ['"Гродна"', "9 870", "2"]]
    body = "\r\n".join(sign.join(row) for row in rows).encode("cp1251")
    assert read(body, "a.csv", "text/csv").text == "Город\tАбонентов\tДоля\nБрэст\t12 400\t3\nГродна\t9 870\t2"


@pytest.mark.parametrize(
    ("body", "name", "notice"),
    [
        (zipped({"a.txt": "x"}), "a.zip", "no_text_in_format"),
        (b"Rar!\x1a\x07\x00", "a.rar", "no_text_in_format"),
        (b"\x89PNG\r\n\x1a\n", "a.png", "no_text_in_format"),
        (zipped({"ppt/presentation.xml": "<p/>"}), "a.pptx", "no_text_in_format"),
        (ole({"EncryptedPackage": b""}), "a.docx", "encrypted"),
        (old_document("x", encrypted=True), "a.doc", "encrypted"),
        (old_document("x", version=0x65), "a.doc", "doc_without_converter"),
        (b"%PDF-1.7\nnothing more", "a.pdf", "broken"),
        (styled_docx()[:2000], "a.docx", "broken"),
        (zipped({"word/document.xml": "<w:document"}), "a.docx", "broken"),
    ],
    ids=[
        "archive",
        "RAR",
        "picture",
        "slides",
        "locked workbook",
        "locked DOC",
        "DOC of Word 95",
        "empty PDF",
        "cut DOCX",
        "cut XML",
    ],
)
def test_a_notice_says_why_there_is_no_text(body: bytes, name: str, notice: str) -> None:
    document = read(body, name)
    assert (document.notice, document.text) == (notice, "")


@pytest.mark.parametrize(
    ("body", "name", "media_type"),
    [
        (b"<!DOCTYPE html><title>404</title>", "a.pdf", "application/pdf"),
        (b"not a pdf at all", "a.pdf", "application/pdf"),
        (b"MZ\x90\x00", "setup", "application/octet-stream"),
        (b"", "a.docx", None),
    ],
    ids=["error page as PDF", "words as PDF", "program", "nothing"],
)
def test_bytes_that_cannot_be_what_they_say_are_an_error(body: bytes, name: str, media_type: str | None) -> None:
    with pytest.raises(FileError) as error:
        read(body, name, media_type)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("media_type", "name", "head", "claim"),
    [
        ("text/html", "node/12", b"%PDF-1.4", True),
        ("application/octet-stream", "a.doc", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", True),
        ("application/octet-stream", "a.xlsx", b"PK\x03\x04", True),
        ("text/plain; charset=utf-8", "a.txt", b"words", True),
        ("application/pdf", "a.pdf", b"<html>", False),
        ("text/html; charset=utf-8", "a.pdf", b"\n<!doctype html>", False),
        ("application/rss+xml", "rss.xml", b"<?xml version='1.0'?><rss>", False),
        ("image/jpeg", "a.jpg", b"\xff\xd8\xff", False),
        (None, "ru/news", b"  text", False),
        ("application/json", "api", b"{}", False),
    ],
    ids=[
        "PDF as HTML",
        "DOC as bytes",
        "zip as bytes",
        "text",
        "page as PDF",
        "page",
        "feed",
        "picture",
        "nothing said",
        "JSON",
    ],
)
def test_what_is_a_document(media_type: str | None, name: str, head: bytes, claim: bool) -> None:
    assert is_document(media_type, f"https://example.by/{name}", head) is claim
