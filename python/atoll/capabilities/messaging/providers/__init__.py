"""The providers that are shipped, one module each."""
