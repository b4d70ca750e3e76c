"""An app of functions in four languages."""

from collections.abc import Iterator

import httpx
import pytest

from atoll.testing import Up, up
from tests.serverless.reading import write

APP = """\
service: shop
provider:
  name: aws
  runtime: wasm
  environment: {GREETING: hello}
  httpApi: {cors: true}
plugins: [serverless-offline]
functions:
  handling:
    handler: <go-handler-p1>
    timeout: 2
    memorySize: 64
    environment: {KIND: command}
    events:
      - http: GET first/{proxy+}
      - http: POST first/{proxy+}
      - http: {method: any, path: 'any/{id}'}
      - httpApi: 'ANY /second/{id}'
  greeter: {handler: <python-handler>, events: [{httpApi: GET /greet}]}
  greeterCommand: {handler: <python-handler-command>, events: [{http: GET greet-first}]}
  answerer: {handler: <js-handler>, events: [{httpApi: 'PUT /greet'}, {httpApi: 'PUT /js/{id}'}]}
  web: {handler: <rust-kitchen>, events: [{httpApi: '*'}]}
custom:
  atoll:
    functions:
      handling: {files: [note.txt]}
"""


@pytest.fixture(scope="session")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Up]:
    folder = tmp_path_factory.mktemp("shop")
    (folder / "note.txt").write_text("a note ")
    with up(write(folder, APP), "--workers", "2", "--log-dir", "") as app:
        yield app


@pytest.fixture
def client(shop: Up) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=shop.url, timeout=60) as client:
        yield client
