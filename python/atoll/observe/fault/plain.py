"""A failed call as text, for terminals."""

from collections.abc import Iterator

from atoll.observe.fault.account import PRIVACY, Account, Call, Excerpt, others


def plain(account: Account) -> str:
    """The text. It has no control characters but line ends and tabs."""
    return "\n".join(_lines(account)) + "\n"


def _lines(account: Account) -> Iterator[str]:
    told = account.told
    yield f"{account.status}: {account.headline}"
    if told.message not in ("", account.headline):
        yield told.message
    yield f"{account.origin}: {told.method} {told.uri}"
    if account.excerpt is not None:
        yield ""
        yield from _excerpt(account.excerpt)
    if account.advice:
        yield ""
        yield from account.advice
    if account.stack:
        yield "\nstack:"
        yield from _stack(account)
    if account.output:
        yield "\nwhat the guest wrote:"
        for output in account.output:
            yield f"  {output.line.text}"
            for excerpt in output.excerpts:
                yield from _excerpt(excerpt, "    ")
    yield f"\n{PRIVACY}"


def _stack(account: Account) -> Iterator[str]:
    for own, calls in account.stack:
        if own or account.failed_at is None:
            for call in calls:
                yield from _call(call)
        else:
            yield f"  … {others(calls)}"


def _call(call: Call) -> Iterator[str]:
    yield f"  {call.function}" + ("" if call.where is None else f" at {call.where}")
    if call.excerpt is not None:
        yield from _excerpt(call.excerpt, "    ")


def _excerpt(excerpt: Excerpt, indent: str = "") -> Iterator[str]:
    width = len(str(excerpt.lines[-1][0]))
    yield f"{indent}{' ' * width}--> {excerpt.where}"
    for number, text in excerpt.lines:
        is_marked = number == excerpt.marked
        yield f"{indent}{number:>{width}} {'>' if is_marked else '|'} {text}".rstrip()
        if is_marked and excerpt.column is not None and 0 <= excerpt.column < len(text):
            before = "".join("\t" if char == "\t" else " " for char in text[: excerpt.column])
            yield f"{indent}{' ' * width} | {before}^"
