"""What a guest may be granted, one package a room: its providers' Protocol, the providers, and the suite they pass."""
