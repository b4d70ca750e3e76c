"""The built-in providers of outbound Redis, one file each."""
