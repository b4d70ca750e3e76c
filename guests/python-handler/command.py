"""The command."""

import sys

from greeting import answered
from wit_world import exports


class Run(exports.Run):
    def run(self) -> None:
        sys.stdout.write(answered(sys.stdin.read()))
