"""What an app is made of: a software bill of materials.

`gathering.py` looks at a locked app: the components and their dependencies, what each file says of itself
(`inside.py`), and the lock files of the languages beside the sources (`locks`). The outcome is a `Bill`
(`bill.py`), which is written as CycloneDX or SPDX, and read back from either (`reading.py`). The same input gives the
same bytes.
"""
