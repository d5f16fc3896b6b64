"""Takes the pictures of the README: ``make screenshots`` (needs Debian's chromium).

    python -m docs.screenshots [HOME]

They are of an archive that has lived (``docs.lived``): of a copy of HOME, or, without one, of one made now, which takes
some minutes.
"""

import io
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

IMAGES = Path(__file__).parent / "images"
CHROMIUM = "/usr/bin/chromium"
QUIET = ("--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--hide-scrollbars")
PASSWORD = "a sentence that nobody guesses"
LETAPIS = [sys.executable, "-m", "crawler.cli"]
COLOURS = 128  # of a picture's palette: our pages have few
LARGEST = 200_000  # bytes


@dataclass(frozen=True, kw_only=True)
class Picture:
    """What is shown of which page."""

    name: str
    path: str
    width: int = 1100
    height: int = 820
    dark: bool = False


PICTURES = (
    Picture(name="home", path="/"),
    Picture(name="changes", path="/changes"),
    Picture(name="change", path="{changed}"),
    Picture(name="change-dark", path="{changed}", dark=True),
    Picture(name="page", path="{page}", height=700),
    Picture(name="search", path="/search?q=связь", height=700),
    Picture(name="report-builder", path="{report}", height=900),
    Picture(name="phone", path="/", width=390, height=844),
)


def main() -> int:
    """Writes docs/images/*.png."""
    if not Path(CHROMIUM).exists():
        print("no Chromium here: as root, apt-get install chromium", file=sys.stderr)
        return 1
    from playwright.sync_api import sync_playwright

    IMAGES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        home = Path(folder) / "home"
        if len(sys.argv) > 1:
            shutil.copytree(sys.argv[1], home)
        else:
            subprocess.run([sys.executable, "-m", "docs.lived", str(home)], check=True)
        told = ["report", "--since", "7d", "-o", str(home / "report.html")]
        subprocess.run([*LETAPIS, "--home", str(home), *told], check=True)
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(QUIET))
        report = browser.new_page(viewport={"width": 960, "height": 1180})
        report.goto((home / "report.html").as_uri())
        keep("report", report.screenshot())
        with served(home) as (address, one_time):
            state = logged_in(browser, address, one_time)
            found = places(browser, address, state)
            for one in PICTURES:
                keep(one.name, taken(browser, address, state, one, found))
    return 0


@contextmanager
def served(home: Path) -> Iterator[tuple[str, str]]:
    """The archive's pages, served by the service: their address, and the first administrator's one-time password."""
    process = subprocess.Popen([*LETAPIS, "--home", str(home), "up", "--port", "0"], stdout=subprocess.PIPE, text=True)
    try:
        said = ""
        for line in process.stdout or ():
            said += line
            if "web pages:" in line:
                break
        found = re.search(r"one-time password (\S+).*?web pages: (\S+)", said, re.DOTALL)
        if found is None:
            raise RuntimeError(f"the service did not start: {said}")
        yield found[2], found[1]
    finally:
        process.terminate()
        process.wait(20)


def logged_in(browser: Any, address: str, one_time: str) -> Any:
    """The state of a browser that is logged in, its one-time password changed."""
    context = browser.new_context(base_url=address)
    page = context.new_page()
    page.goto("/login")
    page.locator("main [name=name]").fill("admin")
    page.locator("main [name=password]").fill(one_time)
    page.locator("main form button").click()
    page.goto("/password")
    page.locator("main [name=current]").fill(one_time)
    for name in ("new", "again"):
        page.locator(f"main [name={name}]").fill(PASSWORD)
    page.locator("main form button").click()
    page.wait_for_load_state()
    state = context.storage_state()
    context.close()
    return state


def places(browser: Any, address: str, state: Any) -> dict[str, str]:
    """Addresses that depend on what was found: an edit, a page with a life, a report of some edits."""
    context = browser.new_context(base_url=address, storage_state=state)
    page = context.new_page()
    found = {}
    for name, words in (("changed", "вправе"), ("lived", "налог")):
        page.goto(f"/changes?kind=edited&words={words}")
        found[name] = page.locator("tr[data-change] th a").first.get_attribute("href").partition("?")[0]
    page.goto(found["lived"])
    lived = page.locator("nav.own a").first.get_attribute("href")
    page.goto("/reports/new?kind=edited&what=numbers")
    page.locator("main [name=title]").fill("Что изменилось в цифрах")
    page.locator("main button.main").click()
    page.wait_for_url("**/reports/*/edit")
    report = page.url.removeprefix(address)
    context.close()
    return {"changed": found["changed"], "page": lived, "report": report}


def taken(browser: Any, address: str, state: Any, picture: Picture, found: dict[str, str]) -> bytes:
    context = browser.new_context(
        base_url=address,
        storage_state=state,
        viewport={"width": picture.width, "height": picture.height},
        color_scheme="dark" if picture.dark else "light",
    )
    page = context.new_page()
    page.goto(picture.path.format(**found))
    page.wait_for_load_state("networkidle")
    shot: bytes = page.screenshot()
    context.close()
    return shot


def keep(name: str, shot: bytes) -> None:
    """Writes the picture with a palette: a third of the size, and nobody sees a difference."""
    from PIL import Image

    out = io.BytesIO()
    Image.open(io.BytesIO(shot)).convert("RGB").quantize(COLOURS).save(out, "PNG", optimize=True)
    if out.tell() > LARGEST:
        raise RuntimeError(f"{name}.png has {out.tell()} bytes; show less of it")
    (IMAGES / f"{name}.png").write_bytes(out.getvalue())
    print(f"docs/images/{name}.png: {out.tell()} bytes")


if __name__ == "__main__":
    sys.exit(main())
