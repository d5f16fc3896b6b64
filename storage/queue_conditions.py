"""What a filter of the change queue asks of changes joined with their reviews, as conditions of a statement."""

from collections.abc import Collection
from typing import Any

from sqlalchemy import ColumnElement, Connection, Text, and_, case, cast, false, func, or_

from storage.audit import BY_RULE
from storage.records import What
from storage.records_queue import ChangeFilter
from storage.records_review import ReviewState
from storage.records_search import Stems
from storage.said import MARK
from storage.search import at_an_end
from storage.tables import changes
from storage.tables_review import reviews

REVIEWED = changes.outerjoin(reviews, reviews.c.change_id == changes.c.id)
STATE = func.coalesce(reviews.c.state, ReviewState.NEW.value)
SIGNIFICANCE = func.coalesce(reviews.c.significance, changes.c.significance)
LIFTED = ("site", "section", "kinds", "states")  # the conditions on them


def conditions(
    connection: Connection, wanted: ChangeFilter, stems: Stems | None, *, lifted: Collection[str] = ()
) -> list[ColumnElement[bool]]:
    """All that the filter asks, but for the conditions that are lifted."""
    asked: dict[str, ColumnElement[bool] | None] = {
        **lifted_conditions(wanted, changes.c.site, changes.c.section, changes.c.kind, STATE),
        "languages": changes.c.language.in_(wanted.languages) if wanted.languages else None,
        "what": or_(*(changes.c.what.like(f"%,{part.value},%") for part in wanted.what)) if wanted.what else None,
        "min_significance": wanted.min_significance <= SIGNIFICANCE if wanted.min_significance else None,
        "assignee": _assigned(wanted.assignee),
        "since": changes.c.first_seen >= wanted.since if wanted.since else None,
        "until": changes.c.first_seen < wanted.until if wanted.until else None,
        "page_id": changes.c.page_id == wanted.page_id if wanted.page_id is not None else None,
        "formatting": None if _wants_formatting(wanted) else changes.c.what != f",{What.FORMATTING.value},",
        "hidden": None if wanted.hidden else ~_hidden_by_rule(),
        "words": _with_words(connection, wanted.words, stems) if wanted.words.strip() else None,
    }
    return shown(*(one for name, one in asked.items() if one is not None and name not in lifted))


def lifted_conditions(
    wanted: ChangeFilter,
    site: ColumnElement[Any],
    section: ColumnElement[Any],
    kind: ColumnElement[Any],
    state: ColumnElement[Any],
) -> dict[str, ColumnElement[bool] | None]:
    """The conditions that the counts of their own values do without."""
    return {
        "site": site == wanted.site if wanted.site is not None else None,
        "section": section == wanted.section if wanted.section is not None else None,
        "kinds": kind.in_([kind.value for kind in wanted.kinds]) if wanted.kinds else None,
        "states": state.in_([state.value for state in wanted.states]) if wanted.states else None,
    }


def shown(*conditions: ColumnElement[bool]) -> list[ColumnElement[bool]]:
    """These conditions on changes that are shown for themselves."""
    return [changes.c.absorbed.is_(False), changes.c.group_id.is_(None), *conditions]


def _wants_formatting(wanted: ChangeFilter) -> bool:
    return wanted.include_formatting or What.FORMATTING in wanted.what


def _assigned(assignee: str | None) -> ColumnElement[bool] | None:
    if assignee is None:
        return None
    return reviews.c.assignee == assignee if assignee else reviews.c.assignee.is_(None)


def _hidden_by_rule() -> ColumnElement[bool]:
    by_rule = reviews.c.updated_by.like(f"{BY_RULE}%")
    return func.coalesce(and_(reviews.c.state == ReviewState.NOISE.value, by_rule), false())


def _with_words(connection: Connection, words: str, stems: Stems | None) -> ColumnElement[bool]:
    """The query holding for a version at either end of the change, or all words in one of the change's own texts."""
    pieces = [piece for piece in words.replace('"', " ").split() if piece.strip("-")]
    sqlite = connection.dialect.name == "sqlite"
    told = [or_(*_contained(piece, sqlite)) for piece in pieces]
    at_end = at_an_end(connection, stems) if stems is not None and stems.wanted else false()
    return or_(at_end, and_(*told) if told else false())


def _contained(piece: str, sqlite: bool) -> list[ColumnElement[bool]]:
    """Whatever the case: SQLite's LIKE knows that for ASCII letters only, other words are asked in usual forms."""
    title, sentence = changes.c.title, _sentence(changes.c.summary, sqlite)
    if not sqlite or piece.isascii():
        texts = (title, sentence, changes.c.url)
        return [(text.contains if sqlite else text.icontains)(piece, autoescape=True) for text in texts]
    forms = sorted({piece, piece.lower(), piece.capitalize()})
    exactly = or_(*(func.instr(text, form) > 0 for text in (title, sentence) for form in forms))
    # first by what the forms have in common, which most texts do not have: so most are looked through once
    tails = sorted({form[1:] for form in forms})
    about = or_(*(func.instr(text, tail) > 0 for text in (title, changes.c.summary) for tail in tails))
    return [and_(about, exactly)]


def _sentence(told: ColumnElement[str], sqlite: bool) -> ColumnElement[str]:
    """The text of a kept sentence without what it was made of."""
    words = cast(told, Text)
    if not sqlite:
        return func.split_part(words, MARK, 1)
    made_of = func.instr(words, MARK)
    return case((made_of > 0, func.substr(words, 1, made_of - 1)), else_=words)
