"""Blocks and honest answers, told apart by table."""

import pytest

from crawler.core.blocked import block_reason, challenge

HTML = ("Content-Type", "text/html; charset=utf-8")


def drupal(lang: str, title: str, words: str, *, charset: str = "utf-8") -> bytes:
    """A page as Drupal 7 makes it, menus included."""
    menu = "".join(f'<li class="leaf"><a href="/{lang}/node/{n}">{words}</a></li>' for n in range(12))
    page = (
        f'<!DOCTYPE html><html lang="{lang}"><head><title>{title} | Пример</title>'
        f'<meta name="Generator" content="Drupal 7"></head><body class="html not-front">'
        f'<ul class="menu">{menu}</ul><h1 class="title">{title}</h1><p>{words}</p></body></html>'
    )
    return page.encode(charset)


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(drupal("ru", "Страница не найдена", "Запрошенная страница не найдена."), id="Russian"),
        pytest.param(drupal("be", "Старонка не знойдзена", "Запытаная старонка не знойдзена."), id="Belarusian"),
        pytest.param(drupal("en", "Page not found", "The requested page could not be found."), id="English"),
        pytest.param(b"<html><head><title>404 Not Found</title></head><body>nginx</body></html>", id="bare"),
        pytest.param(b"", id="empty"),
    ],
)
@pytest.mark.parametrize("status", [404, 410])
def test_an_honest_not_found_is_no_block(status: int, body: bytes) -> None:
    assert block_reason(status, [HTML], body) is None


@pytest.mark.parametrize(
    ("status", "body"),
    [
        pytest.param(403, drupal("ru", "Нет доступа", "Вы не авторизованы для просмотра."), id="Russian 403"),
        pytest.param(403, drupal("be", "Няма доступу", "Вы не маеце правоў на прагляд."), id="Belarusian 403"),
        pytest.param(403, drupal("en", "No entry", "You are not authorized to access this page."), id="English 403"),
        pytest.param(503, drupal("ru", "Сайт на обслуживании", "Мы скоро вернёмся."), id="Russian maintenance"),
        pytest.param(503, drupal("be", "Сайт на абслугоўванні", "Мы хутка вернемся."), id="Belarusian maintenance"),
        pytest.param(503, drupal("en", "Site under maintenance", "We should be back shortly."), id="maintenance"),
    ],
)
def test_a_denial_is_no_answer_of_the_page_but_no_challenge_either(status: int, body: bytes) -> None:
    assert block_reason(status, [HTML], body) == f"the server denies access ({status})"
    assert challenge(status, [HTML], body) is None


@pytest.mark.parametrize(
    ("status", "headers", "body", "reason"),
    [
        pytest.param(200, [], b"", "an empty answer", id="200 with nothing"),
        pytest.param(200, [], b" \r\n\t", "an empty answer", id="200 with blanks"),
        pytest.param(
            403,
            [("Server", "cloudflare"), ("CF-Mitigated", "challenge")],
            b"",
            "Cloudflare challenge",
            id="Cloudflare by header",
        ),
        pytest.param(
            503,
            [("Server", "cloudflare")],
            b"<title>Just a moment...</title><script>window._cf_chl_opt={}</script>",
            "Cloudflare challenge",
            id="Cloudflare by script",
        ),
        pytest.param(
            403,
            [("Server", "cloudflare")],
            b"<h1>Sorry</h1>",
            "the server denies access (403) by Cloudflare",
            id="Cloudflare's plain no",
        ),
        pytest.param(
            403,
            [("Server", "ddos-guard")],
            b'<title>DDOS-GUARD</title><script src="/.well-known/ddos-guard/js"></script>',
            "DDoS-Guard challenge",
            id="DDoS-Guard",
        ),
        pytest.param(
            200,
            [("Server", "QRATOR")],
            b'<html><head><script src="/__qrator/qauth.js"></script></head><body></body></html>',
            "Qrator challenge",
            id="Qrator, which says 200",
        ),
        pytest.param(401, [("Server", "QRATOR")], b"", "the server denies access (401) by Qrator", id="Qrator, 401"),
        pytest.param(
            200,
            [],
            b'<form><div class="g-recaptcha" data-sitekey="k"></div></form>',
            "captcha",
            id="reCAPTCHA in place of the page",
        ),
        pytest.param(
            200,
            [],
            b'<form action="/showcaptcha"><input name="rep"></form>',
            "captcha",
            id="a captcha of Yandex's kind",
        ),
        pytest.param(
            200,
            [],
            "<title>Доступ ограничен</title><p>Обратитесь к администратору.</p>".encode(),
            "an access check in place of the page",
            id="Russian title",
        ),
        pytest.param(
            200,
            [],
            "<title>Доступ запрещен</title>".encode("cp1251"),
            "an access check in place of the page",
            id="Russian title in windows-1251",
        ),
        pytest.param(
            200,
            [],
            "<title>Доступ забаронены</title>".encode(),
            "an access check in place of the page",
            id="Belarusian title",
        ),
        pytest.param(
            404,
            [],
            b"<script src='/cdn-cgi/challenge-platform/h/b.js'></script>",
            "Cloudflare challenge",
            id="a challenge that says 404",
        ),
    ],
)
def test_blocks_are_named(status: int, headers: list[tuple[str, str]], body: bytes, reason: str) -> None:
    assert block_reason(status, [HTML, *headers], body) == reason


ARTICLE = "<p>Министерство рассказало, как сайты защищаются от роботов и зачем им проверки.</p>" * 60


@pytest.mark.parametrize(
    ("title", "inside"),
    [
        pytest.param("Что такое SmartCaptcha", "<p>SmartCaptcha, hCaptcha (h-captcha) и reCAPTCHA</p>", id="captchas"),
        pytest.param("DDoS-Guard и Qrator", '<a href="https://ddos-guard.net/">сайт</a> qrator.net', id="vendors"),
        pytest.param("Доступ ограничен к 12 сайтам", "<p>Решение принято.</p>", id="a title like a block's"),
        pytest.param(
            "Обратная связь", '<div class="g-recaptcha" data-sitekey="k"></div>', id="a captcha below its form"
        ),
        pytest.param("Web application firewall", "<p>web application firewall</p>", id="a tender for a firewall"),
    ],
)
def test_articles_that_talk_of_blocks_are_none(title: str, inside: str) -> None:
    body = f"<html><head><title>{title}</title></head><body>{inside}{ARTICLE}</body></html>".encode()
    assert block_reason(200, [HTML], body) is None


@pytest.mark.parametrize(
    ("status", "headers", "body"),
    [
        pytest.param(304, [HTML], b"", id="not modified"),
        pytest.param(302, [HTML, ("Location", "/")], b"", id="a redirect"),
        pytest.param(204, [], b"", id="no content"),
        pytest.param(500, [HTML], b"<h1>Internal Server Error</h1>", id="a server error"),
        pytest.param(200, [("Content-Type", "application/pdf")], b"%PDF smartcaptcha", id="a document"),
        pytest.param(200, [HTML], "<p>Коротко.</p>".encode(), id="a short page"),
        pytest.param(200, [HTML], drupal("be", "Навіны", "Пошта", charset="cp1251"), id="windows-1251"),
    ],
)
def test_other_answers_are_no_blocks(status: int, headers: list[tuple[str, str]], body: bytes) -> None:
    assert block_reason(status, headers, body) is None
