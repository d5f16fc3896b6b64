"""Problems: what troubles the monitoring itself."""

from datetime import datetime
from typing import Annotated

from fastapi import Query, Request
from pydantic import Field

from crawler.web.access import Need
from crawler.web.api.routes import Api, In, Listing, Out, Short
from crawler.web.context import web_of

api = Api("problems")


class ProblemsAsked(In):
    site: Short | None = None
    all: bool = Field(False, description="healed ones, too")


class ProblemOut(Out):
    id: int
    site: str
    kind: str = Field(examples=["blocked"])
    subject: str = Field(description="URL, section or selector that it is about")
    evidence: str
    opened_at: datetime
    seen_at: datetime
    closed_at: datetime | None = Field(description="null: it is open")


@api.get("/problems", need=Need.READ, summary="Problems")
def problems(request: Request, asked: Annotated[ProblemsAsked, Query()]) -> Listing[ProblemOut]:
    """Problems of the monitoring, the latest first."""
    every = web_of(request).archive.problems(asked.site, open_only=not asked.all)
    return Listing(items=[ProblemOut.model_validate(one) for one in every])
