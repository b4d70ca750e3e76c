"""Extism plug-ins."""
