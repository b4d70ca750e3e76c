"""Transforms JSON by JMESPath expressions."""

import json

import jmespath
import wit_world
from componentize_py_types import Err
from jmespath.exceptions import JMESPathError


class WitWorld(wit_world.WitWorld):
    def about(self) -> str:
        return f"JSON through JMESPath, in Python with jmespath {jmespath.__version__}"

    def transform(self, document: str, expression: str) -> str:
        try:
            found = jmespath.search(expression, json.loads(document))
        except JMESPathError as error:
            raise Err(f"the expression is none: {error}") from error
        except ValueError as error:
            raise Err(f"the document is no JSON: {error}") from error
        return json.dumps(found, indent=2, ensure_ascii=False)
