"""An app of many parts, and requests of it: what each is answered must not depend on the door."""

from typing import Any

APP = """\
application.version = "1.0"
[[trigger.http]]
route = "/..."
component = "kitchen"
[[trigger.http]]
route = "/users/:id/posts/..."
component = "kitchen"
[[trigger.http]]
route = "/fixed"
static_response = { status_code = 418, headers = { x-kind = "fixed" }, body = "short and stout\\n" }
[[trigger.http]]
route = "/cgi/..."
component = "cgi"
executor = { type = "wagi" }
[[trigger.http]]
route = "/hasty/..."
component = "hasty"
[[trigger.http]]
route = "/sleep"
component = "hasty"
[[trigger.http]]
route = "/memory"
component = "small"
[[trigger.http]]
route = "/again"
component = "caller"
[[trigger.http]]
route = "/fetch"
component = "caller"
[[trigger.http]]
route = "/reused"
component = "reused"
[[trigger.http]]
route = "/three/..."
component = "three"
[[trigger.http]]
route = "/python/..."
component = "python"
[[trigger.http]]
route = "/javascript"
component = "javascript"
[[trigger.http]]
route = "/more"
component = "more"
[[trigger.http]]
route = "/late"
component = "late"
[[trigger.http]]
route = "/twice"
component = "twice"
[[trigger.http]]
route = { private = true }
component = "private"
[[trigger.http]]
route = "/cookies"
component = "cookies"
executor = { type = "wagi" }
[component.kitchen]
source = "<rust-kitchen>"
environment = { GREETING = "good morning" }
[component.cgi]
source = "<go-wagi-p1>"
[component.hasty]
source = "<rust-kitchen>"
tool.atoll.limits = { deadline = "200ms" }
[component.small]
source = "<rust-kitchen>"
tool.atoll.limits = { memory = "16MiB" }
[component.caller]
source = "<rust-kitchen>"
allowed_outbound_hosts = ["http://kitchen.spin.internal", "http://private.spin.internal", "http://self"]
[component.reused]
source = "<rust-http-p3>"
tool.atoll.reuse = { max_requests = 1000 }
[component.three]
source = "<rust-http-p3>"
[component.python]
source = "<python-http-p3>"
[component.javascript]
source = "<js-http>"
[component.more]
source = "<wat-length-more>"
[component.late]
source = "<wat-late-trap>"
[component.twice]
source = "<wat-twice>"
[component.private]
source = "<rust-kitchen>"
[component.cookies]
source = "cookies.wat"
"""

SWEET = b"Content-Type: text/plain\nSet-Cookie: a=1; Path=/\nSet-Cookie: b=2\nX-Name: caf\xc3\xa9\n\nsweet\n"
ESCAPED = "".join(rf"\{byte:02x}" for byte in SWEET)
# A CGI program that says this; 16 is where its text stands, 8 where the host says how much of it was written.
COOKIES = f"""\
(module
  (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 1)
  (data (i32.const 0) "\\10\\00\\00\\00\\{len(SWEET):02x}\\00\\00\\00")
  (data (i32.const 16) "{ESCAPED}")
  (func (export "_start") (drop (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8)))))
"""

Ask = dict[str, Any]
REQUESTS: dict[str, Ask] = {
    "hello": {"url": "/"},
    "own headers": {
        "url": "/headers",
        "headers": {"x-mine": "1", "spin-path-info": "forged", "connection": "x-gone", "x-gone": "1"},
    },
    "repeated headers": {"url": "/headers", "headers": [("x-two", "1"), ("x-two", "2")]},
    "cookies": {"url": "/headers", "headers": [("cookie", "a=1; b=2")]},
    "request line": {"url": "/request?q=1&p=%20x"},
    "parameters": {"url": "/users/a%20b/posts/c%2Fd?e=f"},
    "double slashes": {"url": "//headers"},
    "dots": {"url": "/a/../headers"},
    "no such path": {"url": "/nothing/here"},
    "static": {"url": "/fixed"},
    "static, head": {"url": "/fixed", "method": "HEAD"},
    "static, post": {"url": "/fixed", "method": "POST", "content": b"x"},
    "health": {"url": "/.well-known/spin/health"},
    "info": {"url": "/.well-known/spin/info"},
    "own path that is none": {"url": "/.well-known/spin/other"},
    "head": {"url": "/", "method": "HEAD"},
    "options": {"url": "/request", "method": "OPTIONS"},
    "delete": {"url": "/request", "method": "DELETE"},
    "a method of somebody's own": {"url": "/request", "method": "BREW"},
    "small body": {"url": "/echo", "method": "POST", "content": b"hello"},
    "empty body": {"url": "/echo", "method": "POST"},
    "body of several reads": {"url": "/echo", "method": "POST", "content": b"0123456789" * 30_000},
    "body that is counted": {"url": "/drain", "method": "PUT", "content": b"x" * 200_000},
    "body that nobody reads": {"url": "/status?code=201", "method": "POST", "content": b"x" * 1000},
    "created": {"url": "/status?code=201"},
    "no content": {"url": "/status?code=204"},
    "not modified": {"url": "/status?code=304"},
    "not found by the guest": {"url": "/status?code=404"},
    "interim status": {"url": "/status?code=103"},
    "teapot": {"url": "/status?code=418"},
    "stream": {"url": "/stream?chunks=5&size=10000"},
    "environment": {"url": "/env"},
    "panic": {"url": "/panic"},
    "error": {"url": "/error"},
    "silent": {"url": "/silent"},
    "exit": {"url": "/exit"},
    "deadline": {"url": "/sleep?ms=5000"},
    "memory": {"url": "/memory"},
    "cgi environment": {"url": "/cgi/env?x=1"},
    "cgi echo": {"url": "/cgi/echo", "method": "POST", "content": b"to the program"},
    "cgi status": {"url": "/cgi/status"},
    "cgi redirect": {"url": "/cgi/redirect"},
    "cgi broken": {"url": "/cgi/broken"},
    "cgi failure": {"url": "/cgi/fail"},
    "another component": {"url": "/fetch?url=http://kitchen.spin.internal/request"},
    "the app itself": {"url": "/fetch?url=/fixed"},
    "a host that was not granted": {"url": "/fetch?url=http://example.com/"},
    "without end": {"url": "/again?at=http://self"},
    "kept instance": {"url": "/reused"},
    "long uri": {"url": "/" + "x" * 9_000},
    "headers up to the limit": {"url": "/", "headers": {f"x-{number}": "1" for number in range(80)}},
    "names and values that are no ASCII": {
        "url": "/caf%C3%A9/%E2%82%AC?q=%C3%A9",
        "headers": [(b"x-name", "caf\N{LATIN SMALL LETTER E WITH ACUTE}".encode())],
    },
    "values that are no ASCII, seen": {
        "url": "/headers",
        "headers": [(b"x-name", "caf\N{LATIN SMALL LETTER E WITH ACUTE}".encode())],
    },
    "line break in the path": {"url": "/users/1%0A/posts/2%0D%0A"},
    "plus and semicolon": {"url": "/request?a+b;c=d%2B"},
    "head of what streams": {"url": "/stream?chunks=5&size=10000", "method": "HEAD"},
    "head of a failure": {"url": "/panic", "method": "HEAD"},
    "empty stream": {"url": "/stream?chunks=0"},
    "large answer": {"url": "/stream?chunks=64&size=65536"},
    "an answer that breaks off": {"url": "/late-abort"},
    "trailers that nobody takes": {"url": "/trailers?announce=1", "method": "POST", "content": b"12345"},
    "headers that come twice": {"url": "/cookies"},
    "private component": {"url": "/fetch?url=http://private.spin.internal/request"},
    "0.3": {"url": "/three/"},
    "kept instance, echo": {"url": "/reused?", "method": "POST", "content": b"x"},
    "0.3 head": {"url": "/three/", "method": "HEAD"},
    "Python": {"url": "/python/"},
    "Python, failing": {"url": "/python/raise"},
    "JavaScript": {"url": "/javascript"},
    "more than it promised": {"url": "/more"},
    "a trap behind the answer": {"url": "/late"},
    "two answers": {"url": "/twice"},
}
