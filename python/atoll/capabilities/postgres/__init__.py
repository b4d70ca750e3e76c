"""PostgreSQL for guests: `fermyon:spin` and `spin:postgres`, answered by a provider of this room's Protocol."""

from atoll.capabilities.postgres.provider import Postgres
from atoll.capabilities.sql import Column, Connection, Rows, Stream

PROVIDERS: dict[str, str] = {"postgres": "atoll.capabilities.postgres.providers.postgres:PostgresServers"}
"""Type name in the runtime config → module and class, imported when it is asked for."""

__all__ = ["PROVIDERS", "Column", "Connection", "Postgres", "Rows", "Stream"]
