"""Azure Blob Storage: one container of an account, or the part of it below a prefix."""

from typing import Annotated, ClassVar

from msgspec import Struct

from atoll.capabilities.blobstore.objects import Backend, Objects, Remote, explain, stores
from atoll.capabilities.provider import Place
from atoll.manifest.fields import Doc


class AzureConfig(Remote, frozen=True, kw_only=True):
    """The keys beside `type = "azure"`."""

    account: Annotated[str, Doc("The account's name.")]
    container: Annotated[str, Doc("The container.")]
    key: Annotated[str | None, Doc("The account's key; without it, an identity that the environment gives.")] = None


class Azure(Objects):
    """A container of an account."""

    Config: ClassVar[type[Struct]] = AzureConfig

    def __init__(self, config: AzureConfig, place: Place) -> None:
        given = {"account_name": config.account, "account_key": config.key, "endpoint": config.endpoint}
        super().__init__(
            config.store(stores.AzureStore, config.container, given), Backend("Azure Blob Storage", config, explain)
        )
