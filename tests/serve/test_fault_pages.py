"""Guests of five languages fail at a known line: developers get a page that names it, users a number of the log."""

import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import httpx
import pytest

from atoll.observe.fault import place
from atoll.testing import Up, up
from tests.observe.faults import told
from tests.support import GUESTS, ROOT, TOOLS_PATH, get, needs, write_app

pytestmark = pytest.mark.slow


class Failing(NamedTuple):
    """A guest's source, where it stands, and what it says when it fails."""

    folder: str
    file: str
    says: str
    # Some runtimes answer 500 themselves, others leave that to their host.
    answers: bool = False


FAILING = {
    "c-faults": Failing("c-faults", "http.c", "the guest trapped: wasm trap: integer divide by zero"),
    "go-faults": Failing("go-faults", "main.go", "panic: runtime error: index out of range [0] with length 0"),
    "js-faults": Failing(
        "js-faults", "fetch.js", 'can\'t access property "name", people[0] is undefined', answers=True
    ),
    "python-faults": Failing("python-faults", "app.py", "KeyError: 'Ada'"),
    "python-faults-project": Failing("python-faults", "project.py", "KeyError: 'Ada'", answers=True),
    "rust-faults": Failing("rust-faults", "src/lib.rs", "panicked: the request has a query"),
}
BUILT = [name for name in FAILING if (GUESTS / f"{name}.wasm").exists()]
BROWSER = {"accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
EACH = list(FAILING)


def where(name: str) -> str:
    """The file and the line at which this guest fails; its source says so."""
    failing = FAILING[name]
    lines = (ROOT / "guests" / failing.folder / failing.file).read_text().split("\n")
    return f"{failing.file}:{next(number for number, line in enumerate(lines, 1) if 'fails here' in line)}"


def component(name: str, folder: Path) -> str:
    """A component that is built in its guest's folder."""
    workdir = os.path.relpath(ROOT / "guests" / FAILING[name].folder, folder)
    return (
        f'[[trigger.http]]\nroute = "/{name}"\ncomponent = "{name}"\n'
        f'[component.{name}]\nsource = "<{name}>"\nbuild = {{ command = "true", workdir = "{workdir}" }}\n'
    )


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("faults")
    return write_app(folder, "".join(component(name, folder) for name in BUILT))


@pytest.fixture(scope="module")
def developed(app: Path) -> Iterator[Up]:
    with up(app, "--development", "--workers", "1", "--log-dir", "") as served:
        yield served


@pytest.fixture(scope="module")
def used(app: Path) -> Iterator[Up]:
    with up(app, "--workers", "1", "--log-dir", "") as served:
        yield served


def failed(served: Up, name: str, **headers: str) -> httpx.Response:
    if name not in BUILT:
        pytest.skip(f"the guest {name} is not built: make guests")
    answer = get(f"{served.url}/{name}", headers=headers)
    assert answer.status_code == 500
    return answer


@pytest.mark.parametrize("name", EACH)
def test_a_developer_gets_a_page_that_names_the_line(developed: Up, name: str) -> None:
    page = failed(developed, name, **BROWSER)
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    # The first source that is shown is the line itself.
    assert re.findall(r"<figcaption>(.*?)</figcaption>", page.text)[0] == where(name)
    line = re.findall(r'<span class="row at" data-line="(\d+)">(.*?)</span>', page.text)[0]
    assert line[0] == where(name).rpartition(":")[2] and "fails here" in line[1]
    assert f"request {page.headers['atoll-request']}" in page.text
    title = re.findall("<title>(.*?)</title>", page.text)[0]
    assert title.replace("&#x27;", "'").replace("&quot;", '"') == FAILING[name].says


@pytest.mark.parametrize("name", EACH)
def test_in_a_terminal_it_is_text(developed: Up, name: str) -> None:
    answer = failed(developed, name)
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    assert answer.text.startswith(f"500 Internal Server Error: {FAILING[name].says}\n")
    assert f"--> {where(name)}\n" in answer.text


@pytest.mark.parametrize("name", FAILING)
def test_the_log_names_the_line_as_well(used: Up, name: str) -> None:
    failed(used, name)
    file, _, line = where(name).rpartition(":")
    used.wait_for(rf"{re.escape(name)}\[\w+\]: .*{re.escape(file)}\"?(:|, line ){line}\b")


@pytest.mark.parametrize("name", [name for name, failing in FAILING.items() if not failing.answers])
def test_a_user_gets_no_more_than_the_number_of_the_log_line(used: Up, name: str) -> None:
    answer = failed(used, name, **BROWSER)
    assert answer.content == b""
    assert "content-type" not in answer.headers
    number = answer.headers["atoll-request"]
    used.wait_for(rf"(?m)^{re.escape(name)}\[{number}\]: the guest trapped: .* \[guest-trapped\]$")


TYPESCRIPT = """interface Person {
  readonly name: string;
}

const greeting = (people: Person[]): string => {
  return `Hello ${people[0]!.name}`; // fails here
};

async function answer(request: Request): Promise<Response> {
  const people: Person[] = request.url ? [] : [{ name: "Ada" }];
  return new Response(greeting(people));
}

addEventListener("fetch", (event: any) => event.respondWith(answer(event.request)));
"""


def test_a_failure_of_bundled_typescript_is_where_its_source_says(tmp_path: Path) -> None:
    needs("rolldown", "js-component")
    (tmp_path / "src").mkdir()
    (tmp_path / "src/app.ts").write_text(TYPESCRIPT)
    for command in ("rolldown src/app.ts --sourcemap --file build/app.js", "js-component build/app.js app.wasm"):
        subprocess.run(command.split(), cwd=tmp_path, env={**os.environ, "PATH": TOOLS_PATH}, check=True)
    with up(tmp_path / "app.wasm", "--workers", "1", "--log-dir", "") as served:
        assert get(served.url).status_code == 500
        served.wait_for(r"greeting@build/app\.js:\d+:\d+")
        written = "\n".join(line.partition("]: ")[2] for line in (served.stdout + served.stderr).splitlines())
    assert place(told(lines=written), {"web": str(tmp_path)}) == "src/app.ts:6"
