"""What the command does, whichever WASI called it: the first argument is the verb."""

import encodings.idna  # noqa: F401 — `socket` asks for it by name, when modules can no longer be loaded.
import os
import socket
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
        case ["tcp", host, port, text]:
            with socket.create_connection((host, int(port))) as connection:
                connection.sendall(text.encode())
                print(connection.recv(1024).decode())
        case ["udp", host, port, text]:
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as connection:
                connection.sendto(text.encode(), (host, int(port)))
                print(connection.recvfrom(1024)[0].decode())
        case ["listen", port]:
            with socket.create_server(("127.0.0.1", int(port))) as listener:
                print(listener.getsockname()[1])
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
