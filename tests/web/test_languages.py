"""Every page in every language: it says which it speaks, and no word of another's catalogue is left in it."""

import re
from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest
from babel.messages.pofile import read_po
from lxml import html

from crawler.notify.channels import channel_fault
from docs.messages import po_file
from storage.records_accounts import Role
from tests.web.conftest import Client, Site
from tests.web.walk import screens

pytestmark = pytest.mark.kept("hostile")

_SAME = {"API", "SHA-256"}  # said alike in every language
_STORED = "//*[@lang and not(self::html)] | //code | //pre | //kbd | //script | //style | //option[not(@value='')]"


@cache
def english(language: str) -> frozenset[str]:
    """The English messages that this language says otherwise."""
    with po_file(language).open("rb") as file:
        found = {(m.id if isinstance(m.id, str) else m.id[0], m.string) for m in read_po(file) if m.id}
    return frozenset(one for one, told in found if one != told and one not in _SAME)


def left_overs(page: Any, language: str) -> list[str]:
    """English messages that stand in the page as a text, a label or a hint of their own."""
    for element in page.xpath(_STORED):
        element.text = None
        for child in list(element):
            element.remove(child)
    said = page.xpath("//text()") + page.xpath("//@aria-label | //@title | //@placeholder | //@alt")
    told = {re.sub(r"^[\W\d]+|[\s↑↓→←:…]+$", "", " ".join(str(one).split())) for one in said}
    return sorted(told & english(language))


# What is English by its nature, and stands in texts of every language: commands, settings, fields, headers, formats.
_BY_NATURE = re.compile(
    r"""\S+://\S+ | \b(?:mailto|webhook):\S* | \S+@\S+ | \S*\[\S+\]\S* | @NAME | ^\s*/\S+ | \b[\w-]+/[\w.+-]+\b
    | letapis(?:\s+[a-z]+)*(?:\s+--[a-z-]+(?:\s[a-z]+)?)? | letapis_… | --[a-z-]+
    | \b[a-z]+(?:,\ [a-z]+)+\b | \bmpt\.gov\.by\b
    | \b[a-z]+(?:[._][a-z_]+)+\b(?:\s=\s[\w"]+)? | url\s=\s"..." | \b[A-Z]{2,}\b | Etc/\w+
    | Thu,\ 31\ May\ 2007\ 20:35:00\ GMT | Authorization:\ Bearer(?:\ TOKEN)? | Accept-Datetime""",
    re.VERBOSE,
)
_ENGLISH = re.compile(r"[A-Za-z]['’a-z]+(?:[,;:]? [a-z]['’a-z]+)+")
_CODE = re.compile(r"[a-z]{3,}(?:[_.][a-z]+)*")  # a value of a closed set as programs have it
_SHORT = {"setup", "mpt.gov.by", "ctrl", "gzip", "cron", "mpt", "anna", "boss", "warc"}


def english_in(page: Any) -> list[str]:
    """English that stands in the page as its own: two words in a row, or a bare word that programs use."""
    for element in page.xpath(_STORED):
        element.text = None
        for child in list(element):
            element.remove(child)
    said = page.xpath("//text()") + page.xpath("//@aria-label | //@title | //@placeholder | //@alt")
    found = set()
    for one in said:
        text = " ".join(_BY_NATURE.sub(" · ", str(one)).split())
        found |= {told for told in _ENGLISH.findall(text) if not told.startswith("letapis")}
        if _CODE.fullmatch(str(one).strip()) and str(one).strip() not in _SHORT:
            found.add(str(one).strip())
    return sorted(found)


_OF_THE_SITE = re.compile("Приказ|Плата|Приём|Был текст")  # as tests.web.troubled has it


def shown_by(page: Any) -> Iterator[tuple[Any, str]]:
    """Each text of the page's body, with the element that shows it."""
    for text in page.xpath("//body//text()[not(ancestor::script) and not(ancestor::option) and not(ancestor::title)]"):
        parent = text.getparent()
        yield (parent if text.is_text else parent.getparent()), str(text)


def in_language(web: Site, language: str) -> Client:
    client = web.login("boss", Role.ADMIN)
    user = web.archive.user("boss")
    assert user
    web.archive.set_language(user.id, language)
    return client


@pytest.mark.parametrize("language", ["ru", "be"])
def test_no_page_speaks_two_languages(web: Site, language: str) -> None:
    client = in_language(web, language)
    found: dict[str, list[str]] = {}
    for path in [*screens(web), "/nothing"]:
        answer = client.get(path, follow_redirects=True)
        page = html.document_fromstring(answer.text.replace("\0", "\ufffd"))
        whole = "<html" in answer.text  # not a part that htmx puts into a page
        assert not whole or page.get("lang") == language == answer.headers["content-language"], path
        found[path] = left_overs(page, language)
    told = [f"{path}: {said}" for path, said in found.items() if said]
    assert not told, "\n".join(told)


@pytest.mark.kept("troubled")
class TestTroubled:
    """Over an archive whose every word is Russian, or ours."""

    @pytest.mark.parametrize("language", ["ru", "be"])
    def test_no_english_stands_on_a_page(self, web: Site, language: str) -> None:
        client = in_language(web, language)
        found = {}
        for path in [*screens(web), *WRONG, "/nothing"]:
            answer = client.get(path, follow_redirects=True)
            assert answer.status_code < 500, path
            found[path] = english_in(html.document_fromstring(answer.text))
        told = [f"{path}: {said}" for path, said in found.items() if said]
        assert not told, "\n".join(told)

    def test_what_a_site_says_has_its_own_language(self, web: Site) -> None:
        """WCAG 3.1.2: its titles and texts are Russian, the page is English, and what we say between them is, too."""
        client = in_language(web, "en")
        told, ours = 0, 0
        for path in [*screens(web), "/changes?kind=edited", "/search?words=%D0%9F%D0%BB%D0%B0%D1%82%D0%B0"]:
            page = html.document_fromstring(client.get(path, follow_redirects=True).text)
            for element, text in shown_by(page):
                speaks = element.xpath("ancestor-or-self::*[@lang][1]/@lang")
                if _OF_THE_SITE.search(text) and not element.xpath(
                    "ancestor-or-self::*[@class='says' or @class='soft']"
                ):
                    assert speaks == ["ru"], (path, text)
                    told += 1
                elif re.search(r"\b(?:words?|unchanged|paragraphs?|Links|Difference)\b", text):
                    assert speaks in (["en"], []), (path, text)
                    ours += 1
        assert told > 20
        assert ours > 5

    @pytest.mark.parametrize("language", ["ru", "be"])
    def test_what_is_wrong_with_a_form_is_told_in_the_language(self, web: Site, language: str) -> None:
        assert channel_fault("nonsense", web.settings.home)  # the first look at a chat's address takes its time
        client = in_language(web, language)
        change = web.archive.changes(limit=1)[0]
        found = {}
        for page, action, fields in forms(change.id or 0, change.page_id):
            answer = client.submit(page, action, **fields)
            assert 400 <= answer.status_code < 500, (page, fields, answer.status_code)
            found[f"{page} {fields}"] = english_in(html.document_fromstring(answer.text))
        told = [f"{form}: {said}" for form, said in found.items() if said]
        assert not told, "\n".join(told)


WRONG = (  # addresses that mean nothing
    *(f"/changes?{query}" for query in ("kind=x", "min=7", "min=x", "page=x", "since=x", "hidden=7")),
    *(f"/changes?{query}" for query in ("after=x", "since=0001-01-01", "state=x", "what=x", "order=x")),
    f"/changes?words={'ы' * 501}",
    *("/pages?url=x", "/pages/list?site=mpt&kind=x", "/search?words=x&since=x", "/captures/999", "/runs/999"),
    *("/changes/999", "/pages/999", "/pages/1/compare/1..9", "/pages/1/compare?since=x", "/rules/999"),
    *("/deliveries?state=x", "/sites/nothing", "/sites/nothing/schedule", "/unsubscribe/1/wrong"),
)


def forms(change: int, page: int) -> list[tuple[str, str | None, dict[str, Any]]]:
    """(page, action, fields) of every form that says what is wrong with a field, each with a fault of every kind."""
    whole = {"name": "Имя", "channel": "mailto:a@example.org", "topics": "changes", "zone": "UTC", "language": "ru"}
    wrong: list[dict[str, Any]] = [
        *({"channel": channel} for channel in ("", "mailto:x", "webhook:x", "webhook:https://a:b@c.example/", "@x y")),
        *({"channel": channel} for channel in ("@nobody", "nonsense", "mailtos://x", "file:///etc/passwd")),
        *({"when": "digest", "cron": cron} for cron in ("", "x", "0 9 * *", "0 9 31 2 *", "0 9 * * 5-1", "99 9 * * *")),
        *({"urls": url} for url in ("(", "(?=a)")),
        *({"words": word} for word in ("...", "a*")),
        *({"min_significance": value} for value in ("x", "7")),
        *({name: "ы" * 501} for name in ("words", "urls")),
        *({name: "x"} for name in ("sites", "sections", "kinds", "what", "topics", "languages", "zone", "language")),
        *({"name": ""}, {"name": "Для всех"}, {"topics": []}, {"quiet": "25:00-1"}),
    ]
    rule = {"site": "mpt", "section": "news", "what": "text", "reason": "Счётчик", "do": "try"}
    rules: list[dict[str, Any]] = [
        *({"pattern": pattern} for pattern in ("(", "(?=a)", "a{999}{999}", "ы" * 501)),
        *({"url": "("}, {"reason": ""}, {"section": "", "what": []}),
    ]
    return [
        *(("/subscriptions/new", None, whole | one) for one in wrong),
        *((f"/changes/{change}/noise", None, rule | one) for one in rules),
        *((f"/pages/{page}/watch", None, {"name": "Имя"} | one) for one in ({"channel": "x"}, {"name": ""})),
        *(("/filters/1/subscribe", None, {"name": "Имя"} | one) for one in ({"channel": "x"}, {"other": "x"})),
        ("/fetch", None, {"url": "https://private.example"}),
        ("/password", None, {"current": "x", "password": "y", "again": "z"}),
        ("/users", None, {"name": "", "role": "reader"}),
        ("/reports/new", "/reports", {"title": ""}),
    ]


def test_english_is_found() -> None:
    page = html.document_fromstring(
        "<html lang=ru><p>Сервер: the server answered 404<p>not_modified<p>см. letapis deliveries"
        "<p>https://a.example/x y<code>no such thing</code><p lang=en>as it came<p title='no answer within 3 s'>"
    )
    assert english_in(page) == ["no answer within", "not_modified", "the server answered"]


def test_a_left_over_is_found() -> None:
    page = html.document_fromstring("<html lang=ru><p>Изменения<p>Changes:<p lang=be>Search<p title=Reports>")
    assert left_overs(page, "ru") == ["Changes", "Reports"]


def test_refusals_and_feeds_are_told_in_the_language_too(web: Site) -> None:
    client = in_language(web, "be")
    assert "Такой старонкі няма." in client.get("/nothing").text
    assert "Змены" in client.get("/feeds.opml").text
