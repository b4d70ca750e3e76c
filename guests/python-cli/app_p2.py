"""wasi:cli 0.2 around the command."""

import sys

import command
from wit_world import exports


class Run(exports.Run):
    def run(self) -> None:
        if code := command.main():
            sys.exit(code)
