"""PostgreSQL and MySQL: the body is a statement, and a parameter each line."""

from spin_sdk import mysql, postgres
from spin_sdk.wit.imports import rdbms_types
from spin_sdk.wit.imports import spin_postgres_postgres_4_0_0 as postgres_4

SERVERS = {
    "mysql": (mysql.open, rdbms_types),
    "postgres": (postgres.open, rdbms_types),
    "postgres-4": (postgres_4.Connection.open, postgres_4),
}


def done(room: str, what: str, address: str, body: bytes) -> bytes:
    connect, types = SERVERS[room]
    statement, *lines = body.decode().split("\n")
    parameters = [parameter(types, *line.split(" ", 1)) for line in lines]
    with connect(address) as connection:
        if what == "execute":
            return repr(connection.execute(statement, parameters)).encode()
        return repr(connection.query(statement, parameters).rows).encode()


def parameter(types, kind: str, value: str = ""):
    match kind:
        case "int32":
            return types.ParameterValue_Int32(int(value))
        case "str":
            return types.ParameterValue_Str(value)
    return types.ParameterValue_DbNull()
