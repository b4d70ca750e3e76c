"""Stands in for `ctypes`: any name can be imported and used as a base class; who calls one learns why that cannot be."""

from __future__ import annotations

from typing import Any, NoReturn


class Absent:
    """Something of ctypes that is not there."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __call__(self, *_: Any, **__: Any) -> NoReturn:
        raise OSError(f"ctypes.{self._name} cannot be used: the sandbox loads no native code")

    def __getattr__(self, name: str) -> Absent:
        if name.startswith("__"):
            raise AttributeError(name)
        return Absent(f"{self._name}.{name}")

    def __mul__(self, count: int) -> Absent:
        return self

    def __mro_entries__(self, bases: tuple[Any, ...]) -> tuple[type, ...]:
        return (type(self._name, (_Refused,), {}),)

    def __repr__(self) -> str:
        return f"<ctypes.{self._name}, which the sandbox lacks>"


class _Refused:
    def __init__(self, *_: Any, **__: Any) -> None:
        Absent(type(self).__name__)()


class ArgumentError(Exception):
    """Raised by nobody here."""


def __getattr__(name: str) -> Absent:
    if name.startswith("__"):
        raise AttributeError(name)
    return Absent(name)
