//! Guest output and access lines on their way to files and terminal, through one thread, so that a slow disk or a full pipe slows nobody.

use crate::logfile::LogFile;
use crate::settings::LogSettings;
use atoll_engine::error::{Code, Problem};
use atoll_engine::output::{Lines, Source};
use std::collections::HashMap;
use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

/// Lines that wait for the disk; beyond them lines are dropped, and counted.
pub(crate) const WAITING: usize = 4_096;

/// How long a process that ends waits for its logs.
const PATIENCE: Duration = Duration::from_secs(2);

enum Message {
    Guest { component: String, request: u64, source: Source, line: Vec<u8>, time: SystemTime },
    Access(String),
}

/// The logs of one process.
pub struct Logs {
    sender: Mutex<Option<SyncSender<Message>>>,
    /// Ends when the thread has written all.
    written: Mutex<Receiver<()>>,
    dropped: Arc<AtomicU64>,
    dropped_ever: AtomicU64,
}

impl Logs {
    /// Make the directory and start the thread.
    pub fn start(settings: &LogSettings) -> Result<Arc<Self>, Problem> {
        if let Some(dir) = &settings.dir {
            prepare(dir, settings.truncate).map_err(|error| {
                Problem::new(Code::LogUnwritable, format!("logs cannot be written to `{}`: {error}", dir.display()))
                    .hint("name another directory with `--log-dir`, or an empty one to write no log files")
            })?;
        }
        let (sender, receiver) = sync_channel(WAITING);
        let dropped = Arc::new(AtomicU64::new(0));
        let writer = Writer { settings: settings.clone(), files: HashMap::new(), dropped: dropped.clone() };
        let (writing, written) = sync_channel(0);
        std::thread::Builder::new()
            .name("atoll-logs".into())
            .spawn(move || {
                writer.run(&receiver);
                drop(writing);
            })
            .map_err(|error| Problem::new(Code::LogUnwritable, format!("the log thread cannot start: {error}")))?;
        Ok(Arc::new(Self {
            sender: Mutex::new(Some(sender)),
            written: Mutex::new(written),
            dropped,
            dropped_ever: AtomicU64::new(0),
        }))
    }

    /// One line of the access log.
    pub fn access(&self, line: String) {
        self.send(Message::Access(line));
    }

    /// Something that the operator should know, on standard error.
    pub fn notice(&self, text: &str) {
        say(Source::Stderr, format!("atoll: {text}").as_bytes());
    }

    /// Lines that were dropped so far, because files or terminal did not keep up.
    pub fn dropped(&self) -> u64 {
        self.dropped_ever.load(Relaxed)
    }

    /// Write what waits and end. A pipe that nobody reads must not keep the process: what it does not take is lost.
    pub fn finish(&self) {
        drop(self.sender.lock().unwrap_or_else(PoisonError::into_inner).take());
        // The thread gives up its end of the channel when it has written all, or panicked.
        let _ = self.written.lock().unwrap_or_else(PoisonError::into_inner).recv_timeout(PATIENCE);
    }

    fn send(&self, message: Message) {
        if let Some(sender) = &*self.sender.lock().unwrap_or_else(PoisonError::into_inner)
            && let Err(TrySendError::Full(_)) = sender.try_send(message)
        {
            self.dropped.fetch_add(1, Relaxed);
            self.dropped_ever.fetch_add(1, Relaxed);
        }
    }
}

impl Lines for Logs {
    fn line(&self, component: &str, request: u64, source: Source, line: &[u8]) {
        self.send(Message::Guest {
            component: component.to_owned(),
            request,
            source,
            line: line.to_vec(),
            time: SystemTime::now(),
        });
    }
}

fn prepare(dir: &Path, truncate: bool) -> std::io::Result<()> {
    std::fs::create_dir_all(dir)?;
    if !truncate {
        return Ok(());
    }
    for entry in std::fs::read_dir(dir)? {
        let path = entry?.path();
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        if name.ends_with("_stdout.txt") || name.ends_with("_stderr.txt") {
            File::create(&path)?;
        } else if name.ends_with("_stdout.1.txt") || name.ends_with("_stderr.1.txt") {
            std::fs::remove_file(&path)?;
        }
    }
    Ok(())
}

struct Writer {
    settings: LogSettings,
    files: HashMap<PathBuf, LogFile>,
    dropped: Arc<AtomicU64>,
}

impl Writer {
    fn run(mut self, receiver: &Receiver<Message>) {
        while let Ok(message) = receiver.recv() {
            self.write(message);
            // What came together is flushed together.
            for message in receiver.try_iter() {
                self.write(message);
            }
            self.flush();
        }
    }

    fn write(&mut self, message: Message) {
        match message {
            Message::Access(line) => say(Source::Stdout, line.as_bytes()),
            Message::Guest { component, request, source, line, time } => {
                if self.settings.follow.shows(&component) {
                    let mut shown = prefix(&component, request).into_bytes();
                    shown.extend_from_slice(&line);
                    say(source, &shown);
                }
                self.keep(&component, source, &record(request, &line, time));
            }
        }
    }

    fn keep(&mut self, component: &str, source: Source, record: &[u8]) {
        let Some(dir) = &self.settings.dir else { return };
        let kind = if source == Source::Stdout { "stdout" } else { "stderr" };
        let path = dir.join(format!("{component}_{kind}.txt"));
        if !self.files.contains_key(&path) {
            // The directory was writable at start; if it no longer is, the terminal still shows the line.
            let Ok(file) = LogFile::open(path.clone(), self.settings.max_bytes) else { return };
            self.files.insert(path.clone(), file);
        }
        if let Some(file) = self.files.get_mut(&path) {
            // A full disk must not end the server; the terminal still shows the line.
            let _ = file.write(record);
        }
    }

    fn flush(&mut self) {
        let dropped = self.dropped.swap(0, Relaxed);
        if dropped > 0 {
            let what = format!("atoll: {dropped} log lines were dropped, because files or terminal did not keep up");
            say(Source::Stderr, what.as_bytes());
        }
        for file in self.files.values_mut() {
            let _ = file.flush();
        }
    }
}

/// A line of a log file: time, request, text.
fn record(request: u64, line: &[u8], time: SystemTime) -> Vec<u8> {
    let head = format!("{} {} ", crate::access::timestamp(time), number(request));
    [head.as_bytes(), line, b"\n"].concat()
}

fn prefix(component: &str, request: u64) -> String {
    if request == 0 { format!("{component}: ") } else { format!("{component}[{}]: ", number(request)) }
}

/// A request's number as people read it.
pub fn number(request: u64) -> String {
    format!("{request:x}")
}

fn say(source: Source, line: &[u8]) {
    let line = [line, b"\n"].concat();
    // A closed terminal must not end the server.
    let _ = match source {
        Source::Stdout => std::io::stdout().write_all(&line),
        Source::Stderr => std::io::stderr().write_all(&line),
    };
}
