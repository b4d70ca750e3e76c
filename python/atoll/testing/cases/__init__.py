"""What `atoll test` runs: tests in files `*.test.toml`, components that test themselves, and pytest.

`model.py` is the format, `read.py` reads it, `running.py` plays one test; `run.py` is all of them.
"""
