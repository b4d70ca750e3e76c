"""DynamoDB as moto serves it: its API in a process of its own, tables in memory."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from tests.servers.running import Running, listening

REGION, ACCESS_KEY, SECRET_KEY = "eu-central-1", "access-of-the-test", "secret-of-the-test"


class DynamoDb(Running):
    """A server, empty after each start."""

    def __init__(self, folder: Path) -> None:
        def command(port: int) -> list[str]:
            return [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]

        super().__init__(command, folder, listening)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

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
        signed = f"AWS4-HMAC-SHA256 Credential={ACCESS_KEY}/20260101/{REGION}/dynamodb/aws4_request"
        headers = {
            "X-Amz-Target": f"DynamoDB_20120810.{operation}",
            "Authorization": signed,
            "Content-Type": "application/x-amz-json-1.0",
        }
        return httpx.post(self.url, json=arguments, headers=headers, timeout=30).raise_for_status()


@contextmanager
def dynamodb(folder: Path) -> Iterator[DynamoDb]:
    """A running server."""
    server = DynamoDb(folder)
    try:
        server.start()
        yield server
    finally:
        server.stop()
