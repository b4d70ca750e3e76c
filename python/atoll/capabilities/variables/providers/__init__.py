"""The built-in providers of variables, one file each."""
