//! Asks its host: functions, and objects that live there.
use crate::Plugin;
use crate::acme::plugin::directory::{self, LookupError, Session};
use crate::exports::acme::plugin::crm::Guest;
use std::cell::RefCell;

thread_local! {
    static KEPT: RefCell<Vec<Session>> = RefCell::default();
}

impl Guest for Plugin {
    fn find(name: String) -> Result<String, String> {
        directory::log_it(&format!("looking for {name}"));
        match directory::lookup(&name) {
            Ok(entry) => Ok(format!("{}: {}", entry.name, entry.phone.as_deref().unwrap_or("no phone"))),
            Err(LookupError::NotFound) => Err(format!("there is no {name}")),
            Err(LookupError::Denied(reason)) => Err(format!("denied: {reason}")),
        }
    }

    fn fold(times: u32) -> u32 {
        (0..times).fold(0, |value, _| directory::apply(value))
    }

    fn call_apply(n: u32) -> u32 {
        directory::apply(n)
    }

    fn visit(user: String) -> String {
        let sessions = [Session::new(&user), directory::open_session(&user)];
        sessions.iter().map(used).collect::<Vec<_>>().join(", ")
    }

    fn with_session(session: &Session) -> String {
        used(session)
    }

    fn keep_session(session: Session) {
        KEPT.with_borrow_mut(|kept| kept.push(session));
    }

    fn kept() -> Vec<String> {
        KEPT.with_borrow(|kept| kept.iter().map(Session::user).collect())
    }
}

fn used(session: &Session) -> String {
    format!("{} {}", session.user(), session.touch())
}
