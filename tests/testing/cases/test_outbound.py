"""Outbound HTTP: what a test says answers it, and whatever else a guest sends fails the test."""

from pathlib import Path

import pytest

from tests.testing.cases.conftest import passes, played, said
from tests.testing.guests import kitchen

pytestmark = pytest.mark.slow

ASKED = """
[[test]]
name = "a request is answered"
request = { path = "/fetch?url=https://api.example.com/now?unit=c&header=x-key:1" }
response = { status = 201, json = { t = 21 } }
[[test.outbound]]
method = "GET"
url = "https://api.example.com/now"
request = { headers = { x-key = "1", x-other = false }, body = "" }
response = { status = 201, headers = { x-own = "1" }, json = { t = 21 } }

[[test]]
name = "the first one is not there, the second one is"
[[test.step]]
request = { path = "/fetch?url=https://api.example.com/a/b" }
response.status = 503
[[test.step]]
request = { path = "/fetch?url=https://api.example.com/a/b" }
response.body = "here"
[[test.outbound]]
url = "https://api.example.com/a/*"
response.status = 503
times = 1
[[test.outbound]]
url = "https://api.example.com/*"
response.body = "here"
"""


def test_requests_are_answered_as_the_test_says(tmp_path: Path) -> None:
    kitchen(tmp_path)
    outcomes = passes(tmp_path, ASKED)
    assert [*outcomes[0].asked] == [("test", "http", "send", "https://api.example.com")]


def test_what_is_not_granted_is_not_sent(tmp_path: Path) -> None:
    kitchen(tmp_path)
    text = '[[test]]\nname = "a"\nrequest.path = "/fetch?url=https://other.example.com/"\nresponse.status = 502\n'
    passes(tmp_path, text)
    [outcome] = played(tmp_path, f'{text}outbound = [{{ url = "https://other.example.com/" }}]\n')
    assert said(outcome)[1:] == ["expected a request to https://other.example.com/, and it was not sent"]


def test_a_request_that_nobody_expects_fails_a_test_that_expects_none(tmp_path: Path) -> None:
    kitchen(tmp_path)
    text = '[[test]]\nname = "a"\nrequest.path = "/fetch?url=https://api.example.com/"\nresponse.status = 502\n'
    [outcome] = played(tmp_path, text)
    assert said(outcome) == ["outbound", "nothing answers GET https://api.example.com/, and a guest sent it"]
