"""What plug-ins are asked, a case each; `record.py` writes them into `answers.json` with what extism answers."""

from typing import Any

DISPATCH = ("hello_world", "say_green", "say_purple", "to_upper", "numbers")


def call(export: str, input: Any = "", **rest: Any) -> dict[str, Any]:
    return {"export": export, "input": input, **rest}


def case(name: str, *calls: dict[str, Any], **rest: Any) -> dict[str, Any]:
    """A case of one module: `guest` (or `wat`, a file here); keys of the manifest are among `manifest`."""
    wat, guest, manifest = rest.pop("wat", None), rest.pop("guest", "extism-rust"), rest.pop("manifest", {})
    wasm = rest.pop("wasm", [{"case": wat} if wat else {"guest": guest}])
    return {"name": name, "manifest": {"wasm": wasm, **manifest}, **rest, "calls": list(calls)}


def hosted(name: str, *calls: dict[str, Any], instead: str = "", **rest: Any) -> dict[str, Any]:
    """A case of the guest that calls host functions; `instead` takes the place of the one whose name it begins with."""
    functions = [instead if instead.partition(":")[0] == one else one for one in DISPATCH]
    return case(name, *calls, guest="extism-rust-hosted", functions=functions, **rest)


def fetch(path: str, **rest: Any) -> str:
    import json

    return json.dumps({"url": path, **rest})


ONLY_SERVER = {"allowed_hosts": ["127.0.0.1"]}

CONFIG = [
    case("vowels are counted", call("count_vowels", "Hello World"), call("count_vowels", "aeiou"), call("count_vowels")),
    case("vowels of the config", call("count_vowels", "Hello World"), config={"vowels": "lo"}),
    case("vowels of the manifest", call("count_vowels", "Hello World"), manifest={"config": {"vowels": "W"}}),
    case("config that is not set", call("run_test")),
    case("config of the manifest", call("run_test"), manifest={"config": {"thing": "of the manifest"}}),
    case(
        "config given beside the manifest wins, and null removes",
        call("run_test"),
        *(call("config_value", key) for key in ("removed", "empty", "kept", "", "none")),
        manifest={"config": {"thing": "of the manifest", "removed": "1", "kept": "2"}},
        config={"thing": "beside", "removed": None, "empty": "", "": "no name"},
    ),
    case("config that is no map of texts is left out as a whole", call("run_test"), config={"thing": "yes", "number": 3}),
    case("config of the manifest that is no text", call("run_test"), manifest={"config": {"thing": 3}}),
    case("config in C", call("run_test"), guest="extism-c", config={"thing": "yes"}),
    case("config in C longer than its key", call("run_test"), guest="extism-c", config={"thing": "yes, " * 20}),
    case("config in C that is not set", call("run_test"), guest="extism-c"),
]

VARIABLES = [
    case("a variable that doubles", *[call("double")] * 3),
    case("a variable that doubles in Go", *[call("double")] * 3, guest="extism-go", functions=["hello_world:text"], wasi=True),
    case(
        "variables are set, overwritten and removed",
        call("get_variable", "k"),
        call("set_variable", '{"key": "k", "value": "one"}'),
        call("set_variable", '{"key": "k", "value": "two"}'),
        call("get_variable", "k"),
        call("set_variable", '{"key": "k", "value": null}'),
        call("get_variable", "k"),
        call("set_variable", '{"key": "", "value": "no name"}'),
        call("get_variable", ""),
        call("set_variable", '{"key": "k", "value": "three"}'),
        call("set_variable", '{"key": "k", "value": ""}'),
        call("get_variable", "k"),
    ),
    case("variables in C whose handles both sides free", *(call("swap", word) for word in ("first", "second", "a")), guest="extism-c"),
    case("variables of 1 MiB in all", call("alloc_var", "1048000 1"), call("alloc_var", "1048527 1"), call("alloc_var", "1 1")),
    case("a variable of 1048524 bytes", call("alloc_var", "1048524 1")),
    case("a variable of 1048525 bytes", call("alloc_var", "1048525 1")),
    case("many variables", call("alloc_var", "1000 900"), call("alloc_var", "1000 1000")),
    case("variables limited", call("alloc_var", "100 1"), call("alloc_var", "200 1"), manifest={"memory": {"max_var_bytes": 200}}),
    case(
        "variables switched off",
        call("set_variable", '{"key": "k", "value": "one"}'),
        call("get_variable", "k"),
        manifest={"memory": {"max_var_bytes": 0}},
    ),
    case("a variable that is overwritten counts twice", *[call("alloc_var", "600000 1")] * 2),
]

RESULTS = [
    case("an error with a message", call("fail"), call("echo", "and then")),
    case("an error with a message in Go", call("fail"), guest="extism-go", functions=["hello_world:text"], wasi=True),
    case("an error that is not UTF-8", call("broken_error"), call("echo", "and then")),
    case("an error that was freed", call("freed_error"), call("echo", "and then")),
    case("an error that was freed in C", call("error_freed"), guest="extism-c"),
    case("an error that was taken back", call("error_taken_back")),
    case("an error and then a trap", call("error_then_trap")),
    *(
        case(f"code {code}, message {message!r}, output {output!r}", call("return_code", fetch("", code=code, message=message, output=output)))
        for code, message, output in [
            (0, "", ""),
            (0, "", "out"),
            (0, "said", "out"),
            (1, "", ""),
            (1, "", "out"),
            (7, "said", ""),
            (-1, "", ""),
            (-1, "said", "out"),
        ]
    ),
    case("unreachable", call("do_unreachable"), call("echo", "and then")),
    case("a panic", call("do_panic", "as asked")),
    case("a panic with WASI", call("do_panic", "as asked"), guest="extism-rust-wasi", wasi=True),
    case("a panic in Go", call("do_panic", "as asked"), call("echo", "and then"), guest="extism-go", functions=["hello_world:text"], wasi=True),
    case("no such function", call("nope"), call("")),
    case("two answers", call("answer_twice", "second"), call("answer_twice", "")),
    case("bytes as they are", call("echo", {"hex": "00ff80"}), call("echo"), call("echo", {"length": 1 << 20})),
    case("JSON in and out", call("greet", '["Ann", "Bob"]'), call("greet", "no json")),
    case("a number in and out", call("add_one", {"hex": "29" + "00" * 7}), call("add_one", "x")),
    case("state is kept from call to call", *[call("globals")] * 3),
    case("state is kept in Go", *[call("globals")] * 2, guest="extism-go", functions=["hello_world:text"], wasi=True),
    case("state is kept after a trap", call("globals"), call("do_unreachable"), call("globals")),
    case("the output is freed before it is read", call("output_freed"), guest="extism-c"),
    case(
        "functions of each shape",
        *(
            call(name)
            for name in (
                "returns_nothing returns_0 returns_7 returns_minus_1 returns_i64 returns_f32 returns_two takes_one "
                "runs_out_of_stack divides_by_0 reads_outside memory a_global"
            ).split()
        ),
        wat="signatures.wat",
    ),
    case("a function that returns nothing answers", call("returns_nothing"), guest="extism-c"),
]

MEMORY = [
    case("the input is the output", call("input_offset_is_output", "some"), call("input_offset_is_output")),
    case("the input's block", call("input_block", "some"), call("input_block")),
    case("reading on after the input", call("input_beyond", "0123456789"), call("input_beyond")),
    case("an input that was freed", call("input_freed", "some")),
    case("many blocks", call("allocations", "100 50"), call("allocations", "2000 3000"), call("allocations", "3 500000")),
    case("lengths of blocks", call("lengths", "0 1 7 8 9 65535 65536 100000")),
    case("blocks larger than a memory", *(call("lengths", str(length)) for length in (2**32 - 1, 2**32, 2**63, 2**64 - 1))),
    case("frees of what is no block", call("free_wrongly")),
    case("loads and stores far away", call("far_away")),
    case("ranges far away", call("ranges_far_away", "some")),
    case("a plug-in that resets the kernel", call("reset_itself", "some"), call("echo", "and then")),
    case("the kernel grows", call("kernel_grows", "10"), call("kernel_grows", "70000"), call("kernel_grows", "1000000")),
    case("logs a handle that both sides free", call("log_text"), guest="extism-c"),
]

LIMITS = [
    case("memory within the limit", call("alloc_memory", "1000000"), manifest={"memory": {"max_pages": 40}}),
    case("memory over the limit", call("alloc_memory", "4000000"), call("run_test"), manifest={"memory": {"max_pages": 40}}),
    case("memory.grow over the limit", call("grow", "100"), manifest={"memory": {"max_pages": 40}}),
    *(
        case(f"4 pages at first, {pages} allowed", call("run_test"), call("grow"), call("kernel"), call("kernel"), call("grow"), wat="pages.wat", manifest={"memory": {"max_pages": pages}})
        for pages in (0, 1, 3, 4, 5)
    ),
    case("a memory that declares 2 pages at the most", call("grow"), wat="pages-declared.wat"),
    case("a memory that declares 2 pages at the most, 4 allowed", call("grow"), wat="pages-declared.wat", manifest={"memory": {"max_pages": 4}}),
    case("input over the limit", call("echo", {"length": 1 << 20}), call("echo", "small"), manifest={"memory": {"max_pages": 20}}),
    case("a loop is stopped", call("loop_forever"), call("run_test"), manifest={"timeout_ms": 300}),
    case("a loop of logs is stopped", call("log_forever"), manifest={"timeout_ms": 300}),
    case("a loop is cancelled", call("loop_forever", cancel_after=0.3), call("run_test")),
    case("a cancel that comes too late", call("run_test", cancel_after=0.01), call("run_test")),
    case("a sleep of a host function is not stopped", call("green", "x"), guest="extism-rust-hosted", functions=["say_green:sleeps" if one == "say_green" else one for one in DISPATCH], manifest={"timeout_ms": 300}),
    case("a sleep is not stopped", call("sleep_for", "1000"), guest="extism-rust-wasi", wasi=True, manifest={"timeout_ms": 300}),
    case("a sleep", call("sleep_for", "5"), guest="extism-rust-wasi", wasi=True),
    case("a slow server is stopped", call("http_get", fetch("{server}/slow/1")), manifest={"timeout_ms": 300, **ONLY_SERVER}),
    case("a timeout of 0", call("run_test"), manifest={"timeout_ms": 0}),
    case("a start that loops", call("run_test"), wat="start-loop.wat", manifest={"timeout_ms": 300}, may="hang"),
    case("an `_initialize` that loops", call("run_test"), wat="initialize-loop.wat", manifest={"timeout_ms": 300}, may="hang"),
    case("a start that traps", call("run_test"), wat="start-trap.wat"),
]

HTTP = [
    case("HTTP that is not allowed", call("http_get", fetch("{server}/text"))),
    case("HTTP to another host", call("http_get", fetch("{other}/text")), manifest=ONLY_SERVER),
    case("HTTP with an empty list", call("http_get", fetch("{server}/text")), manifest={"allowed_hosts": []}),
    case("HTTP that is allowed", call("http_get", fetch("{server}/text")), manifest=ONLY_SERVER),
    case("HTTP by a pattern", call("http_get", fetch("{server}/text")), call("http_get", fetch("{other}/text")), manifest={"allowed_hosts": ["127.*", "local*t"]}),
    case("HTTP to all hosts", call("http_get", fetch("{server}/text")), manifest={"allowed_hosts": ["*"]}),
    case("HTTP by host and port", call("http_get", fetch("{server}/text")), manifest={"allowed_hosts": ["{server}", "127.0.0.1:80"]}),
    case("HTTP by a pattern that is none", call("http_get", fetch("{server}/text")), manifest={"allowed_hosts": ["[", "127.0.0.1"]}),
    case("HTTP by another letter case", call("http_get", fetch("{other}/text")), manifest={"allowed_hosts": ["LOCALHOST"]}),
    case("HTTP status, headers and body", call("http", fetch("{server}/text")), call("http", fetch("{server}/status/404")), call("http", fetch("{server}/status/500")), manifest=ONLY_SERVER),
    case("HTTP without a body", call("http", fetch("{server}/status/204")), call("http", fetch("{server}/bytes/0")), manifest=ONLY_SERVER),
    case(
        "HTTP methods, headers and bodies",
        call("http", fetch("{server}/echo")),
        call("http", fetch("{server}/echo", headers={"X-Guest": "yes"})),
        call("http", fetch("{server}/echo", method="POST", body="sent", headers={"content-type": "text/plain"})),
        call("http", fetch("{server}/echo", method="put", body="sent")),
        call("http", fetch("{server}/echo", method="DELETE")),
        call("http", fetch("{server}/echo", method="DELETE", body="sent")),
        call("http", fetch("{server}/echo", method="POST")),
        call("http", fetch("{server}/echo", method="POST", body="")),
        call("http", fetch("{server}/echo", method="GET", body="sent")),
        call("http", fetch("{server}/echo", method="HEAD")),
        call("http", fetch("{server}/echo", method="PATCH", body="é")),
        manifest=ONLY_SERVER,
    ),
    case("HTTP redirects", call("http", fetch("{server}/redirect/302?{server}/text")), call("http", fetch("{server}/redirect/307?{other}/text")), call("http", fetch("{server}/redirect/302?/text")), manifest=ONLY_SERVER),
    case("HTTP redirects after a POST", call("http", fetch("{server}/redirect/302?{server}/echo", method="POST", body="sent")), call("http", fetch("{server}/redirect/307?{server}/echo", method="POST", body="sent")), manifest=ONLY_SERVER),
    case("HTTP redirects without end", call("http", fetch("{server}/round")), manifest=ONLY_SERVER),
    case("HTTP answers that are large", call("http_get", fetch("{server}/bytes/100")), call("http_get", fetch("{server}/bytes/101")), manifest={"memory": {"max_http_response_bytes": 100}, **ONLY_SERVER}),
    case("HTTP answers of 20 MB", call("http_get", fetch("{server}/bytes/20000000")), manifest=ONLY_SERVER),
    case("HTTP answers of more than 50 MiB", call("http_get", fetch("{server}/bytes/52428801")), manifest=ONLY_SERVER),
    case("HTTP to nobody", call("http_get", fetch("http://127.0.0.1:1/")), manifest=ONLY_SERVER),
    case(
        "HTTP requests that are none",
        call("http_raw", "no json"),
        call("http_raw", "{}"),
        call("http_raw", '{"url": "no url"}'),
        call("http_raw", '{"url": "/text"}'),
        call("http_raw", '{"url": "ftp://127.0.0.1/"}'),
        call("http_raw", '{"url": "{server}/text", "unknown": 1}'),
        call("http_raw", '{"url": "{server}/text", "method": "NOT ONE"}'),
        call("http_raw", '{"url": "{server}/text", "headers": {"a b": "c"}}'),
        call("http_raw", '{"url": "{server}/text", "headers": {"a": "b\\nc"}}'),
        call("http_raw", '{"url": "{server}/text", "headers": null}'),
        call("http_raw", '{"url": "{server}/text", "header": {"x-guest": "old name"}}'),
        call("http_raw", '{"url": "{server}/text", "method": null}'),
        call("http_raw"),
        manifest=ONLY_SERVER,
    ),
    case("HTTP before any request", call("http_status_before"), call("http_get", fetch("{server}/status/418")), call("http_status_before"), manifest=ONLY_SERVER),
    case("HTTP in Go", call("http_get", "{server}/echo"), guest="extism-go", functions=["hello_world:text"], wasi=True, manifest=ONLY_SERVER),
]

LOGS = [
    *(case(f"logs at {level}", call("log_levels", "text"), log=level) for level in ("trace", "debug", "info", "warn", "error")),
    *(case(f"logs unasked at {level}", call("log_unasked", "text"), log=level) for level in ("info", "error")),
    case("logs nobody wants", call("log_levels", "text"), call("log_unasked", "text")),
    case("logs in Go at trace", call("log_levels", "text"), guest="extism-go", functions=["hello_world:text"], wasi=True, log="trace"),
    case("logs in C", call("log_text"), guest="extism-c", log="warn"),
    case("logs of a call that fails", call("fail"), call("do_unreachable"), log="error"),
]

HOSTS = [
    hosted("a host function with given types", call("count_vowels", "Hello World")),
    hosted("a host function with JSON", call("count_vowels", "Hello World"), instead="hello_world:json"),
    hosted("two host functions", call("green", "grass"), call("purple", "plum")),
    hosted("a host function of bytes", call("green", "grass"), instead="say_green:bytes"),
    hosted("a host function of another namespace", call("run_test", "hello frodo!")),
    hosted("a host function of every type", call("all_numbers")),
    hosted("a host function called often", call("many", "5000")),
    hosted("a host function that is told no block", call("nowhere", "1234567"), call("nowhere", "0")),
    hosted("a host function that raises", call("green", "grass"), call("purple", "plum"), instead="say_green:raises"),
    hosted("a host function that returns a number", call("green", "grass"), instead="say_green:number"),
    hosted("a host function that returns nothing", call("green", "grass"), instead="say_green:none"),
    hosted("a host function that returns an empty text", call("green", "grass"), instead="say_green:empty"),
    hosted("a host function with a context", call("green", "grass", host_context="context"), call("green", "grass"), instead="say_green:context"),
    hosted("a host function with data of its own", call("green", "grass"), instead="say_green:user_data"),
    hosted("a host function that uses the memory", call("green", "grass"), instead="say_green:memory"),
    hosted("a host function that calls the plug-in", call("green", "grass"), instead="say_green:again", may="hang"),
    case("a host function in Go", call("greet_host", "Ann"), guest="extism-go", functions=["hello_world:text"], wasi=True),
    case("a host function that is missing", call("green"), guest="extism-rust-hosted", functions=[one for one in DISPATCH if one != "say_green"]),
    case("a host function with another type", call("greet_host", "Ann"), guest="extism-go", functions=["tick"], wasi=True),
    case("host functions that nobody wants", call("run_test"), functions=["tick", "say_green"]),
]

LINKING = [
    case("two modules", call("run_test", "benjamin"), call("capitalize"), wasm=[{"case": "lib.wat", "name": "lib"}, {"case": "main.wat", "name": "main"}]),
    case("two modules in the other order", call("run_test", "benjamin"), wasm=[{"case": "main.wat", "name": "main"}, {"case": "lib.wat", "name": "lib"}]),
    case("the last module is main", call("run_test", "benjamin"), wasm=[{"case": "lib.wat", "name": "lib"}, {"case": "main.wat", "name": "other"}]),
    case("the last module is main without a name", call("run_test", "benjamin"), wasm=[{"case": "lib.wat", "name": "lib"}, {"case": "main.wat"}]),
    case("modules without names", call("run_test", "benjamin"), wasm=[{"case": "lib.wat"}, {"case": "main.wat"}]),
    case("one module whatever its name", call("run_test"), wasm=[{"guest": "extism-rust", "name": "other"}]),
    case("two modules of one name", call("run_test", "x"), wasm=[{"case": "lib.wat", "name": "lib"}, {"case": "lib.wat", "name": "lib"}, {"case": "main.wat"}]),
    case("a module that is missing", call("run_test", "x"), wasm=[{"case": "main.wat", "name": "main"}]),
    case("modules in a circle", call("run_test"), wasm=[{"case": "circular-1.wat", "name": "circular-1"}, {"case": "circular-2.wat", "name": "circular-2"}, {"case": "circular-1.wat", "name": "main"}], may="crash"),
    case("a module as the host", call("reflect", "Hello"), wasm=[{"guest": "extism-rust-upper", "name": "extism:host/user"}, {"guest": "extism-rust-reflect"}]),
    case("no modules", wasm=[]),
    case("a module by its path", call("run_test"), wasm=[{"guest": "extism-rust", "as": "path"}]),
    case("a module that is not there", wasm=[{"path": "/nowhere/at-all.wasm"}]),
    case("a module with a wrong digest", wasm=[{"guest": "extism-c", "hash": "00" * 32}]),
    case("a module that is no WebAssembly", wasm=[{"data": "bm90IHdhc20="}]),
    case("a module whose data is no base64", wasm=[{"data": "not base 64"}]),
    case("a module with an unknown key", wasm=[{"guest": "extism-c", "unknown": 1}]),
    case("a manifest with an unknown key", wasm=[{"guest": "extism-c"}], manifest={"unknown": 1}),
    case("a manifest with an unknown key of memory", wasm=[{"guest": "extism-c"}], manifest={"memory": {"unknown": 1}}),
    *(case(f"{name.replace('-', ' ')}", call("run_test"), wat=f"{name}.wat") for name in ("unknown-import", "unknown-user-import", "unknown-module-import", "wrong-type-import", "memory-import", "wasi-import")),
    case("WASI that is given", call("run_test"), wat="wasi-import.wat", wasi=True),
    case("nothing exported", call("run_test"), wat="nothing.wat"),
]

BEGINNINGS = [
    *(
        case(name, *[call("run_test")] * 2, wasm=[{"case": "journal.wat", "name": "journal"}, {"case": f"{file}.wat"}])
        for name, file in (
            ("start and `_initialize`", "initialize"),
            ("`_initialize` and `__wasm_call_ctors`", "initialize-constructors"),
            ("`_initialize`, `__wasm_call_ctors` and `hs_init`", "initialize-haskell"),
            ("an `_initialize` that takes a number", "initialize-arguments"),
        )
    ),
    case("a command among calls", *(call(name) for name in ("run_test", "_start", "run_test", "_start", "_start", "run_test")), wat="start-command.wat"),
    case("a start that calls the host", *[call("run_test")] * 2, wat="start-host.wat", functions=["tick"], may="crash"),
]

FORGED = [
    case(name.replace("-", " "), call("run_test"), wat=f"{name}.wat", may="crash")
    for name in ("forged-error", "forged-header", "forged-output", "forged-output-end")
]

WASI = [
    case("a file is read", call("try_read", "/mnt/test.txt"), guest="extism-rust-wasi", wasi=True, manifest={"allowed_paths": {"{files}": "/mnt"}}),
    case("a file that is not allowed", call("try_read", "/mnt/test.txt"), call("try_read", "{files}/test.txt"), guest="extism-rust-wasi", wasi=True),
    case("a file above", call("try_read", "/mnt/../test.txt"), call("try_read", "/etc/passwd"), guest="extism-rust-wasi", wasi=True, manifest={"allowed_paths": {"{files}": "/mnt"}}),
    case("a file is written", call("try_write", "/mnt/new.txt text"), call("list", "/mnt"), guest="extism-rust-wasi", wasi=True, manifest={"allowed_paths": {"{files}": "/mnt"}}),
    case("a file that is read only", call("try_read", "/mnt/test.txt"), call("try_write", "/mnt/test.txt text"), call("try_write", "/mnt/new.txt text"), guest="extism-rust-wasi", wasi=True, manifest={"allowed_paths": {"ro:{files}": "/mnt"}}),
    case("a folder that is not there", call("list", "/mnt"), guest="extism-rust-wasi", wasi=True, manifest={"allowed_paths": {"{files}/missing": "/mnt"}}),
    case("folders without WASI", call("run_test"), manifest={"allowed_paths": {"{files}/missing": "/mnt"}}),
    case("surroundings", call("surroundings"), guest="extism-rust-wasi", wasi=True, config={"key": "value"}),
    case("prints", call("print_both", "text"), guest="extism-rust-wasi", wasi=True),
    case("prints that are let through", call("print_both", "text"), guest="extism-rust-wasi", wasi=True, environment={"EXTISM_ENABLE_WASI_OUTPUT": "1"}),
    *(case(f"exits with {code}", call("exit_with", code), call("try_read", "/x"), guest="extism-rust-wasi", wasi=True) for code in ("0", "1", "255", "-1")),
    *(case(f"a command exits with {code!r}", call("_start"), call("_start"), guest="extism-rust-command", wasi=True, config={"code": code}) for code in ("0", "1", "-1", "500", "abc", "")),
    case("a command that does not exit", call("_start"), guest="extism-rust-command", wasi=True),
    case("a command in Go", call("_start", "Hello World"), call("_start", "Hello"), guest="extism-go-command", functions=["hello_world:text"], wasi=True),
    case("a command in Go that exits", call("_start", "Hello World"), guest="extism-go-command", functions=["hello_world:text"], wasi=True, config={"code": "3"}),
    case("WASI that is not given", guest="extism-rust-wasi"),
]

QUESTIONS = [*CONFIG, *VARIABLES, *RESULTS, *MEMORY, *LIMITS, *HTTP, *LOGS, *HOSTS, *LINKING, *BEGINNINGS, *FORGED, *WASI]
