"""Damaged guests: each is accepted or refused with a coded error, within bounds of time and memory."""

import subprocess
import sys

import pytest

from tests.support import ROOT, built

EACH = 2_500


@pytest.mark.parametrize("first", range(0, 10_000, EACH))
def test_ten_thousand_damaged_guests_harm_nobody(first: int) -> None:
    built("c-http")
    ended = subprocess.run(
        [sys.executable, "-m", "tests.hostile.mutants", str(first), str(EACH)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    accepted, refused, peak = map(int, ended.stdout.split())
    assert accepted + refused == EACH
    assert accepted > 10
    assert refused > 1_000
    assert peak < 700
