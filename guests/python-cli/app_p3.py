"""wasi:cli 0.3 around the command."""

import command
from wit_world import exports
from wit_world.imports import exit as wasi_exit


class Run(exports.Run):
    async def run(self) -> None:
        if code := command.main():
            wasi_exit.exit_with_code(code)
