"""Takes what a dotted path leads to out of a JSON document; what is wrong is raised as the error of the result."""

import json

import wit_world
from componentize_py_types import Err
from wit_world import exports
from wit_world.exports.queries import Query


class WitWorld(wit_world.WitWorld):
    def transform(self, document: str, path: str) -> str:
        return json.dumps(found(parsed(document), path))


class Queries(exports.Queries):
    def run(self, document: str, query: Query) -> str:
        whole = parsed(document)
        try:
            value = found(whole, query.path)
        except Err:
            if query.fallback is None:
                raise
            value = parsed(query.fallback)
        return json.dumps(value, indent=query.indent, sort_keys=query.sort_keys)


def parsed(document: str) -> object:
    try:
        return json.loads(document)
    except ValueError as error:
        raise Err(f"this is not JSON: {error}") from error


def found(value: object, path: str) -> object:
    for step in path.split(".") if path else ():
        try:
            value = value[int(step)] if isinstance(value, list) else value[step]
        except (IndexError, KeyError, TypeError, ValueError) as error:
            raise Err(f"there is no {step!r} of {path!r}") from error
    return value
