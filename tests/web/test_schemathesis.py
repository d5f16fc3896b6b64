"""The API as its own description says: whatever is asked, no failure of ours, and answers of the form that is told.

Schemathesis makes the calls from the description, seeded; a real server answers, on the demo's archive.
"""

import copy
from traceback import format_exception
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from schemathesis.checks import not_a_server_error
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from storage.records_accounts import Role
from tests.web.conftest import Site

pytestmark = pytest.mark.kept("demo")

CHECKS = (
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
)
QUICK = settings(
    max_examples=5,
    deadline=None,
    database=None,
    derandomize=False,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)


def described(web: Site, headers: dict[str, str]) -> dict[str, Any]:
    answer = web.client(**headers).http.get("/openapi.json")
    assert answer.status_code == 200
    told: dict[str, Any] = answer.json()
    return told


def near(schema: dict[str, Any]) -> dict[str, Any]:
    """The description with ids that are there: what the checks are about is the answer, not the refusal."""
    made = copy.deepcopy(schema)
    for methods in made["paths"].values():
        for call in methods.values():
            for one in call.get("parameters", []):
                if one["in"] == "path" and one["schema"].get("type") == "integer":
                    one["schema"] |= {"maximum": 3 if one["name"] == "number" else 15}
                    one["schema"].pop("exclusiveMaximum", None)
                if one["name"] == "site":
                    one["schema"] = {"enum": ["replica", "mpt"]}
    return made


def asked(
    web: Site, schema: dict[str, Any], headers: dict[str, str], mode: GenerationMode, methods: set[str]
) -> tuple[int, dict[str, str]]:
    """Makes calls of each operation, and checks each answer; returns how many calls there were, and what failed."""
    api, calls = schemathesis.openapi.from_dict(schema), 0
    failed: dict[str, str] = {}
    for result in api.get_all_operations():
        operation: Any = result.ok()  # type: ignore[union-attr]
        if operation.method.upper() not in methods:
            continue

        @seed(17)
        @settings(QUICK, max_examples=3 if mode is GenerationMode.NEGATIVE else 5)  # wrong ones take long to make up
        @given(case=operation.as_strategy(generation_mode=mode))
        def ask(case: Any) -> None:
            nonlocal calls
            calls += 1
            case.call_and_validate(base_url=web.url, headers=headers, checks=list(CHECKS), timeout=20)

        try:
            ask()
        except (AssertionError, ExceptionGroup) as error:
            failed[f"{operation.method.upper()} {operation.path}"] = "".join(format_exception(error))[-3_000:]
    return calls, failed


@pytest.mark.parametrize("how", ["as described", "what is there", "what is wrong"])
def test_no_call_breaks_the_api_and_every_answer_conforms(web: Site, how: str) -> None:
    web.user("boss", Role.ADMIN)
    headers = {"Authorization": f"Bearer {web.token('boss', 'admin')}"}
    schema = described(web, headers)
    assert schema["openapi"].startswith("3.1")
    if how == "what is wrong":
        calls, failed = asked(web, schema, headers, GenerationMode.NEGATIVE, {"POST", "PUT", "GET", "DELETE"})
    elif how == "what is there":
        calls, failed = asked(web, near(schema), headers, GenerationMode.POSITIVE, {"GET"})
    else:
        calls, failed = asked(web, schema, headers, GenerationMode.POSITIVE, {"POST", "PUT", "GET", "DELETE"})
    assert failed == {}, "\n".join(f"{call}\n{why}" for call, why in failed.items())
    assert calls > len(schema["paths"])
