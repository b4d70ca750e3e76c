"""The format of `*.test.toml` as typed values: every key, with one sentence each.

Structure only: `read.py` makes these from a file, and holds against each other what no single value shows.
"""

from typing import Annotated, Any

from msgspec import Struct, convert, field

from atoll.manifest.fields import Doc, attributes


class Given(Struct, kw_only=True, frozen=True):
    """Bytes that are not written as text."""

    file: Annotated[str | None, Doc("A file, relative to the test's.")] = None
    base64: Annotated[str | None, Doc("The bytes in Base64.")] = None
    json: Annotated[Any, Doc("A value, sent as JSON; a string is JSON text.")] = None


class Pattern(Struct, kw_only=True, frozen=True, rename="kebab"):
    """What a text or bytes must be like: all that is said holds."""

    matches: Annotated[str | None, Doc("A regular expression that is found in it.")] = None
    contains: Annotated[str | list[str] | None, Doc("A text that is in it, or several.")] = None
    lacks: Annotated[str | list[str] | None, Doc("A text that is not in it, or several.")] = None
    file: Annotated[str | None, Doc("A file, relative to the test's, that has the same bytes.")] = None
    base64: Annotated[str | None, Doc("Its bytes in Base64.")] = None
    json: Annotated[Any, Doc("The JSON that it is; a string is JSON text.")] = None
    json_part: Annotated[Any, Doc("JSON that it has in it: objects may have more keys.")] = None


def pattern_of(value: Any) -> Pattern | None:
    """The pattern that a table with a pattern's keys, and no others, stands for.

    Raises ValueError where a key has not its type.
    """
    if not (isinstance(value, dict) and value and value.keys() <= attributes(Pattern).keys()):
        return None
    return convert(value, Pattern)


Content = str | Given
Expected = str | Pattern


class Request(Struct, kw_only=True, frozen=True):
    """An HTTP request of the app."""

    path: Annotated[str, Doc("Path and query, such as `/users?all`.")]
    method: Annotated[str, Doc("Its method.")] = "GET"
    headers: Annotated[dict[str, str | list[str]], Doc("Its headers; several values of one as a list.")] = field(
        default_factory=dict
    )
    body: Annotated[Content | None, Doc("Its body: text, a file, or Base64.")] = None
    json: Annotated[Any, Doc("Its body as JSON; a string is JSON text.")] = None


class Received(Struct, kw_only=True, frozen=True, rename="kebab"):
    """What a message must be like."""

    headers: Annotated[
        dict[str, bool | str | list[str] | Pattern],
        Doc("Its headers: a value, all values, a pattern; `false` for one that is not there."),
    ] = field(default_factory=dict)
    body: Annotated[Expected | None, Doc("Its body: the text, or a pattern.")] = None
    json: Annotated[Any, Doc("Its body as JSON; a string is JSON text.")] = None
    json_part: Annotated[Any, Doc("JSON that its body has in it: objects may have more keys.")] = None


class Response(Received, kw_only=True, frozen=True, rename="kebab"):
    """What must come back."""

    status: Annotated[int | None, Doc("Its status; by default any from 200 to 299.")] = None


class Answer(Struct, kw_only=True, frozen=True):
    """The response to an outbound request."""

    status: Annotated[int, Doc("Its status.")] = 200
    headers: Annotated[dict[str, str | list[str]], Doc("Its headers.")] = field(default_factory=dict)
    body: Annotated[Content | None, Doc("Its body: text, a file, or Base64.")] = None
    json: Annotated[Any, Doc("Its body as JSON; a string is JSON text.")] = None


class Outbound(Struct, kw_only=True, frozen=True):
    """An HTTP request that a guest sends, and what it gets for it."""

    url: Annotated[str, Doc("Its URL: `*` stands for any characters; one without a query fits every query.")]
    method: Annotated[str | None, Doc("Its method; by default any.")] = None
    request: Annotated[Received, Doc("What the guest must send.")] = Received()
    response: Annotated[Answer, Doc("What it gets.")] = Answer()
    times: Annotated[int | None, Doc("How often it is sent; by default once or more.")] = None


class Run(Struct, kw_only=True, frozen=True, rename="kebab"):
    """A run of a command component, or of a WASI module."""

    component: Annotated[str | None, Doc("The app's component; by default the file that is tested.")] = None
    args: Annotated[list[str], Doc("Its arguments.")] = field(default_factory=list)
    stdin: Annotated[Content | None, Doc("Its standard input: text, a file, or Base64; by default empty.")] = None
    exit_code: Annotated[int, Doc("What it ends with.")] = 0
    stdout: Annotated[Expected | None, Doc("Its standard output: the text, or a pattern.")] = None
    stderr: Annotated[Expected | None, Doc("Its standard error: the text, or a pattern.")] = None


class Call(Struct, kw_only=True, frozen=True):
    """A call of an exported function."""

    function: Annotated[str, Doc("Its name, with the interface before it: `counters.sum`.")]
    component: Annotated[str | None, Doc("The app's component; by default the file that is tested.")] = None
    args: Annotated[list[Any] | str, Doc("Its arguments, or a JSON array as text.")] = field(default_factory=list)
    result: Annotated[Any, Doc("What it returns: a value, or a pattern.")] = None
    error: Annotated[Any, Doc("What it fails with: the error's value, the text of a trap, or a pattern.")] = None


class Before(Struct, kw_only=True, frozen=True, rename="kebab"):
    """What is there before a test."""

    key_value: Annotated[dict[str, dict[str, Content]], Doc("Values by label and key.")] = field(default_factory=dict)
    sqlite: Annotated[dict[str, list[Content]], Doc("Statements by label, or files of them.")] = field(
        default_factory=dict
    )
    blobstore: Annotated[dict[str, dict[str, Content]], Doc("Objects by label and name.")] = field(default_factory=dict)
    messaging: Annotated[dict[str, dict[str, Content]], Doc("Replies by label and topic.")] = field(
        default_factory=dict
    )
    variables: Annotated[dict[str, str], Doc("Values of the app's variables.")] = field(default_factory=dict)
    environment: Annotated[dict[str, str], Doc("Environment variables of the guests.")] = field(default_factory=dict)
    imports: Annotated[
        dict[str, str | dict[str, Any]],
        Doc(
            "Answers of the app's own interfaces: `module:Class`, or results by function; `{ error = … }` for an error."
        ),
    ] = field(default_factory=dict)
    files: Annotated[dict[str, Content], Doc("Files below `/`, for `run` and `call`.")] = field(default_factory=dict)
    clock: Annotated[Any, Doc("The time of day, which stands still: a TOML date and time with its zone.")] = None
    random: Annotated[int | None, Doc("The seed of random numbers.")] = None
    network: Annotated[bool | list[str], Doc("Hosts of the manifest that are reached, or all of them.")] = False


class Query(Struct, kw_only=True, frozen=True):
    """A statement, and its rows."""

    query: Annotated[str, Doc("One statement.")]
    rows: Annotated[Any, Doc("All its rows, each a list; a string is JSON text.")]


class Sent(Struct, kw_only=True, frozen=True):
    """A message that was sent."""

    topic: Annotated[str, Doc("Its topic.")]
    body: Annotated[Expected | None, Doc("What it says: the text, or a pattern.")] = None


Held = dict[str, dict[str, bool | Expected]]


class After(Struct, kw_only=True, frozen=True, rename="kebab"):
    """What is there after a test, or a step of it."""

    key_value: Annotated[Held, Doc("All values by label and key; a key may have `*` for any characters.")] = field(
        default_factory=dict
    )
    sqlite: Annotated[dict[str, list[Query]], Doc("Statements and their rows by label.")] = field(default_factory=dict)
    blobstore: Annotated[Held, Doc("All objects by label and name.")] = field(default_factory=dict)
    messaging: Annotated[dict[str, list[Sent]], Doc("All messages by label, in their order.")] = field(
        default_factory=dict
    )
    files: Annotated[dict[str, bool | Expected] | None, Doc("All files below `/`, for `run` and `call`.")] = None
    stdout: Annotated[Expected | None, Doc("What guests wrote to standard output: the text, or a pattern.")] = None
    stderr: Annotated[Expected | None, Doc("What they wrote to standard error.")] = None
    log: Annotated[Expected | None, Doc("All that they wrote, and their log messages.")] = None


class Step(Struct, kw_only=True, frozen=True):
    """One thing that is done, and what must come of it."""

    request: Annotated[Request | None, Doc("A request of the app.")] = None
    response: Annotated[Response | None, Doc("What must come back.")] = None
    run: Annotated[Run | None, Doc("A run of a command.")] = None
    call: Annotated[Call | None, Doc("A call of a function.")] = None
    expect: Annotated[After, Doc("What is there afterwards.")] = After()


class Test(Step, kw_only=True, frozen=True):
    """One test: what is given, what is done, what must come of it."""

    __test__ = False
    name: Annotated[str, Doc("A sentence.")]
    given: Annotated[Before, Doc("What is there before.")] = Before()
    outbound: Annotated[list[Outbound], Doc("HTTP requests that guests send.")] = field(default_factory=list)
    step: Annotated[list[Step], Doc("Several things that are done, one after the other.")] = field(default_factory=list)


class File(Struct, kw_only=True, frozen=True):
    """A file of tests."""

    source: Annotated[str | None, Doc("What is tested: a spin.toml, its folder, or a wasm file.")] = None
    test: Annotated[list[Test], Doc("The tests.")]
