"""Templates of messages: our own, and the operator's in their place, sandboxed and bounded."""

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from types import FrameType
from typing import TYPE_CHECKING, Any

from crawler.core.messages.telling import diff_line
from crawler.core.report.marks import Gap, Line
from crawler.core.report.voice import Voice
from storage.said import Said, saying

if TYPE_CHECKING:
    from jinja2 import Environment, Template

MAX_SOURCE = 100_000  # characters of a template
MAX_RESULT = 4_000_000  # characters of what it makes
MAX_STEPS = 2_000_000  # lines that an operator's template may run through; ours take some thousands
_OPERATORS = "<template of the operator>"  # the file name that its code gets, which the steps are counted by


class TemplateBroken(Exception):
    """A template of the operator's that can't be used; the message names it, the line, and what is wrong."""


@dataclass(frozen=True, kw_only=True)
class Templates:
    """Jinja2 sources that stand in for the built-in ones; null: the built-in one."""

    mail_text: str | None = None
    mail_html: str | None = None
    chat: str | None = None


BUILT_IN = Templates()
NAMES = {"mail_text": "mail.txt", "mail_html": "mail.html", "chat": "chat.txt"}


def render(templates: Templates, part: str, values: Mapping[str, Any]) -> str:
    """One part of a message ("mail_text", "mail_html", "chat"). Raises TemplateBroken for an operator's template."""
    source = getattr(templates, part)
    return _built_in(part).render(values) if source is None else _operators(NAMES[part], source, values)


def _built_in(part: str) -> "Template":
    return _environment().get_template(NAMES[part])


def _operators(name: str, source: str, values: Mapping[str, Any]) -> str:
    """Whatever goes wrong in it is the operator's to know, and never ends the sending of messages."""
    if len(source) > MAX_SOURCE:
        raise TemplateBroken(Said("{where}: longer than {most:,} characters", where=name, most=MAX_SOURCE))
    try:
        return _bounded(_compiled(name, source), values)
    except TemplateBroken as error:
        raise TemplateBroken(Said("{where}: {why}", where=name, why=saying(error))) from error
    except Exception as error:  # a template is a program: it may raise anything
        number = getattr(error, "lineno", None)
        where = f"{name}:{number}" if number else name
        raise TemplateBroken(f"{where}: {type(error).__name__}: {error}"[:500]) from error


def _bounded(template: "Template", values: Mapping[str, Any]) -> str:
    """Renders within MAX_STEPS and MAX_RESULT: counted, not timed, so that the same template always ends alike."""
    pieces, size, before = list[str](), 0, sys.gettrace()
    sys.settrace(_counting(MAX_STEPS))
    try:
        for piece in template.generate(values):
            size += len(piece)
            if size > MAX_RESULT:
                raise TemplateBroken(Said("makes more than {most:,} characters", most=MAX_RESULT))
            pieces.append(piece)
    finally:
        sys.settrace(before)
    return "".join(pieces)


def _counting(steps: int) -> Callable[[FrameType, str, Any], Any]:
    left = steps

    def count(frame: FrameType, event: str, argument: Any) -> Any:
        nonlocal left
        left -= 1
        if left < 0:
            raise TemplateBroken(Said("runs too long; are there loops within loops?"))
        return count if frame.f_code.co_filename == _OPERATORS else None

    return count


@cache
def _compiled(name: str, source: str) -> "Template":
    environment = _sandbox(autoescape=name.endswith(".html"))
    code = environment.compile(source, name=name, filename=_OPERATORS)
    return environment.template_class.from_code(environment, code, environment.make_globals(None))


@cache
def _sandbox(*, autoescape: bool) -> "Environment":
    from jinja2 import StrictUndefined
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    class Sandbox(ImmutableSandboxedEnvironment):
        """Lets a template reach values only, and multiply numbers only: ``"x" * 10 ** 9`` is one step."""

        intercepted_binops = frozenset({"*", "**", "%"})

        def call_binop(self, context: Any, operator: str, left: Any, right: Any) -> Any:
            small = all(isinstance(side, int | float) and abs(side) < 10**6 for side in (left, right))
            if operator == "**" or (operator == "*" and not small):
                raise TemplateBroken(Said("{operator} is for small numbers", operator=operator))
            if operator == "%" and isinstance(left, str):
                raise TemplateBroken(Said("format text by the filter `format`"))
            return super().call_binop(context, operator, left, right)

    environment = Sandbox(autoescape=autoescape, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    for name in ("center", "indent", "wordwrap", "pprint", "xmlattr", "format"):  # make much of little in one step
        environment.filters.pop(name)
    environment.filters["format"] = _format
    environment.globals.pop("lipsum")
    return _furnished(environment)


@cache
def _environment() -> "Environment":
    from jinja2 import Environment, FunctionLoader, StrictUndefined

    def source(name: str) -> str:
        return files("crawler.core.messages").joinpath("templates", name).read_text(encoding="utf-8")

    environment = Environment(
        autoescape=lambda name: bool(name and name.endswith(".html")),
        undefined=StrictUndefined,
        loader=FunctionLoader(source),
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return _furnished(environment)


def _furnished(environment: "Environment") -> "Environment":
    environment.tests.update(gap=_is_gap, row=_is_row)
    return environment


def _format(text: str, **values: Any) -> str:
    """``{{ _("%(n)s changes") | format(n=3) }}``, without widths: a width of a thousand million is one step, too."""
    for name, value in values.items():
        text = text.replace(f"%({name})s", str(value))
    return text


def _is_gap(item: Any) -> bool:
    return isinstance(item, Gap)


def _is_row(item: Any) -> bool:
    return isinstance(item, Line) and len(item.cells) > 1


def words_of(voice: Voice) -> dict[str, Any]:
    """What templates speak with: ``_``, ``ngettext``, and ``plain`` for a block of a difference as text."""
    return {
        "_": voice.catalogue.gettext,
        "ngettext": voice.catalogue.ngettext,
        "plain": lambda item: diff_line(item, voice),
    }
