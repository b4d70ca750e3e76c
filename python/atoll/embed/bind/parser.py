"""Reads WIT as the data plane prints it: packages, with the world that a component has."""

from typing import NamedTuple

from atoll.embed.bind.signatures import read_function, read_resource, read_type
from atoll.embed.bind.tokens import Tokens
from atoll.embed.bind.wit import Definition, Interface, Part, World


class _Package(NamedTuple):
    name: str
    version: str

    def interface(self, name: str) -> str:
        return f"{self.name}/{name}{self.version}"


def parsed(text: str) -> World:
    """The world in this text. Raises UserError `guest-invalid` where it says something that is new."""
    tokens, world = Tokens(text), World()
    tokens.take("package")
    main = _package(tokens)
    tokens.take(";")
    while tokens.kind != "end":
        if tokens.took("package"):
            package = _package(tokens)
            tokens.take("{")
            while not tokens.took("}"):
                _item(tokens, world, package)
        else:
            _item(tokens, world, main)
    return world


def _package(tokens: Tokens) -> _Package:
    tokens.comment()
    namespace = tokens.name()
    tokens.take(":")
    return _Package(f"{namespace}:{tokens.name()}", _version(tokens))


def _version(tokens: Tokens) -> str:
    return tokens.advance() if tokens.kind == "version" else ""


def _item(tokens: Tokens, world: World, package: _Package) -> None:
    docs = tokens.comment()
    if tokens.took("interface"):
        name = package.interface(tokens.name())
        world.interfaces[name] = _interface(tokens, name, package, docs)
        return
    tokens.take("world")
    tokens.name()
    world.docs = docs
    tokens.take("{")
    while not tokens.took("}"):
        docs = tokens.comment()
        if tokens.text in ("import", "export"):
            _crossing(tokens, world, package, docs)
        else:
            _definition(tokens, world.own, package, docs)


def _crossing(tokens: Tokens, world: World, package: _Package, docs: str) -> None:
    """What the world imports or exports: a function, an interface by its name, or one that is written there."""
    is_import = tokens.advance() == "import"
    names = world.imports if is_import else world.exports
    name = tokens.name()
    if tokens.took(":"):
        if tokens.took("interface"):
            world.interfaces[name] = _interface(tokens, name, package, docs)
            names.append(name)
            return
        if tokens.text in ("func", "async"):
            functions = world.imported if is_import else world.own.functions
            functions.append(read_function(tokens, name, docs))
        else:
            names.append(_foreign(tokens, name))
    else:
        names.append(package.interface(name))
    tokens.take(";")


def _foreign(tokens: Tokens, namespace: str) -> str:
    """The full name of an interface of another package, behind its namespace."""
    name = f"{namespace}:{tokens.name()}"
    tokens.take("/")
    return f"{name}/{tokens.name()}{_version(tokens)}"


def _interface(tokens: Tokens, name: str, package: _Package, docs: str) -> Interface:
    made = Interface(name, docs=docs)
    tokens.take("{")
    while not tokens.took("}"):
        _definition(tokens, made, package, tokens.comment())
    return made


def _definition(tokens: Tokens, into: Interface, package: _Package, docs: str) -> None:
    kind = tokens.name()
    if tokens.took(":"):
        into.functions.append(read_function(tokens, kind, docs))
        tokens.take(";")
    elif kind == "use":
        _use(tokens, into, package)
    else:
        name = tokens.name()
        into.definitions[name] = _defined(tokens, kind, name, docs)


def _use(tokens: Tokens, into: Interface, package: _Package) -> None:
    first = tokens.name()
    source = _foreign(tokens, first) if tokens.took(":") else package.interface(first)
    tokens.take(".")
    tokens.take("{")

    def one() -> None:
        theirs = tokens.name()
        name = tokens.name() if tokens.took("as") else theirs
        into.definitions[name] = Definition("use", name, used=(source, theirs))

    tokens.separated("}", one)
    tokens.take(";")


def _defined(tokens: Tokens, kind: str, name: str, docs: str) -> Definition:
    if kind == "type":
        tokens.take("=")
        of = read_type(tokens)
        tokens.take(";")
        return Definition(kind, name, of=of, docs=docs)
    if kind == "resource":
        return Definition(kind, name, functions=read_resource(tokens), docs=docs)
    if kind not in ("record", "variant", "enum", "flags"):
        tokens.refuse()
    tokens.take("{")
    parts: list[Part] = []
    tokens.separated("}", lambda: parts.append(_part(tokens)))
    return Definition(kind, name, tuple(parts), docs=docs)


def _part(tokens: Tokens) -> Part:
    docs, name, of = tokens.comment(), tokens.name(), None
    if tokens.took(":"):
        of = read_type(tokens)
    elif tokens.took("("):
        of = read_type(tokens)
        tokens.take(")")
    return Part(name, of, docs)
