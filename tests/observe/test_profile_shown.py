"""What the terminal shows of a profile."""

import io

from rich.console import Console

from atoll.cli.profiled import show
from tests.observe.profiles import document, gathered, profile


def shown(*documents: str, color: bool = False) -> str:
    """As `atoll profile` prints it."""
    told = io.StringIO()
    show(profile(*documents).summary(), Console(file=told, highlight=False, force_terminal=color, width=40))
    return told.getvalue()


def test_each_component_has_its_times_its_memory_and_its_host_calls() -> None:
    stacks = {"main;sort": (750, 0), "main;grow": (250, 3 << 20), "(first memory)": (0, 1 << 30)}
    host = (("wasi:io/poll@0.2.0", "poll", 2, 3_000_000_000, 2_000_000_000), ("wasi:clocks", "now", 4, 1_000, 400))
    assert shown(gathered("shop", stacks, host), gathered("cart", {"main": (1, 0)})).splitlines() == [
        "",
        "cart: 1 ms of CPU time",
        "  by own time",
        "          1 ms 100.0% ██████████ main",
        "  by total time, with what they call",
        "          1 ms 100.0% ██████████ main",
        "",
        "shop: 1,000 ms of CPU time",
        "  by own time",
        "        750 ms  75.0% ███████▌   sort",
        "        250 ms  25.0% ██▌        grow",
        "  by total time, with what they call",
        "      1,000 ms 100.0% ██████████ main",
        "        750 ms  75.0% ███████▌   sort",
        "        250 ms  25.0% ██▌        grow",
        "  by memory growth: 3.0 MiB, beside 1.0 GiB that instances began with",
        "       3.0 MiB 100.0% ██████████ main",
        "  host calls, from the question to its answer",
        "         total  share      calls         mean      longest",
        "        3.00 s 100.0%          2       1.50 s       2.00 s  wasi:io/poll@0.2.0 poll",
        "       1.00 µs   0.0%          4       250 ns       400 ns  wasi:clocks now",
    ]


def test_names_of_guests_are_neither_markup_nor_control_sequences() -> None:
    told = shown(gathered("[bold]shop", {"[red]\x1b[2Jmain[/red]": (1, 0), "x" * 5000: (1, 0)}), color=True)
    assert "[bold]shop: 2 ms" in told and "[red]\N{REPLACEMENT CHARACTER}[2Jmain[/red]" in told
    assert "\x1b[2J" not in told
    assert max(len(line) for line in told.splitlines()) < 200


def test_a_profile_of_host_calls_alone_is_shown() -> None:
    assert "now" in shown(document(host=(("wasi:clocks", "now", 1, 1, 1),)))
