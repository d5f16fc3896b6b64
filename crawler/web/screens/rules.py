"""Noise rules: offered from a change, tried on what there was, listed, ended."""

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Annotated, Any

from fastapi import Form, Request, Response

from crawler.core.errors import BadField
from crawler.core.noise import checked, suggest
from crawler.core.phrases import told
from crawler.core.report import summary_in
from crawler.entries import entries_of
from crawler.hiding import apply_rule, try_rule
from crawler.i18n import catalogue
from crawler.web.access import Need, Screen, who_of
from crawler.web.choices import section_titles
from crawler.web.context import Web, web_of
from crawler.web.errors import Refused
from crawler.web.inputs import Id
from crawler.web.listed import summaries
from crawler.web.pages import language, leads_to, page
from crawler.web.words import N_
from storage.records import Change, What
from storage.records_review import NoiseRule, ReviewState
from storage.said import Said, saying

router = Screen()

_WELL: Mapping[str, str] = MappingProxyType({})  # nothing is wrong

EMPTY = N_("Give at least one condition beside the site.")
Text = Annotated[str, Form(max_length=2_000)]


@router.get("/rules", need=Need.READ)
def rules(request: Request) -> Response:
    web, who = web_of(request), who_of(request)
    found = sorted(web.archive.rules(), key=lambda rule: (not rule.active, -(rule.id or 0)))
    mine = {rule.id for rule in found if _may_end(who.user.name, who.may(Need.REVIEW), who.may(Need.ADMIN), rule)}
    return page(request, "rules.html", rules=found, may_end=mine, section_titles=section_titles(web))


@router.post("/rules/{rule_id}/end", need=Need.REVIEW)
def end_rule(request: Request, rule_id: Id) -> Response:
    """Ends a rule: one's own, or as an administrator any. What it has hidden stays hidden."""
    web, who = web_of(request), who_of(request)
    rule = web.archive.rule(rule_id)
    if rule is None:
        raise Refused(404, N_("There is no such rule."))
    if not _may_end(who.user.name, True, who.may(Need.ADMIN), rule):
        raise Refused(403, N_("Rules of others are ended by administrators."))
    done = web.archive.end_rule(rule_id, actor=who.user.name, now=web.now)
    return leads_to(request, "/rules", N_("The rule is ended.") if done else N_("The rule had ended before."))


def _may_end(name: str, review: bool, admin: bool, rule: NoiseRule) -> bool:
    return rule.active and (admin or (review and rule.created_by == name))


@router.get("/changes/{change_id}/noise", need=Need.REVIEW)
def noise_form(request: Request, change_id: Id) -> Response:
    """The rule that is most likely meant, and what it would have hidden."""
    web, change = web_of(request), _change(request, change_id)
    entry = next(entries_of(web.archive, [change]))
    rule = suggest(change, entry.comparison, by=who_of(request).user.name, now=web.now)
    spoken = language(request, web)
    said = Said("as in change {id}: {summary}", id=str(change_id), summary=summary_in(entry, catalogue(spoken)))
    rule = replace(rule, reason=told(said, catalogue(spoken))[:300])
    return _form(request, change, rule, status=200)


@router.post("/changes/{change_id}/noise", need=Need.REVIEW)
def noise(
    request: Request,
    change_id: Id,
    section: Text = "",
    url: Text = "",
    pattern: Text = "",
    reason: Text = "",
    what: Annotated[list[What] | None, Form()] = None,
    do: Annotated[str, Form(max_length=10)] = "try",
    seen: Annotated[str, Form(max_length=64)] = "",
    old: Annotated[str, Form(max_length=1)] = "",
) -> Response:
    """Tries the rule, or keeps it: only one whose dry run was shown can be kept.

    The change itself becomes noise with it; with ``old`` also those earlier ones that nobody has touched.
    """
    web, change = web_of(request), _change(request, change_id)
    rule = NoiseRule(
        site=change.site,
        section=section or None,
        url=url.strip() or None,
        what=tuple(part.value for part in what or ()),
        pattern=pattern.strip() or None,
        reason=reason.strip(),
        created_at=web.now,
        created_by=who_of(request).user.name,
    )
    if do != "save" or seen != _print(rule):
        return _form(request, change, rule)
    try:
        made = web.archive.add_rule(checked(rule))
        if old:
            apply_rule(web.archive, made, web.now)
    except ValueError as error:
        return _form(request, change, rule, wrong=_fault(error))
    web.archive.decide([change_id], state=ReviewState.NOISE, actor=rule.created_by, now=web.now)
    return leads_to(request, "/rules", N_("The rule is kept: such changes are hidden from now on."))


def _form(
    request: Request, change: Change, rule: NoiseRule, *, wrong: Mapping[str, str] = _WELL, status: int = 422
) -> Response:
    """The form with its dry run, or with what is wrong."""
    web, ran = web_of(request), None
    if not wrong:
        try:
            ran = try_rule(web.archive, checked(rule))
        except ValueError as error:
            wrong = _fault(error) if _conditions(rule) else {"": EMPTY}
    return page(
        request,
        "noise.html",
        status=status if wrong else 200,
        change=change,
        rule=rule,
        ran=ran,
        fresh=ran.untouched if ran else 0,
        seen=_print(rule) if ran else "",
        wrong=wrong,
        parts=list(What),
        summaries=summaries(web.archive, ran.examples if ran else (), language(request, web)),
        **_places(web, change),
    )


def _fault(error: ValueError) -> Mapping[str, str]:
    """What is wrong, by the field of the form that it is told beside; "" is the form as a whole."""
    beside = isinstance(error, BadField) and error.field in ("url", "pattern", "reason")
    return {error.field: error.why} if isinstance(error, BadField) and beside else {"": saying(error)}


def _conditions(rule: NoiseRule) -> bool:
    return bool(rule.section or rule.url or rule.what or rule.pattern)


def _places(web: Web, change: Change) -> Mapping[str, Any]:
    titles = section_titles(web)
    return {"section_title": titles.get(change.section or "", change.section), "section_titles": titles}


def _print(rule: NoiseRule) -> str:
    """Tells one set of conditions from another: a rule is kept as it was tried, the reason aside."""
    conditions = replace(rule, reason="", created_by="", created_at=rule.created_at.min)
    return hashlib.sha256(repr(conditions).encode()).hexdigest()


def _change(request: Request, change_id: int) -> Change:
    found = web_of(request).archive.change(change_id)
    if found is None:
        raise Refused(404, N_("There is no such change."))
    return found
