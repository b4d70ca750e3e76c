//! Recordings of calls, a file each in one folder, written by a thread of its own.

use crate::locked::Component;
use crate::logs::number;
use atoll_engine::Sandbox;
use atoll_engine::error::{Code, Problem};
use atoll_engine::output::{Lines, Source};
use atoll_engine::recording::{Keeper, Recorder, Recording, Wanted};
use serde::Deserialize;
use serde_json::json;
use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

/// Recordings that wait to be written; more are lost.
const WAITING: usize = 64;

/// The part `record` of the settings document.
#[derive(Clone, Debug, Deserialize)]
pub struct RecordSettings {
    pub dir: PathBuf,
    /// So many files, and no more.
    pub most: u64,
    #[serde(flatten)]
    pub wanted: Wanted,
}

/// The folder of a process.
pub struct Recordings {
    wanted: Wanted,
    files: Arc<Files>,
}

struct Files {
    /// None once the process ends.
    waiting: Mutex<Option<SyncSender<Recording>>>,
    left: AtomicU64,
    thread: Mutex<Option<JoinHandle<()>>>,
    lines: Arc<dyn Lines>,
}

impl Recordings {
    /// Make the folder, if it is not there. What cannot be written is said among the `lines` of its guest.
    pub(crate) fn open(settings: &RecordSettings, lines: Arc<dyn Lines>) -> Result<Self, Problem> {
        let unwritable = |error: std::io::Error| {
            Problem::new(Code::LogUnwritable, format!("recordings cannot be written to `{}`: {error}", settings.dir.display()))
                .hint("name another folder with `--record`, or make this one writable")
        };
        fs::create_dir_all(&settings.dir).map_err(unwritable)?;
        let (sender, waiting) = sync_channel(WAITING);
        let (dir, told) = (settings.dir.clone(), lines.clone());
        let thread = std::thread::Builder::new().name("atoll-record".into());
        let thread = thread.spawn(move || write_all(&dir, &waiting, &*told)).map_err(unwritable)?;
        let files = Files {
            waiting: Mutex::new(Some(sender)),
            left: AtomicU64::new(settings.most),
            thread: Mutex::new(Some(thread)),
            lines,
        };
        Ok(Self { wanted: settings.wanted.clone(), files: Arc::new(files) })
    }

    /// Record the calls of these components from now on.
    pub(crate) fn attend(&self, sandboxes: &[Arc<Sandbox>], components: &[Component]) {
        let by_id: BTreeMap<&str, &Component> = components.iter().map(|component| (component.id.as_str(), component)).collect();
        for sandbox in sandboxes {
            let Some(component) = by_id.get(&*sandbox.id) else { continue };
            let atoll = &component.metadata.atoll;
            let guest = json!({
                "source": component.source.source,
                "env": component.env,
                "limits": atoll.limits,
                "snapshot": atoll.snapshot,
                "reused": !atoll.reuse.is_off(),
                "adapted": true,
            });
            let secrets = atoll.secrets.clone();
            sandbox.record(Arc::new(Recorder { wanted: self.wanted.clone(), keeper: self.files.clone(), guest, secrets }));
        }
    }
}

impl Keeper for Files {
    fn keep(&self, recording: Recording) {
        if self.left.fetch_update(Relaxed, Relaxed, |left| left.checked_sub(1)).is_err() {
            return;
        }
        let (component, request) = (recording.component().to_owned(), recording.request());
        let waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        if waiting.as_ref().is_none_or(|waiting| waiting.try_send(recording).is_err()) {
            self.left.fetch_add(1, Relaxed);
            drop(waiting);
            self.give_up(&component, request, "more of them come than can be written");
        }
    }

    fn give_up(&self, component: &str, request: u64, why: &str) {
        let line = format!("no recording is kept of this request: {why}");
        self.lines.line(component, request, Source::Stderr, line.as_bytes());
    }
}

impl Drop for Recordings {
    /// What waits is written first.
    fn drop(&mut self) {
        self.files.waiting.lock().unwrap_or_else(PoisonError::into_inner).take();
        let thread = self.files.thread.lock().unwrap_or_else(PoisonError::into_inner).take();
        let _ = thread.map(JoinHandle::join);
    }
}

fn write_all(dir: &Path, waiting: &Receiver<Recording>, lines: &dyn Lines) {
    for recording in waiting {
        let name = format!("{}-{}-{}", recording.time(), number(recording.request()), recording.component());
        let (component, request) = (recording.component().to_owned(), recording.request());
        if let Err(error) = write(dir, &name, recording) {
            let line = format!("the recording {name} could not be written: {error}");
            lines.line(&component, request, Source::Stderr, line.as_bytes());
        }
    }
}

/// The file has its name once all of it is there.
fn write(dir: &Path, name: &str, recording: Recording) -> std::io::Result<()> {
    let part = dir.join(format!("{name}.part"));
    fs::File::create(&part)?.write_all(&recording.lines()?)?;
    fs::rename(part, dir.join(format!("{name}.jsonl")))
}
