"""Guests that are granted capabilities, and guests that are not."""
