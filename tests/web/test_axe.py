"""Every page as people meet it: no barrier that axe finds, nothing that the policy forbids, on a phone, by keyboard."""

from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import pytest

from storage.records_accounts import Role
from tests.web.conftest import PASSWORD, Site, enter
from tests.web.walk import screens

if TYPE_CHECKING:
    from playwright.sync_api import Browser

WIDTHS = {"light": 1280, "dark": 390}  # a desk by day, a phone by night

RULES: dict[str, dict[str, Any]] = {  # what is looked at in which scheme: dark has other colours, nothing else
    "light": {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]},
    "dark": {"runOnly": {"type": "rule", "values": ["color-contrast"]}},
}


@cache
def axe() -> str:
    return files("axe_core_python").joinpath("axe.min.js").read_text(encoding="utf-8")


def barriers(page: Any, scheme: str) -> list[str]:
    """What axe complains about, with the elements."""
    page.evaluate(axe())
    asked = {**RULES[scheme], "resultTypes": ["violations"], "iframes": False, "preload": False}
    found = page.evaluate("asked => axe.run(document, asked)", asked)["violations"]
    return [f"{one['id']}: {[node['html'][:200] for node in one['nodes']]}" for one in found]


full = pytest.mark.kept("hostile")  # an archive that holds everything there may be
SAME = ["/docs"]  # a long page, of which nothing is the archive's: looked at beside the empty one, and in the dark


@pytest.mark.long
@pytest.mark.parametrize(
    ("scheme", "looked_at"),
    [
        pytest.param("light", [], id="empty"),
        pytest.param("light", SAME, id="full", marks=full),
        pytest.param("dark", [], id="full, dark, on a phone", marks=full),
    ],
)
def test_no_page_has_a_barrier(web: Site, browser: "Browser", scheme: Any, looked_at: list[str]) -> None:
    client = web.login("boss", Role.ADMIN)
    client.submit("/settings", "/settings/tokens", name="ci", scope="read")
    size: Any = {"width": WIDTHS[scheme], "height": 844}
    context = browser.new_context(base_url=web.url, color_scheme=scheme, viewport=size, bypass_csp=True)
    page = context.new_page()
    page.goto("/login")
    found = {"/login": barriers(page, scheme)}
    enter(page, client)
    for path in [*screens(web, kinds=False), "/nothing"]:
        if path in looked_at:
            continue
        page.goto(path)
        found[path] = barriers(page, scheme)
    context.close()
    told = [f"{path}: {complaint}" for path, complaints in found.items() for complaint in complaints]
    assert not told, "\n".join(told)


def test_no_page_breaks_the_policy_or_is_wider_than_a_phone(web: Site, browser: "Browser") -> None:
    """Where nothing is kept yet; pages with everything on them are looked at in the tests of attacks."""
    client = web.login("boss", Role.ADMIN)
    context = browser.new_context(base_url=web.url, viewport={"width": 360, "height": 740})
    page = context.new_page()
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    enter(page, client)
    for path in [*screens(web), "/nothing"]:
        page.goto(path)
        width = page.evaluate("document.documentElement.scrollWidth")
        assert width <= 360, f"{path}: {width}"
        assert page.evaluate("typeof htmx") == "object"
    context.close()
    assert [line for line in said if "404" not in line] == []


FOCUS = """() => {
  const at = document.activeElement, style = getComputedStyle(at), box = at.getBoundingClientRect();
  const ring = style.outlineStyle !== "none" && parseFloat(style.outlineWidth) > 0 || style.boxShadow !== "none";
  return [at.tagName === "BODY", at.outerHTML.slice(0, 160), ring, box.width > 0 && box.height > 0,
          [...document.querySelectorAll("a, button, input, select, textarea, summary, [tabindex]")].indexOf(at)];
}"""
REACHABLE = """() => [...document.querySelectorAll("a[href], button, input, select, textarea, summary, [tabindex='0']")]
  .filter(one => one.checkVisibility() && !one.disabled && one.tabIndex >= 0 && !one.closest("dialog"))
  .filter(one => one.type !== "hidden" && one.type !== "radio").length"""


@full
@pytest.mark.parametrize("path", ["/", "/changes", "/changes/2", "/pages/2", "/search?q=раньше", "/subscriptions/new"])
def test_the_keyboard_reaches_everything_and_shows_where_it_is(web: Site, browser_page: Any, path: str) -> None:
    enter(browser_page, web.login("boss", Role.ADMIN))
    browser_page.goto(path)
    reached: dict[int, str] = {}
    unseen: list[str] = []
    wanted = browser_page.evaluate(REACHABLE)
    for _ in range(wanted + 40):
        browser_page.keyboard.press("Tab")
        over, told, ring, sized, place = browser_page.evaluate(FOCUS)
        if over:
            break  # past the last one; fields of dates have several stops each
        if place not in reached and not (ring and sized):
            unseen.append(told)
        reached[place] = told
    assert not unseen, "\n".join(unseen)
    assert len(reached) >= wanted


def test_login_works_without_scripts(web: Site, browser: "Browser") -> None:
    web.user("boss", Role.ADMIN)
    context = browser.new_context(base_url=web.url, java_script_enabled=False)
    page = context.new_page()
    page.goto("/users")
    page.get_by_label("Name").fill("boss")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("main").get_by_role("button", name="Log in").click()
    assert page.url == f"{web.url}/users"
    page.get_by_role("button", name="Русский").click()
    assert page.url == f"{web.url}/users"
    assert page.locator("html").get_attribute("lang") == "ru"
    context.close()


def test_keys_open_the_help_and_lead_to_places(web: Site, browser_page: Any) -> None:
    enter(browser_page, web.login("boss", Role.ADMIN))
    browser_page.goto("/users")
    browser_page.keyboard.press("?")
    assert browser_page.get_by_role("dialog", name="Keys").is_visible()
    browser_page.keyboard.press("Escape")
    assert not browser_page.get_by_role("dialog", name="Keys").is_visible()
    browser_page.keyboard.press("u")
    assert browser_page.evaluate("document.activeElement.id") == "fetch-url"
    browser_page.keyboard.press("g")  # typed into the field, not a key
    browser_page.keyboard.press("h")
    assert browser_page.locator("#fetch-url").input_value() == "gh"
    browser_page.evaluate("document.activeElement.blur()")
    browser_page.keyboard.press("g")
    browser_page.keyboard.press("h")
    browser_page.wait_for_url(f"{web.url}/")


def test_the_first_tab_leads_past_the_header(web: Site, browser_page: Any) -> None:
    enter(browser_page, web.login())
    browser_page.goto("/settings")
    browser_page.keyboard.press("Tab")
    browser_page.keyboard.press("Enter")
    assert browser_page.evaluate("document.activeElement.id") == "main"


def test_htmx_changes_state_by_the_page_s_own_token_under_the_policy(web: Site, browser_page: Any) -> None:
    """The header is inherited from the body; nothing of htmx that we use evaluates code."""
    enter(browser_page, web.login())
    said: list[str] = []
    browser_page.on("console", lambda message: said.append(message.text))
    browser_page.goto("/settings")
    browser_page.evaluate(
        """() => {
          const button = document.createElement("button");
          button.textContent = "by htmx";
          button.setAttribute("hx-post", "/settings/language");
          button.setAttribute("hx-vals", '{"language": "ru"}');
          button.setAttribute("hx-target", "#main");
          button.setAttribute("hx-select", "#main");
          button.setAttribute("hx-swap", "outerHTML");
          document.getElementById("main").append(button);
          htmx.process(button);
        }"""
    )
    browser_page.get_by_role("button", name="by htmx").click()
    browser_page.get_by_role("button", name="by htmx").wait_for(state="detached")
    assert browser_page.locator("#main h1").count() == 1
    user = web.archive.user("anna")
    assert user
    assert user.language == "ru"
    assert said == []
