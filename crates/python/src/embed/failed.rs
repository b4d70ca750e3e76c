//! How a call ended, as an exception; what its guest wrote, as log records.

use atoll_embed::{Ended, Entry, Process};
use pyo3::exceptions::PyException;
use pyo3::prelude::*;

/// What a host function raised and nothing in between may keep goes on as it is; anything else is the cause of the guest's failure.
pub(super) fn raised(py: Python<'_>, ended: &Ended) -> PyErr {
    let cause = ended.cause.as_ref().and_then(|cause| cause.downcast_ref::<PyErr>()).map(|cause| cause.clone_ref(py));
    if let Some(cause) = &cause
        && !cause.is_instance_of::<PyException>(py)
    {
        return cause.clone_ref(py);
    }
    let failure = &ended.failure;
    let stack: Vec<String> = failure.stack.iter().map(ToString::to_string).collect();
    let made = py
        .import("atoll.embed.failures")
        .and_then(|failures| failures.call_method1("ended", (failure.code.as_str(), failure.message.as_str(), stack)));
    let error = made.map_or_else(|error| error, PyErr::from_value);
    error.set_cause(py, cause);
    error
}

/// Hand over what the guest wrote. A log that fails changes nothing for the call.
pub(super) fn journal(py: Python<'_>, process: &Process, instance: u64) {
    let entries = process.journal().take(instance);
    if entries.is_empty() {
        return;
    }
    if let Err(error) = written(py, entries) {
        error.write_unraisable(py, None);
    }
}

fn written(py: Python<'_>, entries: Vec<Entry>) -> PyResult<()> {
    let write = py.import("atoll.embed.journal")?.getattr("write")?;
    for Entry { component, level, context, source, text } in entries {
        let level = level.map(|level| level.to_string());
        write.call1((component, level, context, format!("{source:?}").to_lowercase(), text))?;
    }
    Ok(())
}
