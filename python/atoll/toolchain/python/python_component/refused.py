"""What ends a build: a sentence, and what to do about it."""

__all__ = ("Refused",)


class Refused(Exception):
    """The component cannot be built.

    `message` is a sentence, `hint` what to do about it; `shown` is what another program said about it, such as a traceback.
    """

    def __init__(self, message: str, hint: str = "", *, shown: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.shown = shown

    def __str__(self) -> str:
        lines = [self.shown.rstrip()] if self.shown else []
        lines += [f"error: {self.message}"] if self.message else []
        lines += [f"hint: {self.hint}"] if self.hint else []
        return "\n".join(lines)
