"""`atoll bind`: writes a typed Python package for a component or a core module.

Its functions, types and host-side Protocols are known to editors and to mypy, and values that leave the plugin are of
its classes. What is written depends on the component and on this version of atoll alone.

`making` makes the files, `files` puts them into their folder, `bound` is what a package is made of at run time.
Importing this package imports none of them.
"""
