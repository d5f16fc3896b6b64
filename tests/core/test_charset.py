"""Charsets: the right text whatever is declared, or an error; never mojibake."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.core.charset import declared, decode
from crawler.core.errors import ExtractionError

RUSSIAN = "Министерство сообщило о строительстве линии связи. Работы закончатся весной, подключат двадцать деревень."
BELARUSIAN = "Міністэрства паведаміла аб будаўніцтве лініі сувязі. Праца скончыцца вясной, падключаць дваццаць вёсак."
ENGLISH = "The ministry reported on a new line. Work ends in spring."
SHORT = "Связь есть"


def page(text: str, charset: str | None = None) -> str:
    meta = f'<meta http-equiv="Content-Type" content="text/html; charset={charset}">' if charset else ""
    return f"<html><head>{meta}<title>{text}</title></head><body class='x'><p>{text}</p></body></html>"


@pytest.mark.parametrize(
    ("text", "encoding", "meta", "header"),
    [
        pytest.param(RUSSIAN, "utf-8", None, "", id="UTF-8, undeclared"),
        pytest.param(RUSSIAN, "utf-8", "windows-1251", "", id="UTF-8, the page says 1251"),
        pytest.param(RUSSIAN, "utf-8", "utf-8", "text/html; charset=koi8-r", id="UTF-8, the header says KOI8-R"),
        pytest.param(
            RUSSIAN, "utf-8-sig", "windows-1251", "text/html; charset=windows-1251", id="byte order mark wins"
        ),
        pytest.param(RUSSIAN, "utf-16", None, "text/html; charset=utf-8", id="UTF-16 with a mark"),
        pytest.param(RUSSIAN, "utf-16-le", None, "text/html", id="UTF-16 LE without a mark"),
        pytest.param(RUSSIAN, "utf-16-be", None, "text/html; charset=utf-16", id="UTF-16 BE without a mark"),
        pytest.param(RUSSIAN, "cp1251", None, "text/html; charset=windows-1251", id="1251 by header"),
        pytest.param(RUSSIAN, "cp1251", "windows-1251", "", id="1251 by meta"),
        pytest.param(RUSSIAN, "cp1251", None, "", id="1251 undeclared"),
        pytest.param(RUSSIAN, "cp1251", None, "text/html; charset=utf-8", id="1251, the header says UTF-8"),
        pytest.param(
            RUSSIAN, "cp1251", "windows-1251", "text/html; charset=ISO-8859-1", id="1251, the server says Latin-1"
        ),
        pytest.param(RUSSIAN, "cp1251", "koi8-r", "text/html; charset=koi8-r", id="1251, both say KOI8-R"),
        pytest.param(
            RUSSIAN, "cp1251", None, "text/html; charset=no-such-charset", id="1251, the header says nonsense"
        ),
        pytest.param(RUSSIAN, "cp1251", None, 'text/html; charset="cp1251"', id="1251 by another name"),
        pytest.param(RUSSIAN, "koi8-r", "koi8-r", "", id="KOI8-R by meta"),
        pytest.param(RUSSIAN, "koi8-r", None, "", id="KOI8-R undeclared"),
        pytest.param(RUSSIAN, "koi8-r", "windows-1251", "text/html; charset=windows-1251", id="KOI8-R, both say 1251"),
        pytest.param(RUSSIAN, "cp866", None, "text/html; charset=cp866", id="DOS by header"),
        pytest.param(RUSSIAN, "cp866", None, "", id="DOS undeclared"),
        pytest.param(RUSSIAN, "iso8859-5", None, "text/html; charset=iso-8859-5", id="ISO-8859-5"),
        pytest.param(RUSSIAN, "mac-cyrillic", "x-mac-cyrillic", "", id="Macintosh"),
        pytest.param(BELARUSIAN, "cp1251", None, "", id="Belarusian 1251 undeclared"),
        pytest.param(BELARUSIAN, "cp1251", "utf-8", "", id="Belarusian 1251, the page says UTF-8"),
        pytest.param(BELARUSIAN, "utf-8", None, "", id="Belarusian UTF-8"),
        pytest.param(SHORT, "cp1251", "windows-1251", "", id="a short text, declared"),
        pytest.param(SHORT, "cp1251", None, "text/html; charset=utf-8", id="a short text, declared wrong"),
        pytest.param(RUSSIAN.upper(), "cp1251", "windows-1251", "", id="capitals in 1251"),
        pytest.param(RUSSIAN.upper(), "koi8-r", "koi8-r", "", id="capitals in KOI8-R"),
        pytest.param(ENGLISH, "ascii", "koi8-r", "", id="plain ASCII"),
        pytest.param("Café à Genève, où l’on prépare le thé", "cp1252", "iso-8859-1", "", id="French in Latin-1"),
        pytest.param("«Цена — 5 €», № 7…", "cp1251", "windows-1251", "", id="typography in 1251"),
        pytest.param("© 2020", "cp1251", None, "", id="a sign alone, undeclared"),
        pytest.param("Ў", "cp1251", "windows-1251", "", id="a letter alone"),
        pytest.param("Цена", "koi8-r", "koi8-r", "", id="a word alone"),
    ],
)
def test_the_text_is_right(text: str, encoding: str, meta: str | None, header: str) -> None:
    body = page(text, meta).encode(encoding)
    assert text in decode(body, header)


def test_a_broken_byte_spoils_one_letter() -> None:
    body = page(RUSSIAN).encode().replace("весной".encode(), b"\xd0", 1)
    assert decode(body).count("\ufffd") == 1
    assert "строительстве" in decode(body)


def test_bytes_in_no_encoding_are_an_error() -> None:
    body = b"<html><body>" + bytes(range(128, 256)) * 40 + b"</body></html>"
    with pytest.raises(ExtractionError, match="charset"):
        decode(body)


@pytest.mark.parametrize("label", ["unicode_escape", "utf-7", "idna", "rot13", "base64", "punycode", "zlib", "x" * 500])
def test_dangerous_codecs_are_not_used(label: str) -> None:
    assert declared(page(RUSSIAN, label).encode(), f"text/html; charset={label}") == []


def test_declared_in_the_order_of_belief() -> None:
    assert declared(page("", "koi8-r").encode(), "text/html;charset=WINDOWS-1251") == ["windows-1251", "koi8-r"]


@given(st.binary(max_size=400), st.sampled_from(["", "text/html; charset=utf-16", "charset=koi8-r", "charset=big5"]))
def test_any_bytes_give_text_or_an_error(body: bytes, header: str) -> None:
    try:
        text = decode(body, header)
    except ExtractionError as error:
        text = str(error).replace("\n", "\ud800")  # a message of two lines fails below
    text.encode()
