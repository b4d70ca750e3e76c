"""atoll: server-side WebAssembly, driven from Python. Importing this package loads nothing else."""

__version__ = "0.1.0"
