"""`examples/serverless` does what its README says, built as its file says."""

import httpx
import pytest

from atoll.testing import up
from tests.support import built_example, needs

pytestmark = pytest.mark.slow


def test_a_service_of_two_languages() -> None:
    needs("componentize-py")
    folder = built_example("examples/serverless", "go-wasip1")
    with up(folder, "--workers", "1", "--log-dir", "") as app, httpx.Client(base_url=app.url, timeout=60) as client:
        assert client.get("/greet/Ada").text == "Hello, Ada! This is dev.\n"
        assert client.get("/orders/7").json() == {"id": "7", "item": "a book", "currency": "eur"}
        made = client.post("/orders", json={"item": "a lamp"})
        assert (made.status_code, made.json()["item"]) == (201, "a lamp")
        assert client.post("/orders", json={}).status_code == 400
