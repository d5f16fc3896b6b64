"""Takes the pictures of the README: ``python -m docs.screenshots`` (needs Chromium; runs the demo first)."""

import subprocess
import sys
import tempfile
from pathlib import Path
from shutil import which

IMAGES = Path(__file__).parent / "images"
QUIET = (
    "--headless",
    "--hide-scrollbars",
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
)


def main() -> int:
    """Writes docs/images/report.png."""
    browser = which("chromium") or which("google-chrome")
    if browser is None:
        print("no Chromium here: install it (Debian: apt-get install chromium)", file=sys.stderr)
        return 1
    IMAGES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([sys.executable, "-m", "crawler.cli", "demo", "--keep", folder], check=True)
        page = (Path(folder) / "report.html").as_uri()
        picture = f"--screenshot={IMAGES / 'report.png'}"
        data = f"--user-data-dir={folder}/browser"
        subprocess.run([browser, *QUIET, data, "--window-size=960,1180", picture, page], check=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
