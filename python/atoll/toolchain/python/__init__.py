"""Components from Python: the command `python-component`, and the library that is inside of what it makes.

`component.py` is the command. It builds by componentize-py, and needs nothing but Python's own library.
"""
