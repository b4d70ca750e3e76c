"""The built plugins, each with a host that answers what it imports."""

import asyncio
from collections.abc import Callable
from typing import Any

import atoll
from tests.support import built


class Session:
    """A host's object, as the guest holds it."""

    def __init__(self, user: str) -> None:
        self.name = user
        self.touched = 0

    def user(self) -> str:
        return self.name

    def touch(self) -> int:
        self.touched += 1
        return self.touched


class Directory:
    """Answers `acme:plugin/directory`: knows Anna, and writes down what it is told."""

    Session = Session

    def __init__(self) -> None:
        self.log: list[str] = []

    def lookup(self, name: str) -> dict[str, object]:
        match name:
            case "anna":
                return {"name": "Anna", "phone": "1234"}
            case "secret":
                raise atoll.GuestError({"denied": "not yours"})
        raise atoll.GuestError("not-found")

    def log_it(self, line: str) -> None:
        self.log.append(line)

    def apply(self, n: int) -> Any:
        return n + 1

    def open_session(self, user: str) -> object:
        return self.Session(user)


class Applying(Directory):
    """One whose `apply` is the test's own."""

    def __init__(self, apply: Callable[[int], Any]) -> None:
        super().__init__()
        self.applied = apply

    def apply(self, n: int) -> Any:
        return self.applied(n)


class Awaiting(Applying):
    """The same, awaited."""

    async def apply(self, n: int) -> Any:
        return await self.applied(n)


class Shop:
    """Answers `acme:later/host`."""

    async def fetch(self, key: str) -> str:
        if key.startswith("no "):
            raise atoll.GuestError(f"there is {key}")
        return f"{key}!"

    async def wait(self, ms: int) -> None:
        await asyncio.sleep(ms / 1000)

    def plain(self, n: int) -> int:
        return n + 1


def rust(directory: object | None = None, **settings: Any) -> atoll.Plugin:
    """`rust-plugin`, whose directory is this one."""
    imports = {"acme:plugin/directory": directory or Directory()}
    return atoll.load(built("rust-plugin"), imports=imports, **settings)


def later(host: object | None = None, **settings: Any) -> atoll.Plugin:
    """`rust-plugin-async`, whose host is this one."""
    return atoll.load(built("rust-plugin-async"), imports={"acme:later/host": host or Shop()}, **settings)


def small(**settings: Any) -> atoll.Plugin:
    """`c-plugin`."""
    return atoll.load(built("c-plugin"), **settings)
