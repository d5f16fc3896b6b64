"""Where a key stands in a file."""

import pytest

from config.errors import line_of

TEXT = """# comment
key = "a"
quoted."x" = 1

[scope] # all of it
deny = ["^/a = b"]
[scope.deeper]
key = 3

[[kinds]]
name = "news"
[[kinds]]
name = "page"
when = { url = "x" }
"""


@pytest.mark.parametrize(
    ("location", "line"),
    [
        pytest.param(("key",), 2, id="at the top"),
        pytest.param(("scope",), 5, id="a table"),
        pytest.param(("scope", "deny"), 6, id="in a table"),
        pytest.param(("scope", "deny", 0), 6, id="an item of a list"),
        pytest.param(("scope", "deeper", "key"), 8, id="in a table of a table"),
        pytest.param(("kinds", 0, "name"), 11, id="in the first of several tables"),
        pytest.param(("kinds", 1, "name"), 13, id="in the second"),
        pytest.param(("kinds", 1, "when", "url"), 14, id="in an inline table"),
        pytest.param(("kinds", 1, "color"), 12, id="missing in the second"),
        pytest.param(("scope", "allow"), 5, id="missing in a table"),
        pytest.param(("policy",), None, id="missing"),
        pytest.param((), None, id="nothing"),
    ],
)
def test_line_of(location: tuple[str | int, ...], line: int | None) -> None:
    assert line_of(TEXT, location) == line
