"""A command that is a function."""

import sys


async def main() -> int:
    print("from main", *sys.argv[1:])
    return 4
