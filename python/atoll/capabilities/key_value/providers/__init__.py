"""The providers of key-value stores, one file each; none is imported before it is used."""
