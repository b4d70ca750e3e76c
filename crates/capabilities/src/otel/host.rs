//! The interfaces of `wasi:otel@0.2.0-rc.2`.

use super::{Guest, Signal};
use atoll_bindings::otel::wasi::otel::{logs, metrics, tracing, types};
use atoll_engine::trace::SpanContext;

impl types::Host for Guest<'_> {}

impl tracing::Host for Guest<'_> {
    fn on_start(&mut self, context: tracing::SpanContext) {
        let Some(trace) = &self.trace else { return };
        if let Some(begun) = read(&context).filter(|begun| begun.trace == trace.context.trace) {
            trace.enter(begun.span);
        }
    }

    fn on_end(&mut self, span: tracing::SpanData) {
        let Some(ended) = read(&span.span_context) else {
            if let Some(sink) = self.wanting(Signal::Span) {
                sink.telemetry.dropped();
            }
            return;
        };
        if let Some(trace) = &self.trace {
            trace.leave(ended.span);
        }
        if ended.sampled && self.records(ended.trace) {
            // A guest is not told of its spans' fate.
            let _ = self.tell(Signal::Span, &span);
        }
    }

    fn outer_span_context(&mut self) -> tracing::SpanContext {
        let outer = self.trace.as_ref().map(|trace| &trace.context);
        let flags = |sampled| if sampled { tracing::TraceFlags::SAMPLED } else { tracing::TraceFlags::empty() };
        tracing::SpanContext {
            trace_id: format!("{:032x}", outer.map_or(0, |outer| outer.trace)),
            span_id: format!("{:016x}", outer.map_or(0, |outer| outer.span)),
            trace_flags: flags(outer.is_some_and(|outer| outer.sampled)),
            is_remote: outer.is_some(),
            trace_state: outer.map(SpanContext::state_pairs).unwrap_or_default(),
        }
    }
}

impl Guest<'_> {
    /// A guest may trace on its own, but not decide that this server records what it would not.
    fn records(&self, trace: u128) -> bool {
        match &self.trace {
            Some(call) => call.context.sampled,
            None => self.wanting(Signal::Span).is_some_and(|sink| sink.telemetry.samples(trace)),
        }
    }
}

impl metrics::Host for Guest<'_> {
    fn export(&mut self, metrics: metrics::ResourceMetrics) -> Result<(), metrics::Error> {
        self.tell(Signal::Metrics, &metrics).map_err(Into::into)
    }
}

impl logs::Host for Guest<'_> {
    fn on_emit(&mut self, record: logs::LogRecord) {
        // The interface has no way to tell that it is dropped.
        let _ = self.tell(Signal::Log, &record);
    }
}

fn read(context: &tracing::SpanContext) -> Option<SpanContext> {
    let sampled = context.trace_flags.contains(tracing::TraceFlags::SAMPLED);
    SpanContext::read(&context.trace_id, &context.span_id, sampled)
}
