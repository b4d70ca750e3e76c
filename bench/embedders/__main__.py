"""`python -m bench.embedders EMBEDDER WORK`: do the work for as many seconds as each line of the input says.

The first line of the output is `ready`: the answer was right. The others say how often a second the work was done.
"""

import importlib
import os
import sys

import click

from bench.embedders.loop import Loop, WrongAnswer
from bench.embedders.work import ANSWERS


@click.command()
@click.argument("embedder", type=click.Choice(["atoll", "extism", "python", "wasmtime"]))
@click.argument("work", type=click.Choice(list(ANSWERS)))
@click.option("--threads", type=click.IntRange(1), help="So many do it at the same time.")
@click.option("--cores", type=click.IntRange(1), help="On so many of the cores that this process may use.")
def main(embedder: str, work: str, threads: int | None, cores: int | None) -> None:
    """Measure in this process."""
    if cores is not None:
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:cores])
    statement = importlib.import_module(f"bench.embedders.{embedder}").statement(work)
    try:
        loop = Loop(work, statement)
    except WrongAnswer as wrong:
        raise click.ClickException(str(wrong)) from None
    print("ready", flush=True)
    for line in sys.stdin:
        seconds = float(line)
        print(loop.rate(seconds) if threads is None else loop.rate_of_threads(seconds, threads), flush=True)


if __name__ == "__main__":
    main()
