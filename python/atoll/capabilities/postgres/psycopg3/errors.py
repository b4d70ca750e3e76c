"""What psycopg raises, as this room's errors: the fields that Spin passes on, under the names that it gives them."""

import psycopg

from atoll.capabilities.sql import DbError, QueryFailed

_EXTRAS = {
    "column": "column_name",
    "constraint": "constraint_name",
    "routine": "source_function",
    "hint": "message_hint",
    "table": "table_name",
    "datatype": "datatype_name",
    "schema": "schema_name",
    "file": "source_file",
    "line": "source_line",
    "where_": "context",
}


def query_failed(error: psycopg.Error) -> QueryFailed:
    """The server's own record if it sent one, else the client's text."""
    said = error.diag
    if said.sqlstate is None:
        return QueryFailed(str(error).strip() or type(error).__name__)
    severity, message = said.severity or "ERROR", said.message_primary or ""
    lines = [f"{severity}: {message}"]
    lines += [f"DETAIL: {said.message_detail}"] if said.message_detail else []
    lines += [f"HINT: {said.message_hint}"] if said.message_hint else []
    extras = [(name, str(value)) for name, field in _EXTRAS.items() if (value := getattr(said, field)) is not None]
    text = "\n".join(lines)
    return QueryFailed(text, DbError(text, severity, said.sqlstate, message, said.message_detail, extras))
