"""The built-in providers of language models, one file each."""
