"""Answers of guests as Django's responses."""

from collections.abc import AsyncIterator, Iterable, Iterator

from django.http import HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase

from atoll.django.exchange import Exchange
from atoll.web.exchange import Message


class Answer(HttpResponseBase):
    """A response with the guest's own headers: some stand there more than once, which Django's mapping cannot hold."""

    _repeated: list[tuple[str, str]]
    _has_length: bool

    def take_over(self, headers: Iterable[tuple[bytes, bytes]]) -> None:
        """Have these headers and no others."""
        del self.headers["Content-Type"]
        self._repeated = []
        for name, value in ((name.decode("latin-1"), value.decode("latin-1")) for name, value in headers):
            if name in self.headers:
                self._repeated.append((name, value))
            else:
                self.headers[name] = value
        self._has_length = "Content-Length" in self.headers

    def items(self) -> Iterable[tuple[str, str]]:
        """All headers that are sent."""
        return [*super().items(), *self._repeated]


class Whole(Answer, HttpResponse):
    """An answer that is here."""

    def items(self) -> Iterable[tuple[str, str]]:
        """All headers that are sent."""
        if self.content or self._has_length:
            return super().items()
        # Django's middleware measures what is here, which says nothing of an answer to HEAD, and is forbidden with 204.
        return [(name, value) for name, value in super().items() if name.lower() != "content-length"]


class Streamed(Answer, StreamingHttpResponse):
    """An answer whose guest is still at it.

    Whether an answer is whole or streamed is a matter of moments. So that tests need not ask, `content` and `text` are
    here as well: they block until the guest has ended.
    """

    def __init__(self, exchange: Exchange, content: Iterator[bytes] | AsyncIterator[bytes], status: int) -> None:
        super().__init__(content, status=status)
        self._exchange = exchange
        self._content: bytes | None = None

    @property
    def content(self) -> bytes:  # type: ignore[override]
        """All that was not read yet; where it would have to be awaited, as the guest wrote it."""
        if self._content is None:
            is_async = self.is_async
            self._content = b"".join(_waited(self._exchange.wait()) if is_async else iter(self))
            self.streaming_content = _once(self._content) if is_async else iter([self._content])
        return self._content

    @property
    def text(self) -> str:  # type: ignore[override]
        """The same, decoded."""
        return self.content.decode(self.charset or "utf-8")

    def close(self) -> None:
        """The server is through with it: the call ends, if it has not."""
        super().close()
        self._exchange.abandon()


def whole(messages: list[Message]) -> HttpResponseBase:
    """The response of an answer whose messages are all here."""
    start, *rest = messages
    response = Whole(b"".join(message["body"] for message in rest), status=start["status"])
    response.take_over(start["headers"])
    return response


def streamed(exchange: Exchange, *, on_loop: bool = False) -> HttpResponseBase:
    """The response of one that begins, for which this thread waits. What follows is awaited where that is `on_loop`."""
    messages = exchange.wait()
    start = next(messages)
    return _streamed(exchange, start, _awaited(exchange.follow()) if on_loop else _waited(messages))


async def streamed_async(exchange: Exchange) -> HttpResponseBase:
    """The same, awaited from the beginning."""
    messages = exchange.follow()
    return _streamed(exchange, await anext(messages), _awaited(messages))


def _streamed(exchange: Exchange, start: Message, content: Iterator[bytes] | AsyncIterator[bytes]) -> HttpResponseBase:
    response = Streamed(exchange, content, start["status"])
    response.take_over(start["headers"])
    return response


def _waited(messages: Iterator[Message]) -> Iterator[bytes]:
    return (message["body"] for message in messages)


async def _awaited(messages: AsyncIterator[Message]) -> AsyncIterator[bytes]:
    async for message in messages:
        yield message["body"]


async def _once(content: bytes) -> AsyncIterator[bytes]:
    yield content
