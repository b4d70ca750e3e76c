"""What `python-component` says when it cannot build: Python's own words with the user's lines, and what to do."""

from pathlib import Path

import pytest

from tests.guests.python_component import Ended, run

pytestmark = pytest.mark.slow

HANDLER = """from atoll_guest.http import Request, Response, handler


@handler
def handle(request: Request) -> Response:
    return Response.text("")
"""


def refused(folder: Path, source: str, *arguments: str) -> str:
    """What is said of a project of one module that cannot be built."""
    (folder / "app.py").write_text(source)
    ended = run(folder, *(arguments or ("app",)))
    assert (ended.code, ended.out) == (1, "")
    assert not list(folder.glob("*.wasm"))
    assert str(folder) not in ended.err.replace(f"in {folder}\n", "")
    return ended.err


def test_a_syntax_error_is_shown_as_python_shows_it(tmp_path: Path) -> None:
    assert refused(tmp_path, "def f(:\n    pass\n") == (
        '  File "app.py", line 1\n    def f(:\n          ^\nSyntaxError: invalid syntax\n'
    )


def test_an_exception_of_the_module_is_shown_with_its_lines(tmp_path: Path) -> None:
    said = refused(tmp_path, 'print("before")\n\n\ndef f():\n    raise ValueError("as asked")\n\n\nf()\n')
    assert said == (
        "before\nTraceback (most recent call last):\n"
        '  File "app.py", line 8, in <module>\n    f()\n    ~^^\n'
        '  File "app.py", line 5, in f\n    raise ValueError("as asked")\nValueError: as asked\n'
    )


def test_a_module_that_is_missing_is_to_be_required(tmp_path: Path) -> None:
    said = refused(tmp_path, "import nowhere.at_all\n")
    assert 'File "app.py", line 1, in <module>\n    import nowhere.at_all\n' in said
    assert "ModuleNotFoundError: No module named 'nowhere'\n" in said
    assert "\nhint: add the package of `nowhere` to requirements.txt\n" in said


OTHER = HANDLER.partition("\n\n\n")[2].replace("handle(", "other(")


@pytest.mark.parametrize(
    "source, arguments, said",
    [
        ("from atoll_guest.http import handler\n", ("app",), "app.py has no handler"),
        (HANDLER + OTHER, ("app",), "app.py has more than one handler"),
        ("", ("app:main", "--wsgi"), "app.py has no application `main`"),
        ("", ("app", "--command"), "app.py has no program to run"),
    ],
    ids=["handler", "handlers", "application", "command"],
)
def test_a_module_that_lacks_what_is_called_is_refused(
    tmp_path: Path, source: str, arguments: tuple[str, ...], said: str
) -> None:
    shown = refused(tmp_path, source, *arguments)
    assert shown.startswith(f"error: {said}\nhint: ")


def test_a_package_in_native_code_is_named(tmp_path: Path) -> None:
    (tmp_path / "requirements.txt").write_text("# fast\nrpds-py\n")
    said = refused(tmp_path, "import os\nimport rpds\n")
    assert said.startswith('  File "app.py", line 2, in <module>\n    import rpds\n')
    assert "error: `rpds-py` needs native code, which a sandbox cannot load\nhint: " in said


def test_a_package_that_is_nowhere_is_named(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text('[project]\nname = "a"\ndependencies = ["atoll-is-not-this==77"]\n')
    said = refused(tmp_path, HANDLER)
    assert "error: `atoll-is-not-this==77` cannot be installed: there is no wheel of it for Python 3.14\nhint: " in said


def test_words_of_componentize_py_are_passed_on(tmp_path: Path) -> None:
    (tmp_path / "wit").mkdir()
    (tmp_path / "wit" / "world.wit").write_text("package a:b;\n\nworld w {\n  import nowhere;\n}\n")
    said = refused(tmp_path, "", "app", "--wit", "wit", "--world", "w")
    assert "nowhere" in said
    assert "Stack backtrace" not in said
    assert "AssertionError" not in said


@pytest.mark.parametrize(
    "arguments, said",
    [
        (("nowhere",), "there is no module `nowhere`"),
        (("app.py",), "`app.py` is no name of a module\nhint: write `app`"),
        (("my-app",), "`my-app` is no name of a module\nhint: a module's name"),
        (("app:app",), "`:app` names no application\nhint: add `--asgi` or `--wsgi`"),
        (("app", "--command", "--wit", "wit"), "`--command` has a world already"),
        (("app", "--asgi", "--wsgi"), "not allowed with argument"),
        (("app", "elsewhere"), "nothing is known to be done with `elsewhere`"),
        (("app", "--requirements", "r.txt"), "there is no file r.txt"),
        ((), "the following arguments are required"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_arguments_that_cannot_be_meant_are_refused(tmp_path: Path, arguments: tuple[str, ...], said: str) -> None:
    (tmp_path / "app.py").write_text(HANDLER)
    ended = run(tmp_path, *arguments)
    assert (ended.code, ended.out) == (1, "")
    assert said in ended.err


def test_help_shows_every_form(tmp_path: Path) -> None:
    helped = run(tmp_path, "--help")
    assert helped == Ended(0, helped.out, "")
    assert all(form in helped.out for form in ("--asgi", "--wsgi", "--command", "--wit", "bindings"))
