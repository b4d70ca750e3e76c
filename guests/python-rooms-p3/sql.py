"""PostgreSQL and MySQL: the body is a statement, and a parameter each line. Rows come as a stream."""

from spin_sdk import mysql, postgres
from spin_sdk.util import collect
from spin_sdk.wit.imports import spin_mysql_mysql_3_0_0 as mysql_3
from spin_sdk.wit.imports import spin_postgres_postgres_4_2_0 as postgres_4

SERVERS = {"mysql": (mysql.open, mysql_3), "postgres": (postgres.Connection.open, postgres_4)}


async def done(room: str, what: str, address: str, body: bytes) -> bytes:
    connect, types = SERVERS[room]
    statement, *lines = body.decode().split("\n")
    parameters = [parameter(types, *line.split(" ", 1)) for line in lines]
    connection = await connect(address)
    if what == "execute":
        with connection:
            return repr(await connection.execute(statement, parameters)).encode()
    if what == "dropped":
        # The rows outlive the connection that they came over.
        with connection:
            _, rows, ended = await connection.query(statement, parameters)
        return f"{len(await collect((rows, ended)))} rows".encode()
    with connection:
        _, rows, ended = await connection.query(statement, parameters)
        if what == "query":
            return repr(await collect((rows, ended))).encode()
        if what == "count":
            count = 0
            with rows, ended:
                while not rows.writer_dropped:
                    count += len(await rows.read(1000))
                await ended.read()
            return f"{count} rows".encode()
        # Some rows only, then another statement over the same connection.
        with rows, ended:
            some = await rows.read(3)
        _, rows, ended = await connection.query("SELECT 'after'", [])
        return repr([some, await collect((rows, ended))]).encode()


def parameter(types, kind: str, value: str = ""):
    match kind:
        case "int32":
            return types.ParameterValue_Int32(int(value))
        case "str":
            return types.ParameterValue_Str(value)
    return types.ParameterValue_DbNull()
