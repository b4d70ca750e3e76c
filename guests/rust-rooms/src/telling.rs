//! What a guest tells of itself: messages with a level, and its own traces, metrics and logs.
use crate::query::Query;
use crate::{Outcome, nothing};
use wasi::logging::logging::{self, Level};
use wasi::otel::logs::{self, LogRecord};
use wasi::otel::metrics::{self, Metric, MetricData, MetricNumber, ScopeMetrics};
use wasi::otel::tracing::{self, SpanContext, SpanData, SpanKind, Status};
use wasi::otel::types::{InstrumentationScope, KeyValue, Resource};

wit_bindgen::generate!({
    path: [
        "../../wit/spin/deps/io@0.2.0",
        "../../wit/spin/deps/clocks@0.2.0",
        "../../wit/spin/deps/otel@0.2.0-rc.2",
        "../../wit/wasmcloud/deps/logging@0.1.0-draft",
    ],
    generate_all,
    inline: "
        package atoll:guests;
        world telling {
            import wasi:logging/logging@0.1.0-draft;
            import wasi:otel/tracing@0.2.0-rc.2;
            import wasi:otel/metrics@0.2.0-rc.2;
            import wasi:otel/logs@0.2.0-rc.2;
        }
    ",
});

type Time = wasi::clocks::wall_clock::Datetime;

const TIME: Time = Time { seconds: 1_700_000_000, nanoseconds: 5 };

pub fn logged(query: &Query, body: &[u8]) -> Outcome {
    let level = match query.text("level").as_str() {
        "trace" => Level::Trace,
        "debug" => Level::Debug,
        "warn" => Level::Warn,
        "error" => Level::Error,
        "critical" => Level::Critical,
        _ => Level::Info,
    };
    let message = String::from_utf8_lossy(body);
    for _ in 0..query.number("count", 1) {
        logging::log(level, &query.text("context"), &message);
    }
    Ok(Some(Vec::new()))
}

pub fn told(what: &str, query: &Query, body: &[u8]) -> Outcome {
    let text = String::from_utf8_lossy(body).into_owned();
    match what {
        "outer" => Ok(Some(format!("{:?}", tracing::outer_span_context()).into_bytes())),
        "span" => {
            for number in 0..query.number("count", 1) {
                let span = span(query, &text, number + 1);
                tracing::on_start(&span.span_context);
                tracing::on_end(&span);
            }
            Ok(Some(Vec::new()))
        }
        "metrics" => nothing(metrics::export(&measured(query))),
        "log" => {
            for _ in 0..query.number("count", 1) {
                logs::on_emit(&record(query, &text));
            }
            Ok(Some(Vec::new()))
        }
        _ => Err(format!("there is no {what}")),
    }
}

/// Begin a span around what `inside` does.
pub fn around<T>(inside: impl FnOnce() -> T) -> T {
    let span = span(&Query::parse("name=around"), "\"x\"", 1);
    tracing::on_start(&span.span_context);
    let done = inside();
    tracing::on_end(&span);
    done
}

/// A child of the host's; `trace` and `id` are written as they are.
fn span(query: &Query, value: &str, number: u64) -> SpanData {
    let outer = tracing::outer_span_context();
    let given = |name: &str, otherwise: String| Some(query.text(name)).filter(|text| !text.is_empty()).unwrap_or(otherwise);
    let context = SpanContext {
        trace_id: given("trace", outer.trace_id),
        span_id: given("id", format!("{number:016x}")),
        trace_flags: if query.text("sampled") == "no" { tracing::TraceFlags::empty() } else { tracing::TraceFlags::SAMPLED },
        is_remote: false,
        trace_state: outer.trace_state,
    };
    SpanData {
        span_context: context.clone(),
        parent_span_id: outer.span_id,
        span_kind: SpanKind::Producer,
        name: query.text("name"),
        start_time: TIME,
        end_time: Time { seconds: query.number("end", 1_700_000_001), nanoseconds: 5 },
        attributes: attributes(value),
        events: vec![tracing::Event { name: "event".into(), time: TIME, attributes: attributes("1") }],
        links: vec![tracing::Link { span_context: context, attributes: Vec::new() }],
        status: Status::Error("bad".into()),
        instrumentation_scope: scope(),
        dropped_attributes: 0,
        dropped_events: 0,
        dropped_links: 0,
    }
}

/// The body is the value of one of them, in JSON.
fn attributes(value: &str) -> Vec<KeyValue> {
    vec![
        KeyValue { key: "given".into(), value: value.into() },
        KeyValue { key: "atoll.component".into(), value: "\"another\"".into() },
    ]
}

fn scope() -> InstrumentationScope {
    InstrumentationScope { name: "guest".into(), version: Some("1".into()), schema_url: None, attributes: Vec::new() }
}

fn measured(query: &Query) -> metrics::ResourceMetrics {
    let point = |value| metrics::SumDataPoint { attributes: attributes("true"), value, exemplars: Vec::new() };
    let sum = MetricData::U64Sum(metrics::Sum {
        data_points: vec![point(MetricNumber::U64(query.number("value", 1)))],
        start_time: TIME,
        time: TIME,
        temporality: metrics::Temporality::Delta,
        is_monotonic: true,
    });
    let gauge = MetricData::F64Gauge(metrics::Gauge {
        data_points: vec![metrics::GaugeDataPoint {
            attributes: Vec::new(),
            value: MetricNumber::F64(0.5),
            exemplars: vec![metrics::Exemplar {
                filtered_attributes: Vec::new(),
                time: TIME,
                value: MetricNumber::F64(0.5),
                span_id: String::new(),
                trace_id: String::new(),
            }],
        }],
        start_time: None,
        time: TIME,
    });
    let histogram = MetricData::F64Histogram(metrics::Histogram {
        data_points: vec![metrics::HistogramDataPoint {
            attributes: Vec::new(),
            count: 3,
            bounds: vec![1.0, 2.0],
            bucket_counts: vec![1, 1, 1],
            min: None,
            max: Some(MetricNumber::F64(3.0)),
            sum: MetricNumber::F64(4.5),
            exemplars: Vec::new(),
        }],
        start_time: TIME,
        time: TIME,
        temporality: metrics::Temporality::Cumulative,
    });
    let exponential = MetricData::S64ExponentialHistogram(metrics::ExponentialHistogram {
        data_points: vec![metrics::ExponentialHistogramDataPoint {
            attributes: Vec::new(),
            count: 2,
            min: None,
            max: None,
            sum: MetricNumber::S64(2),
            scale: 1,
            zero_count: 1,
            positive_bucket: metrics::ExponentialBucket { offset: 0, counts: vec![1] },
            negative_bucket: metrics::ExponentialBucket { offset: 0, counts: Vec::new() },
            zero_threshold: 0.0,
            exemplars: Vec::new(),
        }],
        start_time: TIME,
        time: TIME,
        temporality: metrics::Temporality::LowMemory,
    });
    let named = |name: &str, data| Metric { name: name.into(), description: String::new(), unit: "1".into(), data };
    let metrics =
        vec![named("sum", sum), named("gauge", gauge), named("histogram", histogram), named("exponential", exponential)];
    metrics::ResourceMetrics {
        resource: Resource {
            attributes: vec![KeyValue { key: "service.name".into(), value: "\"another\"".into() }],
            schema_url: None,
        },
        scope_metrics: vec![ScopeMetrics { scope: scope(), metrics }],
    }
}

fn record(query: &Query, body: &str) -> LogRecord {
    LogRecord {
        timestamp: Some(TIME),
        observed_timestamp: None,
        severity_text: Some("notice".into()),
        severity_number: Some(query.number("severity", 10) as u8),
        body: Some(body.into()),
        attributes: Some(attributes("[1, \"a\"]")),
        event_name: Some("sold".into()),
        resource: None,
        instrumentation_scope: Some(scope()),
        trace_id: None,
        span_id: None,
        trace_flags: None,
    }
}
