"""The command `python-component`: a Python project becomes a WebAssembly component.

This folder is copied to where toolchains lie, without the rest of atoll; so it finds what it needs beside itself alone.
"""

import sys
from importlib import import_module
from pathlib import Path

if __name__ == "__main__":
    sys.path[0] = str(Path(__file__).resolve().parent)
    sys.dont_write_bytecode = True
    sys.exit(import_module("python_component.main").main(sys.argv[1:]))
