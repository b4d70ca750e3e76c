"""Key-value stores: `fermyon:spin/key-value`, `spin:key-value` and `wasi:keyvalue` (see README.md in this folder)."""

from atoll.capabilities.key_value.provider import AccessDenied, NoSuchStore, Other, Pages, Reply, Store

__all__ = ["PROVIDERS", "AccessDenied", "NoSuchStore", "Other", "Pages", "Reply", "Store"]

_FOLDER = "atoll.capabilities.key_value.providers"

PROVIDERS: dict[str, str] = {
    "aws_dynamo": f"{_FOLDER}.aws_dynamo:AwsDynamo",
    "azure_cosmos": f"{_FOLDER}.azure_cosmos:AzureCosmos",
    "nats": f"{_FOLDER}.nats:Nats",
    "postgres": f"{_FOLDER}.postgres:Postgres",
    "redis": f"{_FOLDER}.redis:Redis",
}
"""The `type` of each provider written in Python, and where it is; what it needs is imported with it."""
