"""The providers of this room, one module each."""
