"""Runs Python as a page shows it: `await` where it stands, and values that are what the comment behind them says."""

import ast
import asyncio
import inspect
import tokenize
from collections.abc import Iterator
from io import StringIO
from typing import Any

from tests.docs.blocks import Block

_SHOWN = "__shown__"
_LONGEST = 60
"""Seconds that a block may await."""


class Reader:
    """Somebody who types in the blocks of one page, one after the other."""

    def __init__(self) -> None:
        self.names: dict[str, Any] = {"__name__": "__main__", _SHOWN: self._shown}
        self.compared = 0
        self._runner = asyncio.Runner()

    def __enter__(self) -> "Reader":
        return self

    def __exit__(self, *_: object) -> None:
        self._runner.close()

    def prepare(self, block: Block) -> None:
        """Run what a block is given."""
        self._run(ast.parse(block.given), f"given to {block.place}")

    def run(self, block: Block) -> None:
        """Run a block. Whatever it raises has the page's own lines in its traceback."""
        tree = ast.parse(block.text)
        claims = dict(_claims(block.text))
        tree = ast.fix_missing_locations(_Claims(claims).visit(tree))
        self._run(ast.increment_lineno(tree, block.line - 1), block.page)

    def _run(self, tree: ast.Module, file: str) -> None:
        code = compile(tree, file, "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT, dont_inherit=True)
        if code.co_flags & inspect.CO_COROUTINE:
            self._runner.run(asyncio.wait_for(eval(code, self.names), _LONGEST))
        else:
            exec(code, self.names)

    def _shown(self, value: object, claimed: str) -> object:
        self.compared += 1
        assert repr(value) == claimed
        return value


class _Claims(ast.NodeTransformer):
    """Hands the value of each line with a claim to whoever compares."""

    def __init__(self, claims: dict[int, str]) -> None:
        self._claims = claims

    def visit_Expr(self, node: ast.Expr) -> ast.Expr:
        """A line that is a value."""
        claim = self._claims.get(node.end_lineno or 0)
        if claim is None:
            return node
        shown = ast.Call(ast.Name(_SHOWN, ast.Load()), [node.value, ast.Constant(claim)], [])
        return ast.copy_location(ast.Expr(ast.copy_location(shown, node)), node)


def _claims(text: str) -> Iterator[tuple[int, str]]:
    """Comments that are values themselves, by their line. Others are words."""
    for token in tokenize.generate_tokens(StringIO(text).readline):
        if token.type == tokenize.COMMENT and token.line.strip() != token.string:
            said = token.string.removeprefix("#").strip()
            if _is_value(said):
                yield token.start[0], said


def _is_value(said: str) -> bool:
    try:
        tree = ast.parse(said, mode="eval").body
    except SyntaxError:
        return False
    return isinstance(tree, ast.Constant | ast.Call | ast.List | ast.Tuple | ast.Dict)
