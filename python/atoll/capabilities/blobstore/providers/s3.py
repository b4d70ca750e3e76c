"""S3 and what speaks its protocol: one bucket, or the part of it below a prefix."""

from typing import Annotated, ClassVar

from msgspec import Struct

from atoll.capabilities.blobstore.objects import Backend, Objects, Remote, explain, stores
from atoll.capabilities.provider import Place
from atoll.manifest.fields import Doc


class S3Config(Remote, frozen=True, kw_only=True):
    """The keys beside `type = "s3"`."""

    bucket: Annotated[str, Doc("The bucket.")]
    region: Annotated[str | None, Doc("Its region; without it, what AWS's variables of the environment say.")] = None
    access_key: Annotated[str | None, Doc("The key's id; without it, an identity that the environment gives.")] = None
    secret_key: Annotated[str | None, Doc("The key itself.")] = None
    token: Annotated[str | None, Doc("The token of a temporary key.")] = None

    def __post_init__(self) -> None:
        super().__post_init__()
        if (self.access_key is None) != (self.secret_key is None):
            raise ValueError("`access_key` and `secret_key` go together")


class S3(Objects):
    """A container in a bucket."""

    Config: ClassVar[type[Struct]] = S3Config

    def __init__(self, config: S3Config, place: Place) -> None:
        given = {
            "region": config.region,
            "access_key_id": config.access_key,
            "secret_access_key": config.secret_key,
            "session_token": config.token,
            "endpoint": config.endpoint,
        }
        super().__init__(config.store(stores.S3Store, config.bucket, given), Backend("S3", config, explain))
