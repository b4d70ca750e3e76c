//! Libraries for Python: loaded, opened, and their functions called from Python's own threads and event loops.

mod arguments;
mod asked;
mod caller;
mod desk;
mod failed;
mod function;
mod instance;
mod later;
mod library;
mod resource;
mod within;

pub(crate) use caller::Caller;
pub(crate) use function::Function;
pub(crate) use instance::Instance;
pub(crate) use library::Library;
pub(crate) use resource::Resource;

use atoll_embed::Process;
use atoll_engine::error::Problems;
use atoll_gateway::settings::Settings;
use std::sync::{Arc, Mutex, PoisonError};

/// The process of all libraries, which begins with the first. A child of a fork begins its own: neither threads nor locks are inherited
/// in a state to be used.
fn process(settings: &Settings) -> Result<Arc<Process>, Problems> {
    static PROCESS: Mutex<Option<Arc<Process>>> = Mutex::new(None);
    let mut begun = PROCESS.lock().unwrap_or_else(PoisonError::into_inner);
    match &*begun {
        Some(process) if process.is_here() => Ok(process.clone()),
        _ => {
            let process = Process::start(settings.clone())?;
            // What was the parent's is left alone: to end it would wait for threads that are not here.
            std::mem::forget(begun.replace(process.clone()));
            Ok(process)
        }
    }
}
