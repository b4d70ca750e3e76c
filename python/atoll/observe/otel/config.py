"""Which signals are exported, from the variables that the OpenTelemetry specification names.

Endpoints, headers, timeouts, compression and certificates are read by the exporters themselves. What cannot be honoured
is refused, not ignored: a server that seems to be traced and is not helps nobody.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal
from urllib.parse import urlsplit

from atoll.errors import UserError

Signal = Literal["TRACES", "METRICS", "LOGS"]

_ENDPOINT = "OTEL_EXPORTER_OTLP_ENDPOINT"
_PROTOCOL = "http/protobuf"
# By name: whether whoever calls decides, and the share of the other traces where the argument does not tell it.
_SAMPLERS: dict[str, tuple[bool, float | None]] = {
    "always_on": (False, 1.0),
    "always_off": (False, 0.0),
    "traceidratio": (False, None),
    "parentbased_always_on": (True, 1.0),
    "parentbased_always_off": (True, 0.0),
    "parentbased_traceidratio": (True, None),
}


@dataclass(frozen=True, slots=True)
class Sampling:
    """Which traces are recorded: as the caller decided, if `parent_based`, and `ratio` of those without a caller."""

    parent_based: bool
    ratio: float


@dataclass(frozen=True, slots=True)
class Exported:
    """The signals that are on. `traces` is None where they are off."""

    traces: Sampling | None = None
    metrics: bool = False
    logs: bool = False

    def __bool__(self) -> bool:
        return self.traces is not None or self.metrics or self.logs


def from_environment(environment: Mapping[str, str]) -> Exported:
    """What the variables ask for; nothing where none of them names an endpoint.

    Raises UserError `telemetry-invalid`.
    """
    given = {name: value.strip() for name, value in environment.items() if name.startswith("OTEL_") and value.strip()}
    if given.get("OTEL_SDK_DISABLED", "").lower() == "true":
        return Exported()
    return Exported(
        traces=_sampling(given) if _is_on(given, "TRACES") else None,
        metrics=_is_on(given, "METRICS"),
        logs=_is_on(given, "LOGS"),
    )


def _is_on(given: Mapping[str, str], signal: Signal) -> bool:
    exporter = given.get(f"OTEL_{signal}_EXPORTER", "otlp").lower()
    if exporter == "none":
        return False
    name = f"OTEL_EXPORTER_OTLP_{signal}_ENDPOINT"
    if name not in given:
        name = _ENDPOINT
    if name not in given:
        return False
    if exporter != "otlp":
        raise _invalid(f"OTEL_{signal}_EXPORTER", exporter, "write `otlp` or `none`")
    if urlsplit(given[name]).scheme not in ("http", "https"):
        raise _invalid(name, given[name], "write a URL such as http://127.0.0.1:4318")
    for protocol in (f"OTEL_EXPORTER_OTLP_{signal}_PROTOCOL", "OTEL_EXPORTER_OTLP_PROTOCOL"):
        if protocol in given:
            if given[protocol] != _PROTOCOL:
                raise _invalid(protocol, given[protocol], f"write `{_PROTOCOL}`, which collectors take on port 4318")
            break
    return True


def _sampling(given: Mapping[str, str]) -> Sampling:
    name = given.get("OTEL_TRACES_SAMPLER", "parentbased_always_on").lower()
    if name not in _SAMPLERS:
        raise _invalid("OTEL_TRACES_SAMPLER", name, f"write one of {', '.join(_SAMPLERS)}")
    parent_based, ratio = _SAMPLERS[name]
    return Sampling(parent_based, _ratio(given.get("OTEL_TRACES_SAMPLER_ARG", "1.0")) if ratio is None else ratio)


def _ratio(text: str) -> float:
    try:
        ratio = float(text)
    except ValueError:
        ratio = -1.0
    if not 0.0 <= ratio <= 1.0:
        raise _invalid("OTEL_TRACES_SAMPLER_ARG", text, "write a number from 0 to 1")
    return ratio


def _invalid(name: str, value: str, hint: str) -> UserError:
    return UserError("telemetry-invalid", f"{name} is `{value}`, which cannot be used", hint)
