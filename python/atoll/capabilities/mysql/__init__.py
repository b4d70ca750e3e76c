"""MySQL and MariaDB for guests: `fermyon:spin` and `spin:mysql`, answered by a provider of this room's Protocol."""

from atoll.capabilities.mysql.provider import Mysql
from atoll.capabilities.sql import Column, Connection, Rows, Stream

PROVIDERS: dict[str, str] = {"mysql": "atoll.capabilities.mysql.providers.mysql:MysqlServers"}
"""Type name in the runtime config → module and class, imported when it is asked for."""

__all__ = ["PROVIDERS", "Column", "Connection", "Mysql", "Rows", "Stream"]
