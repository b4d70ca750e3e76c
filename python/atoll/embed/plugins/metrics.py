"""What plugins did, for Prometheus."""

from collections.abc import Mapping
from typing import Any

from atoll.embed.plugins.live import LivePlugin
from atoll.observe.families import Family
from atoll.observe.samples import Buckets, Samples

_PLUGIN = ("plugin",)

FAMILIES = (
    Family("atoll_plugin_calls", "counter", _PLUGIN, "Calls that have ended."),
    Family("atoll_plugin_call_duration_seconds", "histogram", _PLUGIN, "Time from a call's beginning to its end."),
    Family("atoll_plugin_calls_in_flight", "gauge", _PLUGIN, "Calls that run."),
    Family("atoll_plugin_calls_failed", "counter", ("plugin", "code"), "Calls that ended with an error, by its code."),
    Family("atoll_plugin_calls_refused", "counter", ("plugin", "quota"), "Calls that a quota did not allow."),
    Family("atoll_plugin_cpu_seconds", "counter", _PLUGIN, "CPU time of calls that have ended."),
    Family("atoll_plugin_loads", "counter", _PLUGIN, "Versions that were put in place."),
    Family("atoll_plugin_load_failures", "counter", _PLUGIN, "Versions that could not be loaded."),
    Family("atoll_plugin_info", "gauge", ("plugin", "digest"), "Always 1; the label tells the version."),
)


def measured(live: LivePlugin) -> dict[str, Any]:
    """The figures of one plugin, as plain data."""
    version = live._now()
    about = version.about
    return version.read() | {
        "digest": about.digest,
        "file": str(about.file),
        "loaded": about.loaded,
        "loads": live._loads,
        "load_failures": live._failures,
    }


def exposition(measured: Mapping[str, Mapping[str, Any]], accept: str) -> tuple[bytes, str]:
    """The figures by plugin in Prometheus's own text, or in OpenMetrics where that is accepted; the content type."""
    from atoll.observe.prometheus import exposition

    samples = Samples()
    for plugin, figures in measured.items():
        seconds = figures["seconds"]
        buckets = Buckets(tuple(seconds["bounds"]), tuple(seconds["counts"]), seconds["sum"])
        samples.put("atoll_plugin_calls", figures["calls"], plugin)
        samples.put("atoll_plugin_call_duration_seconds", buckets, plugin)
        samples.put("atoll_plugin_calls_in_flight", figures["in_flight"], plugin)
        samples.put("atoll_plugin_cpu_seconds", figures["cpu_seconds"], plugin)
        samples.put("atoll_plugin_loads", figures["loads"], plugin)
        samples.put("atoll_plugin_load_failures", figures["load_failures"], plugin)
        samples.put("atoll_plugin_info", 1, plugin, figures["digest"])
        for code, count in figures["failed"].items():
            samples.put("atoll_plugin_calls_failed", count, plugin, code)
        for quota, count in figures["refused"].items():
            samples.put("atoll_plugin_calls_refused", count, plugin, quota)
    return exposition(samples, accept, FAMILIES)
