"""What happens once, while a component is built: the user's modules are loaded, and everything that they may want later.

A component is a picture of memory after this; there are no files of modules when it runs. None of it is called then.
"""
