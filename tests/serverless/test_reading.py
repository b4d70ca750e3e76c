"""From `serverless.yml` to a manifest, and what is refused on the way."""

from pathlib import Path

import pytest

from atoll.app import App, find_manifest
from atoll.serverless.components import component_id
from tests.serverless.reading import HEAD, ONE, load, problems

WHOLE = """\
service: {name: shop}
frameworkVersion: "4"
plugins: [serverless-offline]
provider:
  name: aws
  runtime: wasm
  region: eu-west-1
  timeout: 10
  memorySize: ${self:custom.memory}
  environment: {STAGE: "${sls:stage}", COUNT: 3, FLAG: true, GONE: x}
  iam: {role: {statements: []}}
custom:
  memory: 128
  atoll:
    application: {features: [wide-arithmetic]}
    functions:
      listOrders:
        allowed_outbound_hosts: ["https://example.com"]
        build: {command: make}
        tool: {atoll: {limits: {handles: 5}}}
functions:
  listOrders:
    handler: dist/orders.list
    timeout: 0.5
    memorySize: "64"
    reservedConcurrency: 7
    environment: {COUNT: 4, GONE: null}
    tags: {team: a}
    events:
      - http: GET orders
      - http: {path: '/orders/{id}', method: post, cors: true}
      - httpApi: 'ANY /v2/{proxy+}'
  fallback:
    handler: bootstrap
    package: {artifact: target/fallback.wasm}
    events: [{httpApi: '*'}]
resources: {Resources: {Table: !Ref Other}}
"""


def test_functions_become_components(tmp_path: Path) -> None:
    manifest = load(tmp_path, WHOLE).manifest
    orders, fallback = manifest.component["list-orders"], manifest.component["fallback"]
    assert (manifest.application.name, orders.source, fallback.source) == (
        "shop",
        "dist/orders.wasm",
        "target/fallback.wasm",
    )
    assert orders.environment == {"STAGE": "dev", "COUNT": "4", "FLAG": "true"}
    assert fallback.environment["GONE"] == "x"
    assert orders.tool.atoll is not None and fallback.tool.atoll is not None
    assert orders.tool.atoll.limits == {"deadline": "500ms", "memory": "64MiB", "concurrency": 7, "handles": 5}
    assert fallback.tool.atoll.limits == {"deadline": "10000ms", "memory": "128MiB"}
    assert (orders.allowed_outbound_hosts, orders.build and orders.build.command) == (["https://example.com"], "make")
    assert manifest.application.tool.atoll is not None
    assert manifest.application.tool.atoll.features == ["wide-arithmetic"]


def test_events_become_triggers(tmp_path: Path) -> None:
    triggers = load(tmp_path, WHOLE).manifest.trigger["function"]
    told = [tuple(one.config[key] for key in ("payload", "method", "path", "route", "export")) for one in triggers]
    assert told == [
        ("1.0", "GET", "/orders", "/orders", "list"),
        ("1.0", "POST", "/orders/{id}", "/orders/:p1", "list"),
        ("2.0", "*", "/v2/{proxy+}", "/v2/...", "list"),
        ("2.0", "*", "$default", "/...", "bootstrap"),
    ]
    assert [bool(one.config["cors"]) for one in triggers] == [False, True, False, False]


def test_keys_of_other_platforms_are_named(tmp_path: Path) -> None:
    ignored = load(tmp_path, WHOLE).ignored
    assert ignored == (
        "frameworkVersion",
        "plugins",
        "resources",
        "provider.iam",
        "functions.listOrders.tags",
        "custom.memory",
    )


def test_a_function_without_events_is_left_out(tmp_path: Path) -> None:
    app = load(tmp_path, f"{HEAD}{ONE}  two: {{handler: two.wasm}}\ncustom: {{atoll: {{functions: {{two: {{}}}}}}}}\n")
    assert [*app.manifest.component] == ["one"]
    assert app.ignored == ("functions.two, which has no events",)


def test_a_call_may_take_six_seconds_unless_told(tmp_path: Path) -> None:
    component = load(tmp_path, HEAD + ONE).manifest.component["one"]
    assert component.tool.atoll is not None and component.tool.atoll.limits == {"deadline": "6s"}


def test_functions_may_stand_in_files_of_their_own(tmp_path: Path) -> None:
    one = "one: {handler: a.wasm, events: [{http: 'GET ${env:NOBODY, ''x''}'}]}"
    two = "two: {handler: b.wasm, events: [{http: GET b}]}"
    app = load(tmp_path, f"{HEAD}functions:\n  - ${{file(more.yml)}}\n  - {two}\n", more_yml=one)
    assert set(app.manifest.component) == {"one", "two"}


def test_a_problem_of_the_manifest_has_its_line_in_the_yaml(tmp_path: Path) -> None:
    text = WHOLE.replace('["https://example.com"]', '["{{ nobody }}"]').replace("handles: 5", "handels: 5")
    found = [(one.code, one.location and one.location.line) for one in problems(tmp_path, text)]
    assert found == [("variable-undeclared", 18), ("manifest-key-unknown", 20)]
    app = load(tmp_path, WHOLE)
    for key, line in (("source", 23), ("tool.atoll.limits.memory", 25), ("build", 19)):
        place = app.locate("list-orders", key)
        assert place is not None and (place.file, place.line) == (str(tmp_path / "serverless.yml"), line), key


@pytest.mark.parametrize(
    ("text", "code", "words", "line"),
    [
        ("- 1", "serverless-invalid", "no mapping", None),
        ("functions: {a: {handler: a.wasm}}", "manifest-key-missing", "`service`", 1),
        (HEAD, "manifest-key-missing", "no `functions`", 1),
        (HEAD + "functions: {a: 1}", "manifest-type-wrong", "must be a table", 3),
        (HEAD + "funtions: {}\n" + ONE, "manifest-key-unknown", "`funtions`", 3),
        (HEAD + ONE + "    timout: 3\n", "manifest-key-unknown", "`timout`", 8),
        (HEAD + ONE + "    timeout: soon\n", "manifest-type-wrong", "must be a number", 8),
        (HEAD + ONE + "    timeout: 0\n", "limit-invalid", "more than nothing", 8),
        (HEAD + ONE + "    memorySize: 99999999999999\n", "limit-invalid", "memory", 8),
        (HEAD + ONE + "    runtime: python3.12\n", "serverless-runtime", "`python3.12`", 8),
        (HEAD + ONE + "    image: x\n", "manifest-key-unknown", "`image`", 8),
        (HEAD + ONE + "    environment: {A: [1]}\n", "manifest-type-wrong", "`A` must be text", 8),
        (HEAD + ONE + "    environment: {A: !Ref B}\n", "serverless-variable", "CloudFormation", 8),
        (HEAD + ONE + "    environment: {A: '${env:NO_SUCH}'}\n", "serverless-variable", "NO_SUCH", 8),
        (HEAD + ONE + "      - schedule: rate(1 hour)\n", "serverless-event-unsupported", "`schedule`", 8),
        (HEAD + ONE + "      - htpApi: '*'\n", "serverless-event-unsupported", "`htpApi`", 8),
        (HEAD + ONE + "      - http:\n        path: a\n", "serverless-event-unsupported", "`path` beside it", 8),
        (HEAD + ONE + "      - http: {path: a, method: gett}\n", "manifest-value-invalid", "`GETT`", 8),
        (
            HEAD + ONE + "      - http: {path: a, method: get, private: true}\n",
            "serverless-event-unsupported",
            "API keys",
            8,
        ),
        (
            HEAD + ONE + "      - http: {path: a, method: get, authorizer: x}\n",
            "serverless-event-unsupported",
            "`authorizer`",
            8,
        ),
        (
            HEAD + ONE + "      - http: {path: a, method: get, async: true}\n",
            "serverless-event-unsupported",
            "`async`",
            8,
        ),
        (
            HEAD + ONE + "      - http: {path: a, method: get, integration: mock}\n",
            "serverless-event-unsupported",
            "`mock`",
            8,
        ),
        (HEAD + ONE + "      - http: {path: a, method: get, cors: {orign: x}}\n", "manifest-key-unknown", "`orign`", 8),
        (HEAD + ONE + "      - http: 'GET a/{b}.json'\n", "manifest-value-invalid", "neither text nor", 8),
        (HEAD + ONE + "      - http: 'GET a/{b+}/c'\n", "manifest-value-invalid", "has to be its end", 8),
        (HEAD + ONE + "      - http: 'GET :a'\n", "manifest-value-invalid", "something else", 8),
        (HEAD + ONE + "      - httpApi: GET a\n", "manifest-value-invalid", "begin with `/`", 8),
        (
            HEAD + ONE + "  two: {handler: b.wasm, events: [{httpApi: GET /one}]}\n",
            "trigger-invalid",
            "leads to `one`",
            8,
        ),
        (HEAD + ONE + "  One: {handler: b.wasm}\n", "id-duplicate", "one name", 8),
        (HEAD + ONE + "custom: {atoll: {functions: {on: {}}}}\n", "component-unknown", "`on`", 8),
        ("service: a\nprovider: aws\n" + ONE.replace("one.wasm", "a.b"), "serverless-runtime", "no `runtime`", 5),
    ],
)
def test_what_cannot_be_kept_is_refused_at_its_line(
    tmp_path: Path, text: str, code: str, words: str, line: int | None
) -> None:
    found = [one for one in problems(tmp_path, text) if one.code == code]
    assert found and words in found[0].message, problems(tmp_path, text)
    assert line is None or (found[0].location is not None and found[0].location.line == line)


def test_everything_that_is_wrong_is_told_at_once(tmp_path: Path) -> None:
    text = HEAD + ONE + "    timout: 3\n    runtime: go1.x\n    environment: {A: '${env:NO_SUCH}'}\n"
    assert {one.code for one in problems(tmp_path, text)} == {
        "manifest-key-unknown",
        "serverless-runtime",
        "serverless-variable",
    }


@pytest.mark.parametrize("runtime", ["wasm", "provided.wasm", "wasm32-wasi", "webassembly", "WASM32-WASIP2"])
def test_runtimes_of_webassembly(tmp_path: Path, runtime: str) -> None:
    assert not problems(tmp_path, f"service: a\nprovider: {{name: aws, runtime: {runtime}}}\n{ONE}")


def test_a_wasm_file_under_a_runtime_of_its_own(tmp_path: Path) -> None:
    assert not problems(tmp_path, f"service: a\nprovider: {{name: aws, runtime: provided.al2023}}\n{ONE}")


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("helloWorld", "hello-world"),
        ("HTTPHandler", "http-handler"),
        ("a_b-2", "a-b2"),
        ("v2", "v2"),
        ("2x", "function2x"),
    ],
)
def test_names_become_ids(name: str, expected: str) -> None:
    assert component_id(name) == expected


def test_a_folder_is_searched_for_it_after_spin_toml(tmp_path: Path) -> None:
    load(tmp_path, HEAD + ONE)
    (tmp_path / "src").mkdir()
    assert find_manifest(tmp_path).name == "serverless.yml"
    (tmp_path / "spin.toml").write_text('spin_manifest_version = 2\napplication.name = "a"\n[trigger]\n')
    assert find_manifest(tmp_path).name == "spin.toml"


def test_json_is_read_as_well(tmp_path: Path) -> None:
    file = tmp_path / "serverless.json"
    file.write_text(
        '{"service": "a", "provider": {"name": "aws", "runtime": "wasm"}, "functions": {"a": {"handler": "a.wasm"}}}'
    )
    assert App.load(file).name == "a"
