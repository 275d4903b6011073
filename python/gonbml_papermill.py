"""Writes papermill's parameters as Go.

The cell that papermill injects assigns to variables that the notebook's cell tagged "parameters"
has declared. So the types are Go's own: constants without a type fit whatever number type the
variable has, and append fits any element type.
"""

import json
import math
import re

from papermill.engines import NBClientEngine
from papermill.models import Parameter
from papermill.translators import Translator, papermill_translators

# name := value, var name = value, var name type = value, each with a comment or without.
_DECLARED = re.compile(
    r"^\s*(?:var\s+)?(?P<name>[^\W\d]\w*)\s*(?P<type>[^=:\s/][^=]*?)?\s*:?=\s*(?P<value>.+?)\s*(?://\s*(?P<help>.*))?$"
)


class GoTranslator(Translator):
    """Translates JSON's and YAML's types to Go."""

    @classmethod
    def translate_escaped_str(cls, str_val):
        # JSON's escapes are a part of Go's.
        return json.dumps(str(str_val), ensure_ascii=False)

    @classmethod
    def translate_none(cls, val):
        return "nil"

    @classmethod
    def translate_float(cls, val):
        if math.isnan(val):
            return "math.NaN()"
        if math.isinf(val):
            return f"math.Inf({int(math.copysign(1, val))})"
        return repr(val)

    @classmethod
    def comment(cls, cmt_str):
        return f"// {cmt_str}".strip()

    @classmethod
    def assign(cls, name, str_val):
        return f"{name} = {str_val}"

    @classmethod
    def codify(cls, parameters, comment="Parameters"):
        lines = [cls.comment(comment)]
        for name, value in parameters.items():
            lines += cls._assignment(name, value)
        return "\n".join(lines) + "\n"

    @classmethod
    def _assignment(cls, name, value):
        if isinstance(value, dict):
            return [f"clear({name})"] + [
                f"{name}[{cls.translate(k)}] = {cls._element(name, v)}" for k, v in value.items()
            ]
        if isinstance(value, (list, tuple)):
            return [cls.assign(name, f"append({', '.join([f'{name}[:0:0]'] + [cls._element(name, v) for v in value])})")]
        return [cls.assign(name, cls.translate(value))]

    @classmethod
    def _element(cls, name, value):
        if isinstance(value, (dict, list, tuple)):
            raise ValueError(
                f"parameter {name}: expected numbers, text, true/false, or one list or map of them. "
                f"Got a {type(value).__name__} within another. Pass it as text, and take it apart by encoding/json"
            )
        return cls.translate(value)

    @classmethod
    def inspect(cls, parameters_cell):
        """Lists the parameters for `papermill --help-notebook`."""
        found = []
        for line in parameters_cell["source"].splitlines():
            if match := _DECLARED.match(line):
                found.append(Parameter(
                    name=match["name"], inferred_type_name=(match["type"] or "").strip() or "None", default=match["value"], help=match["help"] or "",
                ))
        return found


class GoEngine(NBClientEngine):
    """papermill's own engine; its name only lets papermill find this module."""


papermill_translators.register("go", GoTranslator)
