"""Noise rules: tried on what there was, kept, ended."""

from datetime import datetime
from typing import Annotated

from fastapi import Query, Request
from pydantic import Field

from crawler.core.noise import checked, suggest
from crawler.entries import entries_of
from crawler.hiding import apply_rule, try_rule
from crawler.web.access import Need, who_of
from crawler.web.api.changes import ChangeOut, change_out
from crawler.web.api.routes import Api, Flag, In, Listing, Out, Short, found
from crawler.web.context import web_of
from crawler.web.errors import Refused
from crawler.web.inputs import Id
from storage.records import What
from storage.records_review import NoiseRule

api = Api("rules")


class RulesAsked(In):
    site: Short | None = None
    active: bool = Field(False, description="only those that hold")


class RuleIn(In):
    """All conditions that are given must hold; at least one beside the site is wanted."""

    site: Short = Field(examples=["mpt"])
    section: Short | None = Field(None, min_length=1)
    url: str | None = Field(None, min_length=1, max_length=500, description="regular expression, searched in the URL")
    what: list[What] = Field([], max_length=10, description="only changes of nothing but these parts")
    pattern: str | None = Field(
        None,
        min_length=1,
        max_length=500,
        description="regular expression that every changed passage matches",
        examples=[r"\d+"],
    )
    reason: str = Field(min_length=1, max_length=500, examples=["The counter of visits"])


class RuleNew(RuleIn):
    apply: Flag = Field(False, description="hide also old changes, those that nobody has touched")


class RuleSuggested(Out):
    """What `rules/dry-run` and `rules` take."""

    site: str
    section: str | None
    url: str | None
    what: list[What]
    pattern: str | None
    reason: str


class RuleOut(RuleSuggested):
    id: int
    active: bool
    created_at: datetime
    created_by: str


class DryRunOut(Out):
    summary: str = Field(examples=["would have hidden 41 of 900 changes, 3 of them confirmed"])
    looked_at: int
    hidden: list[int] = Field(description="ids of changes")
    confirmed_hidden: list[int] = Field(description="those of them that people have confirmed or published")
    examples: list[ChangeOut]


class RuleMade(Out):
    rule: RuleOut
    hidden: list[int] = Field(description="ids of old changes that the rule has hidden")


@api.get("/rules", need=Need.READ, summary="Noise rules")
def rules(request: Request, asked: Annotated[RulesAsked, Query()]) -> Listing[RuleOut]:
    """Oldest first."""
    every = web_of(request).archive.rules(asked.site, active_only=asked.active)
    return Listing(items=[RuleOut.model_validate(one) for one in every])


@api.get("/changes/{change_id:int}/rule", need=Need.READ, summary="The rule that a change suggests")
def suggested(request: Request, change_id: Id) -> RuleSuggested:
    """What a reviewer most likely means by calling it noise; to be tried before it is kept."""
    web = web_of(request)
    change = found(web.archive.change(change_id))
    entry = next(iter(entries_of(web.archive, [change])))
    rule = suggest(change, entry.comparison, by=who_of(request).user.name, now=web.now)
    return RuleSuggested.model_validate(rule)


@api.post("/rules/dry-run", need=Need.REVIEW, summary="Try a rule on what there was")
def dry_run(request: Request, rule: RuleIn) -> DryRunOut:
    """What it would have hidden of the site's latest changes; nothing is kept."""
    web = web_of(request)
    try:
        ran = try_rule(web.archive, _rule(request, rule))
    except ValueError as error:
        raise Refused(422, str(error)) from error
    reviews = web.archive.review(one.id or 0 for one in ran.examples)
    examples = [change_out(one, reviews[one.id or 0]) for one in ran.examples]
    return DryRunOut(
        summary=ran.summary,
        looked_at=ran.looked_at,
        hidden=list(ran.hidden),
        confirmed_hidden=list(ran.confirmed_hidden),
        examples=examples,
    )


@api.post("/rules", need=Need.REVIEW, status_code=201, summary="Keep a rule")
def add_rule(request: Request, rule: RuleNew) -> RuleMade:
    """Such changes are hidden from now on, and told to nobody."""
    web = web_of(request)
    try:
        wanted = _rule(request, rule)
        try_rule(web.archive, wanted)  # one that takes too long is refused before it is kept
        made = web.archive.add_rule(wanted)
        hidden = apply_rule(web.archive, made, web.now) if rule.apply else []
    except ValueError as error:
        raise Refused(422, str(error)) from error
    return RuleMade(rule=RuleOut.model_validate(made), hidden=hidden)


@api.delete("/rules/{rule_id:int}", need=Need.REVIEW, summary="End a rule")
def end_rule(request: Request, rule_id: Id) -> RuleOut:
    """One's own, or as an administrator any. What it has hidden stays hidden; 409 when it had ended."""
    web, who = web_of(request), who_of(request)
    rule = found(web.archive.rule(rule_id))
    if rule.created_by != who.user.name and not who.may(Need.ADMIN):
        raise Refused(403, "Rules of others are ended by administrators.")
    if not web.archive.end_rule(rule_id, actor=who.user.name, now=web.now):
        raise Refused(409, "The rule had ended before.")
    return RuleOut.model_validate(found(web.archive.rule(rule_id)))


def _rule(request: Request, rule: RuleIn) -> NoiseRule:
    web = web_of(request)
    if rule.site not in web.sites:
        raise Refused(422, "There is no such site.")
    given = rule.model_dump(exclude={"apply"}) | {"what": tuple(part.value for part in rule.what)}
    return checked(NoiseRule(**given, created_at=web.now, created_by=who_of(request).user.name))
