"""Google Cloud Storage: one bucket, or the part of it below a prefix."""

from typing import Annotated, ClassVar

from msgspec import Struct

from atoll.capabilities.blobstore.objects import Backend, Objects, Remote, explain, stores
from atoll.capabilities.provider import Place
from atoll.manifest.fields import Doc


class GcsConfig(Remote, frozen=True, kw_only=True):
    """The keys beside `type = "gcs"`."""

    bucket: Annotated[str, Doc("The bucket.")]
    service_account: Annotated[str | None, Doc("A file with a service account's key, relative to this one.")] = None
    token: Annotated[str | None, Doc("A bearer token; without either, what Google's tools find.")] = None


class Gcs(Objects):
    """A container in a bucket."""

    Config: ClassVar[type[Struct]] = GcsConfig

    def __init__(self, config: GcsConfig, place: Place) -> None:
        given = {
            "service_account": str(place.config / config.service_account) if config.service_account else None,
            "bearer_token": config.token,
            "base_url": config.endpoint,
        }
        super().__init__(
            config.store(stores.GCSStore, config.bucket, given), Backend("Google Cloud Storage", config, explain)
        )
