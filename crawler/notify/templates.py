"""The operator's own templates of messages, in the home folder's ``templates``."""

from pathlib import Path

from crawler.core.messages import BUILT_IN, TemplateBroken, Templates
from crawler.core.messages.rendering import MAX_SOURCE, NAMES
from storage.said import Said

FOLDER = "templates"


def templates_of(home: Path) -> Templates:
    """The templates that are there: mail.txt, mail.html, chat.txt. Raises TemplateBroken for one that can't be read."""
    folder = home / FOLDER
    if not folder.is_dir():
        return BUILT_IN
    return Templates(**{part: _source(folder / name) for part, name in NAMES.items()})


def _source(path: Path) -> str | None:
    try:
        with path.open(encoding="utf-8") as file:
            return file.read(MAX_SOURCE + 1)
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        raise TemplateBroken(Said("{file}: can't be read ({error})", file=path.name, error=str(error))) from error
