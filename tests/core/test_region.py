"""The region digest: equal only where the document is equal, and equal where only the surroundings differ."""

import pytest

from config.site import Extract, Site
from crawler.core.canonical import digests
from crawler.core.region import region_digest
from tests.core.mutations import COSMETIC, OUTSIDE
from tests.core.test_canonical import profile_pages, read, true_edits
from tests.pages.cases import all_cases, site


def test_equal_regions_have_equal_documents() -> None:
    equal = 0
    for case, body, before in profile_pages():
        region = region_digest(body, case.site or site("mpt"))
        for name, edit in COSMETIC.items():
            edited = edit(body.decode()).encode()
            if edited != body and region_digest(edited, case.site or site("mpt")) == region:
                equal += 1
                after = digests(read(case, edited))
                assert (before.content, before.dates) == (after.content, after.dates), f"{case.name}: {name}"
    assert equal >= 100


@pytest.mark.parametrize("name", OUTSIDE)
def test_surroundings_do_not_count(name: str) -> None:
    for case, body, _ in profile_pages():
        edited = COSMETIC[name](body.decode()).encode()
        assert region_digest(edited, site("mpt")) == region_digest(body, site("mpt")), case.name


@pytest.mark.parametrize("name", ["classes", "styles", "image tokens", "text re-wrapped", "comments"])
def test_markup_that_no_reader_sees_does_not_count(name: str) -> None:
    for case, body, _ in profile_pages():
        if b"<pre" not in body:
            edited = COSMETIC[name](body.decode()).encode()
            assert region_digest(edited, site("mpt")) == region_digest(body, site("mpt")), case.name


def test_every_true_edit_counts() -> None:
    regions = {case.name: region_digest(body, site("mpt")) for case, body, _ in profile_pages()}
    found = true_edits()
    missed = [
        f"{c.name}: {edit.name}" for c, _, edit in found if region_digest(edit.page, site("mpt")) == regions[c.name]
    ]
    assert len(found) >= 200
    assert not missed


@pytest.mark.parametrize(
    ("case_name", "old", "new"),
    [
        pytest.param("drupal7-news", "2021-03-05T09:15", "2021-03-05T09:16", id="RDFa date"),
        pytest.param("drupal10-news", "2023-04-10T12:30", "2023-04-11T12:30", id="time of the node"),
        pytest.param("drupal10-jsonld-date", "2023-04-10T09:05", "2023-04-10T09:06", id="JSON-LD date"),
        pytest.param("drupal10-news", ">Запущен новый", ">Запущен старый", id="title"),
        pytest.param("drupal7-only-an-attachment", "otchet-1.pdf", "otchet-2.pdf", id="attachment"),
        pytest.param("drupal7-front-without-heading", "<title>Мин", "<title>О мин", id="title in the head alone"),
        pytest.param("drupal7-nested-lists", 'start="9"', 'start="8"', id="first number of a list"),
        pytest.param("drupal7-table-spans", 'rowspan="2"', "", id="span of a cell"),
        pytest.param("drupal7-base-href", "/sub/dir/", "/sub/", id="base of relative links"),
        pytest.param("drupal7-attachments-list", ' type="application/msword"', "", id="type of a file"),
        pytest.param(
            "drupal7-images-and-captions", 'data-src="/sites/default/files/zal', 'data-src="/sites/x', id="lazy image"
        ),
    ],
)
def test_sources_of_the_document_count(case_name: str, old: str, new: str) -> None:
    body = next(case.body for case in all_cases() if case.name == case_name)
    edited = body.replace(old.encode(), new.encode())
    assert edited != body
    assert region_digest(edited, site("mpt")) != region_digest(body, site("mpt"))


def test_windows_1251_pages_differ_by_a_letter() -> None:
    body = next(case.body for case in all_cases() if case.name == "charset-windows-1251-by-meta")
    edited = body.replace("Минске".encode("cp1251"), "Пинске".encode("cp1251"))
    assert region_digest(edited, site("mpt")) not in (None, region_digest(body, site("mpt")))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        pytest.param("<img src='/sites/a.jpg?id=5'>", "<img src='/sites/a.jpg?id=6'>", id="an image by its number"),
        pytest.param("<p>/a?sid=5</p>", "<p>/a?sid=6</p>", id="a key that is text"),
        pytest.param("<p>класс class='a'</p>", "<p>класс class='b'</p>", id="markup that is text"),
        pytest.param("<a href='/a?n=5'>а</a>", "<a href='/a?n=6'>а</a>", id="a page by its number"),
        pytest.param("<ol><li value=5>а</ol>", "<ol><li value=6>а</ol>", id="a number of an item"),
    ],
)
def test_small_edits_count(one: str, other: str) -> None:
    pages = [f"<body><div class=node-full><div class=content>{part}</div></div>".encode() for part in (one, other)]
    digest, changed = (region_digest(page, site("mpt")) for page in pages)
    assert digest is not None
    assert digest != changed


@pytest.mark.parametrize(
    ("one", "other"),
    [
        pytest.param("/sites/a.jpg?itok=Aa1", "/sites/a.jpg?itok=Bb2", id="image token"),
        pytest.param("/sites/a.jpg?1699", "/sites/a.jpg?1700", id="cache buster"),
        pytest.param("/sites/a.jpg?v=1", "/sites/a.jpg", id="version"),
    ],
)
def test_tokens_of_images_do_not_count(one: str, other: str) -> None:
    page = "<body><div class=node-full><div class=content><img src='{}'></div></div>"
    assert region_digest(page.format(one).encode(), site("mpt")) == region_digest(
        page.format(other).encode(), site("mpt")
    )


def test_no_root_no_digest() -> None:
    body = next(case.body for case in all_cases() if case.name == "unknown-wordpress")
    assert region_digest(body, site("mpt")) is None


@pytest.mark.parametrize("body", [b"", b"\x00" * 50, b"\xff\xfe\x00", b"<" * 5000, b"<div>" * 20000], ids=repr)
def test_hostile_bytes_have_no_region(body: bytes) -> None:
    assert region_digest(body[:20000], site("mpt")) is None


def test_profiles_without_content_have_no_digest() -> None:
    bare = Site(key="x", hosts=("x.example",), seeds=("https://x.example/",), extract=Extract())
    assert region_digest(b"<p>x</p>", bare) is None
