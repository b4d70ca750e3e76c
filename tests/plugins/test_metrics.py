"""What each plugin did, as plain data and for Prometheus."""

import json

import pytest
from prometheus_client.parser import text_string_to_metric_families

import atoll
from tests.plugins import wat
from tests.plugins.folders import PluginFolder
from tests.support import ROOT, built


def test_calls_errors_and_versions_are_counted(folder: PluginFolder) -> None:
    folder.put("one", wat.trapping("trap"))
    folder.put("two", wat.failing(7))
    plugins = folder.load()
    for _ in range(2):
        with pytest.raises(atoll.GuestTrap):
            plugins.one.trap(1)
    with pytest.raises(atoll.GuestError):
        plugins.two.on_save(1)
    folder.put("one", wat.numbered(1))
    plugins.refresh()
    folder.put("one", "(component")
    plugins.refresh()
    assert plugins.one.number() == 1
    metrics = plugins.metrics()
    assert json.loads(json.dumps(metrics)) == metrics
    one = metrics["one"]
    counted = {key: one[key] for key in ("calls", "failed", "refused", "in_flight", "loads", "load_failures")}
    assert counted == {
        "calls": 3,
        "failed": {"guest-trapped": 2},
        "refused": {},
        "in_flight": 0,
        "loads": 2,
        "load_failures": 1,
    }
    assert (one["digest"], one["file"]) == (plugins.one.digest, str(folder.path / "one.wat"))
    assert one["loaded"] == plugins.one.about.loaded
    assert metrics["two"]["failed"] == {"guest-error": 1}


def test_seconds_fall_into_the_buckets_of_the_servers_requests(folder: PluginFolder) -> None:
    folder.put("slow", wat.looping())
    plugins = folder.load(limits=atoll.Limits(time=0.12))
    with pytest.raises(atoll.LimitExceeded):
        plugins.slow.on_save(1)
    seconds = plugins.metrics()["slow"]["seconds"]
    source = (ROOT / "crates/gateway/src/metrics.rs").read_text()
    nanoseconds = source.partition("DURATIONS: [u64; 18] = [")[2].partition("]")[0].replace("_", "").split(",")
    assert seconds["bounds"] == [int(bound) / 1e9 for bound in map(str.strip, nanoseconds) if bound]
    assert (len(seconds["counts"]), sum(seconds["counts"])) == (len(seconds["bounds"]) + 1, 1)
    assert seconds["counts"].index(1) >= seconds["bounds"].index(0.25)
    assert seconds["sum"] >= 0.12


def test_cpu_time_is_that_of_the_guest(folder: PluginFolder) -> None:
    folder.put("fast", built("c-plugin").read_bytes(), suffix=".wasm")
    plugins = folder.load()
    plugins.fast.nop()
    before = plugins.metrics()["fast"]["cpu_seconds"]
    plugins.fast.spin(20_000_000)
    assert plugins.metrics()["fast"]["cpu_seconds"] > before + 0.005


def test_prometheus_reads_them(folder: PluginFolder) -> None:
    folder.put("one", wat.trapping("trap"))
    folder.put("two", wat.numbered(2))
    plugins = folder.load(quotas=atoll.Quotas(calls=1))
    with pytest.raises(atoll.GuestTrap):
        plugins.one.trap(1)
    with pytest.raises(atoll.QuotaExceeded):
        plugins.one.trap(1)
    text, content_type = plugins.exposition()
    assert content_type.startswith("text/plain")
    samples = [sample for family in text_string_to_metric_families(text.decode()) for sample in family.samples]
    told = {(sample.name, *sample.labels.values()): sample.value for sample in samples}
    assert told["atoll_plugin_calls_total", "one"] == 1
    assert told["atoll_plugin_calls_total", "two"] == 0
    assert told["atoll_plugin_calls_failed_total", "guest-trapped", "one"] == 1
    assert told["atoll_plugin_calls_refused_total", "one", "calls"] == 1
    assert told["atoll_plugin_call_duration_seconds_bucket", "+Inf", "one"] == 1
    assert told["atoll_plugin_info", plugins.one.digest, "one"] == 1
    assert plugins.exposition("application/openmetrics-text; version=1.0.0")[0].endswith(b"# EOF\n")


def test_the_guide_lists_every_metric() -> None:
    from atoll.embed.plugins.metrics import FAMILIES

    guide = (ROOT / "docs/guides/plugins.md").read_text("utf-8")
    for family in FAMILIES:
        labels = ", ".join(f"`{label}`" for label in family.labels)
        assert f"| `{family.full_name}` | {family.kind} | {labels} | {family.help} |" in guide
