"""Why a call failed, for the app's developer: a page in the browser, text in a terminal, one place in the source.

What a guest says and what its files are called may be a stranger's words: they are shown, never obeyed, and of files
only sources are read, below the folders that are named here. Whatever comes in, there is an answer.
"""

from collections.abc import Mapping

from atoll.observe.fault.accepting import prefers_html
from atoll.observe.fault.account import Account
from atoll.observe.fault.mentions import error
from atoll.observe.fault.page import page
from atoll.observe.fault.plain import plain
from atoll.observe.fault.told import read


def draw(told: str, sources: Mapping[str, str], ending: str) -> tuple[str, bytes]:
    """The content type and the body of an answer that explains a failed call.

    `told` is the data plane's JSON, `sources` are folders by component, that of the app under an empty name. `ending`
    is HTML that comes last in a page.
    """
    failed = read(told)
    account = Account(failed, sources)
    if prefers_html(failed.accept):
        return "text/html; charset=utf-8", page(account, ending).encode(errors="replace")
    return "text/plain; charset=utf-8", plain(account).encode(errors="replace")


def is_failure(told: str) -> bool:
    """Whether a call has failed: it ended so, or the guest answered so itself and wrote what looks like an error."""
    failed = read(told)
    return failed.code is not None or error([line.text for line in failed.lines]) is not None


def place(told: str, sources: Mapping[str, str]) -> str | None:
    """`file:line` in the author's own source where the call failed; None if that is not known."""
    failed_at = Account(read(told), sources).failed_at
    return None if failed_at is None else failed_at.where
