"""`python -m bench`: measure the claims and print the table."""

import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import click
import msgspec
from rich.console import Console

from bench import load
from bench.claim import Claim, Plan, Result, examine
from bench.claims import CLAIMS
from bench.machine import machine
from bench.table import show

_GUESTS = list(dict.fromkeys(guest.title for claim in CLAIMS for guest in claim.guests))


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What was asked for. No `names`, no `guests`: all of them."""

    seconds: int
    rounds: int
    warm_up: int
    names: Sequence[str]
    guests: Sequence[str]
    file: Path | None
    strict: bool


@click.command()
@click.option("--seconds", type=click.IntRange(1), default=2, show_default=True, help="Measured seconds of a round.")
@click.option("--rounds", type=click.IntRange(1), default=5, show_default=True, help="Rounds; their median counts.")
@click.option("--warm-up", type=click.IntRange(1), default=1, show_default=True, help="Seconds of load before.")
@click.option("--claim", "names", type=click.Choice([claim.name for claim in CLAIMS]), multiple=True, help="Only this.")
@click.option("--guest", "guests", type=click.Choice(_GUESTS), multiple=True, help="Only this guest.")
@click.option("--json", "file", type=click.Path(path_type=Path, dir_okay=False), help="Every round's figures, too.")
@click.option("--strict", is_flag=True, help="Exit code 1 when a bar is missed or a row is not measured.")
def main(**given: Any) -> None:
    """Measure the claims: ratios between figures of this run."""
    options = Options(**given)
    if not load.is_installed():
        raise click.ClickException("wrk is not installed: apt-get install wrk")
    plan = Plan(options.seconds, options.rounds, options.warm_up)
    before = machine()
    results = [examine(claim, plan, _progress) for claim in _chosen(options)]
    show(results, before, Console())
    if options.file is not None:
        written = msgspec.json.encode(_document(plan, before, results))
        options.file.write_bytes(msgspec.json.format(written, indent=2) + b"\n")
    if options.strict and not all(result.holds for result in results):
        sys.exit(1)


def _chosen(options: Options) -> list[Claim]:
    wanted = options.guests or _GUESTS
    claims = [claim for claim in CLAIMS if not options.names or claim.name in options.names]
    return [replace(claim, guests=tuple(guest for guest in claim.guests if guest.title in wanted)) for claim in claims]


def _progress(step: str) -> None:
    print(step, file=sys.stderr, flush=True)


def _document(plan: Plan, machine: dict[str, str], results: Sequence[Result]) -> dict[str, object]:
    return {"machine": machine, "plan": plan, "claims": [_told(result) for result in results]}


def _told(result: Result) -> dict[str, object]:
    claim = result.claim
    rows = [{**msgspec.to_builtins(row), "ratio": row.ratio, "status": row.status} for row in result.rows]
    return {"name": claim.name, "compares": claim.compares, "unit": claim.unit, "better": claim.better, "rows": rows}


if __name__ == "__main__":
    main()
