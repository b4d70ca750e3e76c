"""Compiles before anything is loaded.

A compiler leaves holes in memory wherever it has been. What is loaded in between would be scattered over all of them, and a
request, whose copy of the picture is made page by page, would have to copy many more. So all that is going to be loaded is
compiled first, as far as that is known; bytecode of others' modules is kept in the user's cache between builds.
"""

from __future__ import annotations

import marshal
import os
from collections.abc import Iterator
from importlib.machinery import SourceFileLoader
from importlib.util import cache_from_source
from typing import Any

__all__ = ("compiled",)

# What frameworks for the web use of the standard library, with all that this uses itself.
_STANDARD = [
    "_collections_abc",
    "_colorize",
    "_compat_pickle",
    "_opcode_metadata",
    "_py_warnings",
    "_strptime",
    "_weakrefset",
    "abc",
    "annotationlib",
    "argparse",
    "ast",
    "asyncio",
    "asyncio.base_events",
    "asyncio.base_futures",
    "asyncio.base_subprocess",
    "asyncio.base_tasks",
    "asyncio.constants",
    "asyncio.coroutines",
    "asyncio.events",
    "asyncio.exceptions",
    "asyncio.format_helpers",
    "asyncio.futures",
    "asyncio.graph",
    "asyncio.locks",
    "asyncio.log",
    "asyncio.mixins",
    "asyncio.protocols",
    "asyncio.queues",
    "asyncio.runners",
    "asyncio.selector_events",
    "asyncio.sslproto",
    "asyncio.staggered",
    "asyncio.streams",
    "asyncio.subprocess",
    "asyncio.taskgroups",
    "asyncio.tasks",
    "asyncio.threads",
    "asyncio.timeouts",
    "asyncio.transports",
    "asyncio.trsock",
    "asyncio.unix_events",
    "base64",
    "bdb",
    "bisect",
    "calendar",
    "cmd",
    "code",
    "codeop",
    "collections",
    "compression",
    "compression._common",
    "compression._common._streams",
    "concurrent",
    "concurrent.futures",
    "concurrent.futures._base",
    "concurrent.futures.thread",
    "contextlib",
    "contextvars",
    "copy",
    "copyreg",
    "csv",
    "dataclasses",
    "datetime",
    "decimal",
    "difflib",
    "dis",
    "email",
    "email._encoded_words",
    "email._header_value_parser",
    "email._parseaddr",
    "email._policybase",
    "email.base64mime",
    "email.charset",
    "email.contentmanager",
    "email.encoders",
    "email.errors",
    "email.feedparser",
    "email.generator",
    "email.header",
    "email.headerregistry",
    "email.iterators",
    "email.message",
    "email.parser",
    "email.policy",
    "email.quoprimime",
    "email.utils",
    "enum",
    "fnmatch",
    "fractions",
    "functools",
    "genericpath",
    "getopt",
    "getpass",
    "gettext",
    "glob",
    "gzip",
    "hashlib",
    "heapq",
    "hmac",
    "html",
    "html.entities",
    "html.parser",
    "http",
    "http.client",
    "http.cookiejar",
    "http.cookies",
    "http.server",
    "importlib",
    "importlib._abc",
    "importlib.abc",
    "importlib.machinery",
    "importlib.metadata",
    "importlib.metadata._collections",
    "importlib.metadata._functools",
    "importlib.metadata._itertools",
    "importlib.metadata._meta",
    "importlib.resources",
    "importlib.util",
    "inspect",
    "io",
    "ipaddress",
    "json",
    "json.decoder",
    "json.encoder",
    "json.scanner",
    "keyword",
    "linecache",
    "locale",
    "logging",
    "logging.handlers",
    "mimetypes",
    "multiprocessing",
    "multiprocessing.context",
    "multiprocessing.process",
    "multiprocessing.reduction",
    "ntpath",
    "numbers",
    "opcode",
    "operator",
    "optparse",
    "pathlib",
    "pathlib._os",
    "pathlib.types",
    "pdb",
    "pickle",
    "pkgutil",
    "platform",
    "plistlib",
    "pprint",
    "py_compile",
    "queue",
    "quopri",
    "random",
    "re",
    "re._casefix",
    "re._compiler",
    "re._constants",
    "re._parser",
    "reprlib",
    "runpy",
    "secrets",
    "selectors",
    "shlex",
    "shutil",
    "signal",
    "socket",
    "socketserver",
    "sqlite3",
    "sqlite3.dbapi2",
    "ssl",
    "statistics",
    "string",
    "stringprep",
    "struct",
    "subprocess",
    "sysconfig",
    "tarfile",
    "tempfile",
    "textwrap",
    "threading",
    "token",
    "tokenize",
    "tomllib",
    "traceback",
    "types",
    "typing",
    "urllib",
    "urllib.error",
    "urllib.parse",
    "urllib.request",
    "urllib.response",
    "uuid",
    "warnings",
    "weakref",
    "xml",
    "xml.etree",
    "xml.etree.ElementTree",
    "xml.parsers",
    "xml.parsers.expat",
    "zipfile",
    "zipfile._path",
    "zipfile._path.glob",
    "zoneinfo",
]


def compiled(settings: dict[str, Any]) -> dict[str, bytes]:
    """Compile all that is known to be needed; the code of the user's modules and of the bindings, by file."""
    for name in _STANDARD:
        place = f"/python/{name.replace('.', '/')}"
        _cache(f"{place}/__init__.py" if os.path.isdir(place) else f"{place}.py")
    for folder in (settings["library"], *settings["packages"]):
        for top in ("atoll_guest", *settings["tops"]):
            for file in _sources(folder, top):
                _cache(file)
    kept = {file: _code(file, shown) for file, shown in settings["files"].items()}
    kept |= {file: _code(file, file) for file in _sources("/world", "wit_world")}
    return {file: code for file, code in kept.items() if code}


def _sources(folder: str, top: str) -> Iterator[str]:
    if os.path.isfile(f"{folder}/{top}.py"):
        yield f"{folder}/{top}.py"
    for base, folders, names in os.walk(f"{folder}/{top}"):
        folders[:] = [name for name in folders if name not in ("__pycache__", "test", "tests", "placeholders")]
        yield from (f"{base}/{name}" for name in names if name.endswith(".py"))


def _cache(file: str) -> None:
    """Have a file's bytecode in the cache. What cannot be compiled is nobody's business before it is imported."""
    if not os.path.exists(cache_from_source(file)):
        try:
            SourceFileLoader("module", file).get_code("module")
        except (SyntaxError, ValueError, OSError):
            return


def _code(file: str, shown: str) -> bytes:
    try:
        with open(file, "rb") as source:
            return marshal.dumps(compile(source.read(), shown, "exec", dont_inherit=True))
    except (SyntaxError, ValueError):
        return b""
