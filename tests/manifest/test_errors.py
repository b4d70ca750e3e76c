"""The catalogue and what is raised agree, in both languages."""

import re
from pathlib import Path

from atoll.errors import CODES, InternalError, Location, Problems, UserError, raise_all, render

ROOT = Path(__file__).parents[2]
RAISED = re.compile(r'(?:UserError|InternalError|\.note)\(\s*"([a-z]+(?:-[a-z]+)+)"|yield \w+, "([a-z]+(?:-[a-z]+)+)"')


def test_every_code_is_kebab_case_and_explained_in_whole_sentences() -> None:
    for code, entry in CODES.items():
        assert re.fullmatch(r"[a-z]+(-[a-z]+)+", code)
        assert entry.meaning.endswith(".") and entry.remedy.endswith("."), code


def test_the_codes_of_the_data_plane_are_those_of_the_catalogue() -> None:
    source = (ROOT / "crates" / "engine" / "src" / "error.rs").read_text("utf-8")
    raised = set(re.findall(r'^\s+[A-Z]\w+ = "([a-z-]+)",', source, re.MULTILINE))
    assert raised == {code for code, entry in CODES.items() if entry.origin == "core"}


def test_what_manifest_lock_and_app_raise_stands_in_the_catalogue() -> None:
    package = ROOT / "python" / "atoll"
    files = [*package.glob("manifest/*.py"), *package.glob("lock/*.py"), package / "app.py"]
    raised = {one or other for file in files for one, other in RAISED.findall(file.read_text("utf-8"))}
    assert len(raised) > 25
    assert raised - set(CODES) == set()


def test_one_problem_is_raised_as_itself_and_several_together_in_order() -> None:
    raise_all([])
    late = UserError("id-invalid", "late", location=Location("f", 9, 1, "x"))
    early = InternalError("engine-failed", "early", location=Location("f", 2, 1, "y"))
    try:
        raise_all([late])
    except UserError as error:
        assert error is late
    try:
        raise_all([late, early])
    except Problems as error:
        assert error.problems == (early, late)
        assert error.exit_code == 2
        assert render(error) == f"{render(early)}\n\n{render(late)}"
        assert error.to_dict()["problems"] == [early.to_dict(), late.to_dict()]
    else:
        raise AssertionError("several problems must be raised")


def test_of_a_very_long_line_the_part_around_the_mark_is_shown() -> None:
    source = "x" * 5_000 + "mark" + "y" * 5_000
    text = render(UserError("id-invalid", "m", location=Location("f", 1, 5_001, source, 4)))
    line, carets = text.splitlines()[-2:]
    assert len(line) < 260
    assert line[carets.index("^") : carets.rindex("^") + 1] == "mark"


def test_a_problem_as_plain_values_leaves_out_what_is_not_known() -> None:
    assert UserError("id-invalid", "m").to_dict() == {"code": "id-invalid", "message": "m"}
    place = Location("f", 3, 4, "abc d", 1)
    assert UserError("id-invalid", "m", "h", location=place).to_dict() == {
        "code": "id-invalid",
        "message": "m",
        "hint": "h",
        "location": {"file": "f", "line": 3, "column": 4, "source": "abc d"},
    }
