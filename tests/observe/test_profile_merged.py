"""Profiles of several processes and takes are one, and what guests call themselves does no harm to it."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from atoll.errors import UserError
from tests.observe.profiles import document, folded, frame, gathered, profile

NAMES = st.sampled_from(["main", "a;b", "core::fmt", "(no stack)", "", "<script>", "\x1b[31m", "é\u202e"]) | st.text()
PLACES = st.none() | st.builds(
    lambda file, line, column: {"file": file, "line": line, "column": column},
    st.sampled_from(["src/lib.rs", "main.go", ""]) | st.text(),
    st.integers(0, 2**32 - 1),
    st.none() | st.integers(1, 2**32 - 1),
)
COUNTS = st.integers(0, 2**40)


@st.composite
def parts(draw: Callable[..., Any]) -> dict[str, Any]:
    """What one process gathered of one component."""
    frames = draw(
        st.lists(st.builds(lambda name, place: {"function": name, "place": place}, NAMES, PLACES), max_size=6)
    )
    numbers = st.lists(st.integers(0, len(frames) - 1), max_size=8) if frames else st.just([])
    stack = st.builds(
        lambda frames, samples, grown: {"frames": frames, "samples": samples, "grown": grown}, numbers, COUNTS, COUNTS
    )
    host = st.builds(
        lambda interface, function, calls, nanos, longest: {
            "interface": interface, "function": function, "calls": calls, "nanos": nanos, "longest": longest
        },
        NAMES, NAMES, COUNTS, COUNTS, COUNTS,
    )  # fmt: skip
    return {"frames": frames, "stacks": draw(st.lists(stack, max_size=6)), "host": draw(st.lists(host, max_size=3))}


DOCUMENTS = st.dictionaries(st.sampled_from(["shop", "cart", "a;b", "<b>"]), parts(), max_size=3).map(json.dumps)


@pytest.mark.slow
@given(DOCUMENTS, DOCUMENTS, DOCUMENTS)
def test_in_which_order_profiles_are_added_makes_no_difference(one: str, two: str, three: str) -> None:
    together = profile(one, two, three).to_json()
    assert profile(three, one, two).to_json() == together
    assert profile(profile(one, two).to_json(), three).to_json() == together
    assert profile(one, profile(two, three).to_json()).to_json() == together


def test_a_place_that_says_nothing_is_another_than_none() -> None:
    nowhere = {"function": "main", "place": None}
    nothing = {"function": "main", "place": {"file": "", "line": 0, "column": None}}
    stack = {"samples": 1, "grown": 0}
    one, two = (
        json.dumps({"shop": {"frames": [*frames], "stacks": [{"frames": [0, 1], **stack}], "host": []}})
        for frames in [(nowhere, nothing), (nothing, nowhere)]
    )
    assert profile(one, two).to_json() == profile(two, one).to_json()


@pytest.mark.slow
@given(DOCUMENTS)
def test_no_sample_is_lost_and_none_invented(tmp_path_factory: pytest.TempPathFactory, one: str) -> None:
    merged = profile(one)
    told: dict[str, Any] = json.loads(one)
    stacks = [stack for part in told.values() for stack in part["stacks"]]
    samples = sum(stack["samples"] for stack in stacks)
    merged.save(folder := tmp_path_factory.mktemp("profile"))
    text = (folder / "profile.folded").read_text("utf-8") if samples else ""
    assert sum(folded(text).values()) == samples
    components = merged.summary().components
    assert sum(part.samples for part in components) == samples
    known = sum(part.grown + part.began for part in components)
    # A component of which nothing but the first memory was seen has no part in the summary.
    assert known <= sum(stack["grown"] for stack in stacks)
    assert sum(calls.calls for part in components for calls in part.host) == sum(
        calls["calls"] for part in told.values() for calls in part["host"]
    )


def test_equal_stacks_of_workers_are_counted_together() -> None:
    one = document(main=(3, 0), main__work=(5, 65536), host=(("wasi:clocks", "now", 2, 30, 20),))
    two = document(
        main__work=(7, 0), other=(1, 0), host=(("wasi:clocks", "now", 1, 5, 5), ("wasi:io", "poll", 1, 9, 9))
    )
    (part,) = profile(one, two).summary().components
    assert (part.component, part.samples, part.grown) == ("shop", 16, 65536)
    assert [(one.function, one.own, one.total) for one in part.by_own_time] == [
        ("work", 12, 12), ("main", 3, 15), ("other", 1, 1)
    ]  # fmt: skip
    assert [(one.function, one.calls, one.total, one.longest) for one in part.host] == [
        ("now", 3, 35, 20), ("poll", 1, 9, 9)
    ]  # fmt: skip
    assert part.host[0].share == pytest.approx(35 / 44)


def test_a_function_that_calls_itself_takes_its_time_once() -> None:
    (part,) = profile(gathered("shop", {"main;fib;fib;fib": (10, 0), "main;fib;fib": (5, 0)})).summary().components
    assert [(one.function, one.own, one.total) for one in part.by_own_time] == [("fib", 15, 15)]
    assert [(one.function, one.total) for one in part.by_total_time] == [("main", 15)]


def test_of_callers_that_do_nothing_else_the_outermost_is_listed() -> None:
    stacks = {"main;poll;poll_next;handle;sort": (60, 0), "main;poll;poll_next;handle;render;write": (40, 0)}
    (part,) = profile(gathered("shop", stacks)).summary().components
    assert [(one.function, one.total) for one in part.by_total_time] == [("main", 100), ("sort", 60), ("render", 40)]


def test_what_instances_begin_with_is_no_growth(tmp_path: Path) -> None:
    merged = profile(gathered("shop", {"(first memory)": (0, 1 << 30), "main": (1, 0)}))
    (part,) = merged.summary().components
    assert (part.began, part.grown, part.by_memory) == (1 << 30, 0, [])
    assert "memory.svg" not in {file.name for file in merged.save(tmp_path)}
    assert '"grown":1073741824' in merged.to_json()


def test_a_functions_line_is_where_it_was_seen_most_often() -> None:
    frames = [frame("sort", "src/lib.rs", 7), frame("sort", "src/lib.rs", 9), frame("sort")]
    stacks = [{"frames": [number], "samples": samples, "grown": 0} for number, samples in enumerate((2, 3, 9))]
    told = json.dumps({"shop": {"frames": frames, "stacks": stacks, "host": []}})
    (one,) = profile(told).summary().components[0].by_own_time
    # What the compiler gave no place belongs to the function of that name.
    assert (one.function, one.file, one.line, one.own) == ("sort", "src/lib.rs", 9, 14)


def test_names_are_made_visible_and_long_ones_are_cut() -> None:
    long = "x" * (1 << 20)
    merged = profile(gathered("shop", {f"a\x1b[2J\nb;{long}": (1, 0)}))
    names = [one.function for one in merged.summary().components[0].by_own_time]
    assert [len(name) for name in names] == [1000] and names[0].endswith("x…")
    assert "a\N{REPLACEMENT CHARACTER}[2J b" in merged.to_json()
    assert "\x1b" not in merged.to_json()


def test_of_a_very_deep_stack_both_ends_are_kept() -> None:
    deep = ";".join(["main", *["down"] * 50_000, "bottom"])
    merged = profile(gathered("shop", {deep: (4, 0)}))
    told = json.loads(merged.to_json())["shop"]
    names = [told["frames"][number]["function"] for number in told["stacks"][0]["frames"]]
    assert len(names) == 512 and (names[0], names[-1]) == ("bottom", "main") and "(frames left out)" in names


def test_samples_without_a_stack_have_a_name() -> None:
    told = {"shop": {"frames": [], "stacks": [{"frames": [], "samples": 3, "grown": 0}], "host": []}}
    assert profile(json.dumps(told)).summary().components[0].by_own_time[0].function == "(no stack)"


def test_a_profile_of_nothing_is_empty() -> None:
    assert profile().is_empty
    assert profile(document()).is_empty
    assert profile(document(main=(0, 0))).is_empty
    assert not profile(document(host=(("wasi:clocks", "now", 1, 1, 1),))).is_empty
    assert not profile(document(main=(0, 65536))).is_empty


@pytest.mark.parametrize(
    "wrong",
    [
        "",
        "[]",
        "nonsense",
        b"\xff\xfe",
        '{"shop": 1}',
        '{"shop": {"frames": [], "stacks": [{"frames": [0], "samples": 1, "grown": 0}], "host": []}}',
        '{"shop": {"frames": [{"function": "f", "place": null}], "stacks": '
        '[{"frames": [-1], "samples": 1, "grown": 0}], "host": []}}',
        '{"shop": {"frames": [], "stacks": [{"frames": [], "samples": -1, "grown": 0}], "host": []}}',
        '{"shop": {"frames": [{"function": 7}], "stacks": [], "host": []}}',
    ],
)
def test_what_is_no_profile_is_refused_and_changes_nothing(wrong: str | bytes) -> None:
    merged = profile(before := document(main=(1, 0)))
    with pytest.raises(UserError) as refused:
        merged.add(wrong)
    assert refused.value.code == "profile-refused"
    assert merged.to_json() == profile(before).to_json()
