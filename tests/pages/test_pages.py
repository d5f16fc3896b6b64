"""Each page case gives exactly its expected document."""

import json

import pytest

from tests.pages.cases import Case, all_cases, as_json


@pytest.mark.parametrize("case", all_cases(), ids=lambda case: case.name)
def test_page_gives_its_document(case: Case, update_pages: bool) -> None:
    document = case.document()
    markdown, fields = case.folder / "expected.md", case.folder / "expected.json"
    if update_pages:
        markdown.write_text(document.markdown + "\n" if document.markdown else "", encoding="utf-8")
        fields.write_text(json.dumps(as_json(document), ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    assert document.markdown == markdown.read_text(encoding="utf-8").removesuffix("\n")
    assert as_json(document) == json.loads(fields.read_text(encoding="utf-8"))


def test_there_are_enough_cases_of_each_sort() -> None:
    names = [case.name for case in all_cases()]
    assert len(names) >= 40
    for sort in ("drupal7-", "drupal10-", "charset-", "unknown-"):
        assert sum(name.startswith(sort) for name in names) >= 6
