"""DynamoDB as moto serves it: its API in a process of its own, tables in memory."""

from contextlib import AbstractContextManager
from pathlib import Path

import httpx

from tests.servers.moto import Moto, signed


class DynamoDb(Moto):
    """A server, empty after each start."""

    def make_table(self, name: str) -> None:
        """A table as Spin wants it."""
        self.call(
            "CreateTable",
            TableName=name,
            AttributeDefinitions=[{"AttributeName": "PK", "AttributeType": "S"}],
            KeySchema=[{"AttributeName": "PK", "KeyType": "HASH"}],
            BillingMode="PAY_PER_REQUEST",
        )

    def call(self, operation: str, **arguments: object) -> httpx.Response:
        """Any call of the API."""
        headers = {
            "X-Amz-Target": f"DynamoDB_20120810.{operation}",
            "Authorization": signed("dynamodb"),
            "Content-Type": "application/x-amz-json-1.0",
        }
        return httpx.post(self.url, json=arguments, headers=headers, timeout=30).raise_for_status()


def dynamodb(folder: Path) -> AbstractContextManager[DynamoDb]:
    """A running server."""
    return DynamoDb(folder).running()
