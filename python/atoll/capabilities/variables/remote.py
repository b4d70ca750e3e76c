"""What the remote providers share: their keys for time, and the way a question goes through cache and time limit."""

import ssl
from abc import ABC, abstractmethod
from typing import Annotated, ClassVar

import anyio
import httpx

from atoll.capabilities.provider import Place
from atoll.capabilities.variables.cache import STALE_SECONDS, Cache
from atoll.capabilities.variables.discreet import Discreet
from atoll.capabilities.variables.provider import Unreachable, checked
from atoll.manifest.fields import Doc

CONNECT_SECONDS = 10.0


class RemoteConfig(Discreet, kw_only=True):
    """The keys that all remote providers have beside their own."""

    cache: Annotated[float, Doc("Seconds for which a value is kept; 0 asks the backend each time.")] = 60
    stale: Annotated[
        float, Doc("Seconds for which a kept value may stand in beyond its time while the backend is down.")
    ] = STALE_SECONDS
    timeout: Annotated[float, Doc("Seconds for one question, connecting included.")] = 10
    ca_file: Annotated[
        str | None, Doc("Certificates (PEM) to trust beside the usual ones, relative to the config file.")
    ] = None

    def trusted(self, place: Place) -> ssl.SSLContext:
        """Whom connections trust. Raises ValueError for a file that holds no certificates."""
        context = httpx.create_ssl_context()
        context.load_default_certs()
        if self.ca_file is not None:
            try:
                context.load_verify_locations(place.config / self.ca_file)
            except (OSError, ssl.SSLError) as error:
                reason = error.strerror or type(error).__name__
                raise ValueError(f"the certificates {self.ca_file} cannot be read: {reason}") from None
        return context


class Remote(ABC):
    """A provider that asks a server: `_ask` puts one question, this class keeps the answers and the time."""

    backend: ClassVar[str]
    """How messages call the server."""

    def __init__(self, config: RemoteConfig) -> None:
        if not (config.cache >= 0 and config.stale >= 0 and config.timeout > 0):
            raise ValueError("`cache` and `stale` are seconds from 0 on, `timeout` seconds above 0")
        self._timeout = config.timeout
        self._cache = Cache(self._within_time, config.cache, stale=config.stale)

    async def get(self, name: str) -> str | None:
        """The value, at most `cache` seconds old, or older while the server is down. Raises BackendFailed."""
        return await self._cache.get(checked(name))

    async def close(self) -> None:
        """End what is under way and close the connections."""
        await self._cache.close()

    @abstractmethod
    async def _ask(self, name: str) -> str | None:
        """The server's answer, None where it has no such secret. Raises BackendFailed or Unreachable."""

    async def _within_time(self, name: str) -> str | None:
        try:
            # Not asyncio's: cancelled by that while it closes an answer, httpx loses the connection for ever.
            with anyio.fail_after(self._timeout):
                return await self._ask(name)
        except TimeoutError:
            raise Unreachable(f"{self.backend} did not answer within {self._timeout:g} s") from None
