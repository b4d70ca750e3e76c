import asyncio
import sys


async def work() -> str:
    await asyncio.sleep(0.05)
    return "worked"


def main() -> int:
    match sys.argv[1:]:
        case ["stdin"]:
            sys.stdout.write(sys.stdin.read().upper())
        case ["exit", code]:
            sys.exit(int(code))
        case ["say", text]:
            sys.exit(text)
        case ["raise"]:
            raise ValueError("as asked")
        case ["async"]:
            print(asyncio.run(work()))
        case ["return", code]:
            return int(code)
        case args:
            print(sys.argv[0], args, __name__)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
