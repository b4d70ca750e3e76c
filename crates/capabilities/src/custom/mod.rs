//! Interfaces of an app's own, answered by whoever the app names: a provider knows their types and gets their values.
//!
//! Values cross one by one; but bytes as a whole, and what flows in portions.

mod described;
mod direct;
mod exports;
mod link;
mod module;
mod shape;
mod stream;
mod value;
mod wave;

pub use described::described;
pub use exports::{Export, Exports, call, call_concurrent, call_here, drop_resource, exports};
pub(crate) use link::{is_granted, link_granted};
pub(crate) use module::link_module;
pub use module::{Ask, Door, Returns, module_exports, perform};
pub use shape::{Function, Interface, Shape, Types};
pub use value::{Handle, Object, Value};
pub use wave::{arguments as wave_arguments, text as wave_text};

use crate::answer::{Answer, Failure};
use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex};

/// Whoever answers one interface.
pub trait Host: Send + Sync {
    /// What answers each function, in their order; or everything that does not fit, in sentences.
    fn bind(&self, interface: &Interface) -> Result<Vec<Arc<dyn Callable>>, Vec<String>>;

    /// Whether it has something for the function of that name, which only one module of several may know.
    fn has(&self, function: &str) -> bool;
}

/// One function of an interface.
pub trait Callable: Send + Sync {
    /// The result, if the function has one. A failure ends the guest's call: what is told to the guest is a value of its `result`.
    /// `caller` is on whose behalf the guest runs, where it is not the server's.
    fn call(&self, caller: Option<Object>, arguments: Vec<Value>) -> Answer<Option<Value>, Fault>;

    /// Whether its first argument is a [`Door`] to who calls it: of core modules only.
    fn takes_door(&self) -> bool;
}

/// Why a function gave no value: what ends the guest's call.
#[derive(Clone)]
pub struct Fault {
    pub message: String,
    /// What was raised, for whoever called the guest.
    pub cause: Option<Object>,
}

impl From<Failure> for Fault {
    fn from(failure: Failure) -> Self {
        Self { message: failure.message, cause: None }
    }
}

impl fmt::Debug for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Fault {}

/// The interfaces that an app has somebody for, by name: `acme:crm/directory`, or with a version for no other one.
pub type Hosts = BTreeMap<String, Arc<dyn Host>>;

/// What one component was granted of them.
#[derive(Default)]
pub struct Granted {
    pub hosts: Hosts,
    /// The resources of its imports, once they are linked: its exports may take them.
    pub types: Mutex<Types>,
}

impl Granted {
    pub(crate) fn new(hosts: Hosts) -> Self {
        Self { hosts, types: Mutex::default() }
    }
}

fn find<'a>(hosts: &'a Hosts, import: &str) -> Option<&'a Arc<dyn Host>> {
    let unversioned = import.split('@').next().unwrap_or(import);
    hosts.get(import).or_else(|| hosts.get(unversioned))
}
