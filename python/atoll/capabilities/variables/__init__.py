"""The room of variables: where the values come from that an app asks for while it runs.

Exported are the Protocol, its errors, the chain of providers, and the built-in providers by their `type`.
"""

from atoll.capabilities.variables.chain import Chain
from atoll.capabilities.variables.provider import BackendFailed, InvalidName, Unreachable, Variables

PROVIDERS: dict[str, str] = {
    "static": "atoll.capabilities.variables.providers.static:Static",
    "env": "atoll.capabilities.variables.providers.env:Env",
    "file": "atoll.capabilities.variables.providers.file:File",
    "vault": "atoll.capabilities.variables.providers.vault:Vault",
    "openbao": "atoll.capabilities.variables.providers.vault:Vault",
    "azure_key_vault": "atoll.capabilities.variables.providers.azure_key_vault:AzureKeyVault",
}
"""Module and class of each type: imported when first used, as some need a client library."""

__all__ = ["PROVIDERS", "BackendFailed", "Chain", "InvalidName", "Unreachable", "Variables"]
