//! Which brokers a component may use, and for which topics.

use super::Broker;
use crate::answer::Failure;
use std::collections::BTreeMap;
use std::sync::Arc;

/// A grant as the manifest writes it, `label` or `label:topic`, in its two parts.
pub fn read(grant: &str) -> (&str, Option<&str>) {
    match grant.split_once(':') {
        Some((label, topic)) => (label, Some(topic)),
        None => (grant, None),
    }
}

/// What one component may use, by label. The default is nothing.
#[derive(Clone, Default)]
pub struct Granted(BTreeMap<String, Access>);

/// A broker, and the topics that may be sent to.
#[derive(Clone)]
pub(super) struct Access {
    label: Arc<str>,
    broker: Arc<dyn Broker>,
    topics: Vec<Topics>,
}

#[derive(Clone)]
enum Topics {
    All,
    /// With `*` for any characters.
    Like(Arc<str>),
}

impl Granted {
    /// Several grants of one label add up.
    pub(crate) fn of<'a>(grants: impl Iterator<Item = (&'a str, Option<&'a str>, &'a Arc<dyn Broker>)>) -> Self {
        let mut granted: BTreeMap<String, Access> = BTreeMap::new();
        for (label, topic, broker) in grants {
            let topics = topic.map_or(Topics::All, |topic| Topics::Like(topic.into()));
            let none = || Access { label: label.into(), broker: broker.clone(), topics: Vec::new() };
            granted.entry(label.to_owned()).or_insert_with(none).topics.push(topics);
        }
        Self(granted)
    }

    pub(super) fn access(&self, label: &str) -> Result<Access, Failure> {
        let denied = || denied(format!("the broker `{label}` is not granted: add it to the component's `tool.atoll.messaging`"));
        self.0.get(label).cloned().ok_or_else(denied)
    }
}

impl Access {
    pub(super) fn to(&self, topic: &str) -> Result<Arc<dyn Broker>, Failure> {
        let is_like = |topics: &Topics| match topics {
            Topics::All => true,
            Topics::Like(pattern) => like(pattern, topic),
        };
        if self.topics.iter().any(is_like) {
            return Ok(self.broker.clone());
        }
        let label = &self.label;
        Err(denied(format!("the topic is not granted: add `{label}:{topic}` to the component's `tool.atoll.messaging`")))
    }
}

fn denied(message: String) -> Failure {
    Failure { case: "permission-denied".into(), message }
}

/// Each `*` takes as little as it can: where that fits nothing, more would not either.
fn like(pattern: &str, topic: &str) -> bool {
    let Some((first, rest)) = pattern.split_once('*') else { return pattern == topic };
    let (middle, last) = rest.rsplit_once('*').unwrap_or(("", rest));
    let Some(mut left) = topic.strip_prefix(first).and_then(|left| left.strip_suffix(last)) else { return false };
    middle.split('*').all(|part| match left.find(part) {
        Some(found) => {
            left = &left[found + part.len()..];
            true
        }
        None => false,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_stands_for_any_characters() {
        for (pattern, topic) in
            [("a", "a"), ("*", ""), ("*", "a.b"), ("a.*", "a.b.c"), ("*b", "ab"), ("a*b*c", "a.b.b.c"), ("**", "")]
        {
            assert!(like(pattern, topic), "{pattern} {topic}");
        }
        for (pattern, topic) in
            [("a", "ab"), ("a.*", "a"), ("a*a", "a"), ("*b", "ba"), ("a*b*c", "acb"), ("a*b*c", "abb"), ("", "a")]
        {
            assert!(!like(pattern, topic), "{pattern} {topic}");
        }
    }

    #[test]
    fn a_grant_is_a_label_with_or_without_topics() {
        assert_eq!(read("orders"), ("orders", None));
        assert_eq!(read("orders:a:*"), ("orders", Some("a:*")));
    }
}
