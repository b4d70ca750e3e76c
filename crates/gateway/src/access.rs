//! The access log: one line a request, as text or JSON.

use crate::logs::{Logs, number};
use crate::settings::AccessFormat;
use serde::Serialize;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// Writes access lines, or none.
pub struct AccessLog {
    pub format: AccessFormat,
    pub logs: Arc<Logs>,
}

/// One request, as far as it is known when its answer begins.
#[derive(Serialize)]
pub struct Entry<'a> {
    pub time: String,
    pub request: String,
    pub client: String,
    pub method: &'a str,
    pub path: &'a str,
    pub status: u16,
    pub component: &'a str,
    /// Milliseconds until the answer began.
    pub ms: f64,
}

/// What is known of a request before it is answered.
pub struct Request<'a> {
    pub number: u64,
    pub client: SocketAddr,
    pub method: &'a http::Method,
    pub path: &'a str,
    pub started: Instant,
}

impl AccessLog {
    pub fn is_off(&self) -> bool {
        self.format == AccessFormat::Off
    }

    /// Note that `request` was answered.
    pub fn note(&self, request: &Request<'_>, component: &str, status: http::StatusCode) {
        if self.is_off() {
            return;
        }
        let entry = Entry {
            time: timestamp(SystemTime::now()),
            request: number(request.number),
            client: request.client.to_string(),
            method: request.method.as_str(),
            path: request.path,
            status: status.as_u16(),
            component,
            ms: (request.started.elapsed().as_secs_f64() * 1e6).round() / 1e3,
        };
        let line = match self.format {
            AccessFormat::Json => serde_json::to_string(&entry).unwrap_or_default(),
            _ => text(&entry),
        };
        self.logs.access(line);
    }
}

fn text(entry: &Entry<'_>) -> String {
    let Entry { time, request, client, method, path, status, component, ms } = entry;
    format!("{time} {request} {client} {method} {path} {status} {component} {ms}ms")
}

/// RFC 3339 in UTC, with milliseconds.
pub fn timestamp(time: SystemTime) -> String {
    let since = time.duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO);
    let (days, second) = (since.as_secs() / 86_400, since.as_secs() % 86_400);
    let (year, month, day) = civil(days);
    format!(
        "{year:04}-{month:02}-{day:02}T{:02}:{:02}:{:02}.{:03}Z",
        second / 3_600,
        second / 60 % 60,
        second % 60,
        since.subsec_millis()
    )
}

/// Days since 1970 as year, month and day (the Gregorian calendar in eras of 400 years that begin in March).
fn civil(days: u64) -> (u64, u64, u64) {
    let shifted = days + 719_468;
    let (era, of_era) = (shifted / 146_097, shifted % 146_097);
    let year = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let march = (5 * of_year + 2) / 153;
    let month = if march < 10 { march + 3 } else { march - 9 };
    (era * 400 + year + u64::from(month <= 2), month, of_year - (153 * march + 2) / 5 + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> String {
        timestamp(UNIX_EPOCH + Duration::from_secs(seconds))
    }

    #[test]
    fn known_moments_are_written_as_dates() {
        assert_eq!(at(0), "1970-01-01T00:00:00.000Z");
        assert_eq!(at(951_782_400), "2000-02-29T00:00:00.000Z");
        assert_eq!(at(1_795_236_154), "2026-11-21T04:42:34.000Z");
    }
}
