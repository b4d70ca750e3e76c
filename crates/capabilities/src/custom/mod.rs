//! Interfaces of an app's own, answered by whoever the app names: a provider knows their types and gets their values.
//!
//! Values cross one by one; but bytes as a whole, and what flows in portions.

mod item;
mod link;
mod shape;
mod stream;
mod value;

pub(crate) use link::link_granted;
pub use shape::{Function, Interface, Shape, Types};
pub use value::{Object, Value};

use crate::answer::Answer;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Whoever answers one interface.
pub trait Host: Send + Sync {
    /// What answers each function, in their order; or everything that does not fit, in sentences.
    fn bind(&self, interface: &Interface) -> Result<Vec<Arc<dyn Callable>>, Vec<String>>;
}

/// One function of an interface.
pub trait Callable: Send + Sync {
    /// The result, if the function has one. A failure ends the guest's call: what is told to the guest is a value of its `result`.
    fn call(&self, arguments: Vec<Value>) -> Answer<Option<Value>>;
}

/// The interfaces that an app has somebody for, by name: `acme:crm/directory`, or with a version for no other one.
pub type Hosts = BTreeMap<String, Arc<dyn Host>>;

fn find<'a>(hosts: &'a Hosts, import: &str) -> Option<&'a Arc<dyn Host>> {
    let unversioned = import.split('@').next().unwrap_or(import);
    hosts.get(import).or_else(|| hosts.get(unversioned))
}
