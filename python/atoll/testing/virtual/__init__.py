"""Capabilities that are there for one test, in memory or in a folder of its own."""
