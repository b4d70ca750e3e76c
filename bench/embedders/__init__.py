"""Programs that call WebAssembly from Python: with atoll, Extism's SDK or wasmtime-py; and one that calls Python alone.

`python -m bench.embedders EMBEDDER WORK` is such a program; `bench.embedding` starts them, all with the same
interpreter, and has them measure in turns.
"""
