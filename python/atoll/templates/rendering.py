"""Liquid, as Spin's templates write it: the values of one app put into file names and texts.

A name without a value is an error. Text that is not Liquid stays as it is, for the braces may be the file's own
language; loops and output are bounded, since a template is a stranger's.
"""

from collections.abc import Callable, Mapping

from liquid import DictLoader, Environment, FalsyStrictUndefined
from liquid.exceptions import LiquidError, LiquidSyntaxError, TemplateNotFoundError

from atoll.errors import Location, UserError
from atoll.templates import words

MAX_OUTPUT = 16 << 20
MAX_ITERATIONS = 100_000
# The bounded output of `liquid` turns each end of a line into `\n`; no text holds this character.
_RETURN = "\ufdd0"


class _Bounded(Environment):
    loop_iteration_limit = MAX_ITERATIONS
    output_stream_limit = MAX_OUTPUT
    local_namespace_limit = MAX_OUTPUT


class Renderer:
    """Renders with these values. `partials` are the texts that `include` and `render` can name."""

    def __init__(self, values: Mapping[str, object], partials: Mapping[str, str]) -> None:
        self._values = values
        self._environment = _Bounded(loader=DictLoader(dict(partials)), undefined=FalsyStrictUndefined)
        for name, case in _FILTERS.items():
            self._environment.add_filter(name, case)

    def content(self, raw: bytes, file: str) -> bytes:
        """A file's bytes: those of a text are rendered. Raises UserError `template-broken`."""
        try:
            text = raw.decode()
        except UnicodeDecodeError:
            return raw
        return self._rendered(text, file, strict=False).encode()

    def path(self, text: str) -> str:
        """A file's path below the content. `!!` stands for `|`, which not every file system has."""
        return self._rendered(text.replace("!!", "|"), text, strict=False) if "{{" in text else text

    def text(self, text: str, file: str) -> str:
        """A text that has to be Liquid. Raises UserError `template-broken`."""
        return self._rendered(text, file, strict=True)

    def _rendered(self, text: str, file: str, *, strict: bool) -> str:
        try:
            try:
                template = self._environment.from_string(text.replace("\r", _RETURN))
            except LiquidSyntaxError:
                if strict:
                    raise
                return text
            return template.render(self._values).replace(_RETURN, "\r")
        except LiquidError as error:
            what = f"no partial {error.message}" if isinstance(error, TemplateNotFoundError) else error.message
            raise UserError(
                "template-broken",
                f"the template's file cannot be rendered: {what}",
                "mend the template, or give the value with -v NAME=VALUE",
                location=_place(error, text, file),
            ) from None
        except RecursionError:
            raise UserError("template-broken", f"{file} includes itself") from None


def http_wildcard(route: str) -> str:
    """The route of everything below it."""
    return route if route.endswith("/...") else f"{route.removesuffix('/')}/..."


def _of_text(case: Callable[[str], str]) -> Callable[[object], str]:
    return lambda value: case(str(value))


_FILTERS = {
    "kebab_case": _of_text(words.kebab),
    "snake_case": _of_text(words.snake),
    "pascal_case": _of_text(words.pascal),
    "dotted_pascal_case": _of_text(words.dotted_pascal),
    "http_wildcard": _of_text(http_wildcard),
}


def _place(error: LiquidError, text: str, file: str) -> Location | None:
    """Where in the text; None for what stands in another one, a partial."""
    token = error.token
    if token is None or token.source.replace(_RETURN, "\r") != text:
        return None
    before = text[: token.start_index]
    line = before.count("\n")
    return Location(file, line + 1, len(before) - before.rfind("\n"), text.split("\n")[line], len(token.value))
