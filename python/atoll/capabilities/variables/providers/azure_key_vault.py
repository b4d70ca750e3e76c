"""Values of Azure Key Vault: the newest version of the secret with the variable's name, `-` in place of `_`."""

import contextlib
from typing import Annotated, Any, ClassVar

from msgspec import Struct

from atoll.capabilities.provider import Place
from atoll.capabilities.variables.provider import BackendFailed, Unreachable
from atoll.capabilities.variables.remote import Remote, RemoteConfig
from atoll.manifest.fields import Doc

try:
    import aiohttp
    from azure.core.exceptions import (
        AzureError,
        ClientAuthenticationError,
        HttpResponseError,
        ResourceNotFoundError,
        ServiceRequestError,
        ServiceResponseError,
    )
    from azure.core.pipeline.transport import AioHttpTransport
    from azure.identity.aio import ClientSecretCredential, DefaultAzureCredential
    from azure.keyvault.secrets.aio import SecretClient
except ImportError as error:
    raise ImportError(f"azure_key_vault needs {error.name}: pip install 'atoll[azure]'") from None

_AUTHORITIES = {
    "AzurePublicCloud": "https://login.microsoftonline.com",
    "AzureChina": "https://login.chinacloudapi.cn",
    "AzureGermany": "https://login.microsoftonline.de",
    "AzureGovernment": "https://login.microsoftonline.us",
}
_CONNECTIONS = 8


class AzureKeyVaultConfig(RemoteConfig, kw_only=True):
    """The keys beside `type = "azure_key_vault"`."""

    vault_url: Annotated[str, Doc("The vault's address, `https://NAME.vault.azure.net`.")]
    client_id: Annotated[str | None, Doc("The application that asks; without it, who runs the process.")] = None
    client_secret: Annotated[str | None, Doc("The application's secret.")] = None
    tenant_id: Annotated[str | None, Doc("The application's tenant.")] = None
    authority_host: Annotated[
        str | None,
        Doc("`AzurePublicCloud`, `AzureChina`, `AzureGermany`, `AzureGovernment`, or an https:// address."),
    ] = None


class AzureKeyVault(Remote):
    """Has the variable where the vault has an enabled secret of its name."""

    Config: ClassVar[type[Struct]] = AzureKeyVaultConfig
    backend: ClassVar[str] = "Azure Key Vault"

    def __init__(self, config: AzureKeyVaultConfig, place: Place) -> None:
        super().__init__(config)
        if not config.vault_url.startswith("https://"):
            raise ValueError("the `vault_url` must begin with https://: the client sends its token along")
        if len({config.client_id is None, config.client_secret is None, config.tenant_id is None}) > 1:
            raise ValueError("`client_id`, `client_secret` and `tenant_id` are given together or not at all")
        self._config = config
        self._tls = config.trusted(place)
        self._open = contextlib.AsyncExitStack()
        self._client: SecretClient | None = None

    async def close(self) -> None:
        """End what is under way and close the connections."""
        await super().close()
        self._client = None
        await self._open.aclose()

    async def _ask(self, name: str) -> str | None:
        try:
            self._client = self._client or self._connected()
            return (await self._client.get_secret(name.replace("_", "-"))).value
        except ResourceNotFoundError:
            return None
        except (ServiceRequestError, ServiceResponseError) as error:
            raise Unreachable(f"Azure Key Vault cannot be reached ({type(error).__name__})") from None
        except ClientAuthenticationError:
            raise BackendFailed("Azure does not accept the credentials for Key Vault") from None
        except HttpResponseError as error:
            raise _refused(error.status_code) from None
        except (AzureError, ValueError) as error:
            raise BackendFailed(f"Azure Key Vault could not be asked ({type(error).__name__})") from None

    def _connected(self) -> SecretClient:
        """The client, made on the loop that uses it; one pool of connections serves it and its credentials."""
        connector = aiohttp.TCPConnector(limit=_CONNECTIONS, ssl=self._tls)
        session = aiohttp.ClientSession(connector=connector, cookie_jar=aiohttp.DummyCookieJar(), auto_decompress=False)
        transport = AioHttpTransport(session=session, session_owner=False)
        credential: Any = _credential(self._config, transport)
        client = SecretClient(self._config.vault_url, credential, transport=transport, **_RETRIES)
        for opened in (session, credential, client):
            self._open.push_async_callback(opened.close)
        return client


# The library's own are ten with growing pauses; a request to a guest does not wait that long.
_RETRIES: dict[str, Any] = {"retry_total": 1, "retry_backoff_factor": 0.1}


def _credential(config: AzureKeyVaultConfig, transport: AioHttpTransport) -> Any:
    """Who asks: the application that is named, or who the environment says that the process is."""
    more: dict[str, Any] = {"transport": transport, **_RETRIES}
    authority = config.authority_host
    if authority is not None:
        more["authority"] = _AUTHORITIES.get(authority, authority)
        # The public cloud would be asked whether it knows an authority of one's own.
        more["disable_instance_discovery"] = authority not in _AUTHORITIES
    if config.tenant_id and config.client_id and config.client_secret:
        return ClientSecretCredential(config.tenant_id, config.client_id, config.client_secret, **more)
    return DefaultAzureCredential(**more)


def _refused(status: int | None) -> BackendFailed:
    passing = status is None or status == 429 or status >= 500
    return (Unreachable if passing else BackendFailed)(f"Azure Key Vault answered with status {status}")
