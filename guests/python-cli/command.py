"""What the command does, whichever WASI called it: the first argument is the verb."""

import os
import sys


def run() -> int:
    match sys.argv[1:]:
        case ["env"]:
            print(*(f"{name}={value}" for name, value in os.environ.items()), sep="\n")
        case ["stdin"]:
            sys.stdout.write(sys.stdin.read())
        case ["read", path]:
            with open(path) as file:
                sys.stdout.write(file.read())
        case ["write", path, text]:
            with open(path, "w") as file:
                file.write(text)
        case ["list", path]:
            print(*sorted(os.listdir(path)), sep="\n")
        case ["exit", code]:
            return int(code)
        case ["raise"]:
            raise RuntimeError("as asked")
        case arguments:
            print(*arguments, sep="\n")
    return 0


def main() -> int:
    try:
        return run()
    except OSError as refused:
        print(refused, file=sys.stderr)
        return 1
    finally:
        sys.stdout.flush()
