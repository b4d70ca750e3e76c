"""S3 as moto serves it: its API in a process of its own, objects in memory."""

from contextlib import AbstractContextManager
from pathlib import Path
from xml.etree import ElementTree

import httpx

from tests.servers.moto import REGION, Moto, signed


class S3(Moto):
    """A server, empty after each start."""

    def make_bucket(self, name: str) -> None:
        """An empty one."""
        text = (
            f"<CreateBucketConfiguration><LocationConstraint>{REGION}</LocationConstraint></CreateBucketConfiguration>"
        )
        self._call("PUT", name, text).raise_for_status()

    def uploads(self, bucket: str) -> list[str]:
        """Names of objects whose parts are kept, and which nobody has finished."""
        listed = self._call("GET", f"{bucket}?uploads").raise_for_status()
        return [key.text or "" for key in ElementTree.fromstring(listed.text).iter() if key.tag.endswith("Key")]

    def _call(self, method: str, path: str, text: str = "") -> httpx.Response:
        headers = {"Authorization": signed("s3")}
        return httpx.request(method, f"{self.url}/{path}", headers=headers, content=text, timeout=30)


def s3(folder: Path) -> AbstractContextManager[S3]:
    """A running server."""
    return S3(folder).running()
