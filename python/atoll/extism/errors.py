"""The one error that calls and loading raise."""


class Error(Exception):
    """What a plug-in or its host says went wrong. `__cause__` is what a host function raised, or how the sandbox ended.

    `code` is what the call ended with: what the guest returned or exited with, 134 for a trap, else -1.
    """

    def __init__(self, message: str = "", code: int = -1) -> None:
        super().__init__(message)
        self.code = code
