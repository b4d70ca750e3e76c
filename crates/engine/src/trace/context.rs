//! Trace contexts as the W3C's Trace Context writes them: the headers `traceparent` and `tracestate`.

use http::header::{HeaderMap, HeaderName, HeaderValue};

pub const TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");
pub const TRACESTATE: HeaderName = HeaderName::from_static("tracestate");

/// Length of a `traceparent` of version 00.
const LENGTH: usize = 55;
const SAMPLED: u8 = 1;
/// What a `tracestate` may have: list members, and characters in all.
const MEMBERS: usize = 32;
const LONGEST_STATE: usize = 512;

/// Where in which trace something happens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SpanContext {
    /// Never 0.
    pub trace: u128,
    /// Never 0.
    pub span: u64,
    pub sampled: bool,
    /// What other systems note of the trace; passed on as it is.
    pub state: Option<HeaderValue>,
}

impl SpanContext {
    /// The context that a request carries. None where it carries none, several, or one that is not exactly of the standard's form:
    /// then a new trace begins. A malformed `tracestate` alone is dropped.
    pub fn of(headers: &HeaderMap) -> Option<Self> {
        let mut parents = headers.get_all(TRACEPARENT).iter();
        let (Some(parent), None) = (parents.next(), parents.next()) else { return None };
        let (trace, span, sampled) = parsed(parent.as_bytes())?;
        Some(Self { trace, span, sampled, state: state_of(headers) })
    }

    /// What a guest writes as two texts of hexadecimal digits. None where they are not exactly that.
    pub fn read(trace: &str, span: &str, sampled: bool) -> Option<Self> {
        if (trace.len(), span.len()) != (32, 16) {
            return None;
        }
        let (trace, span) = (hex(trace.as_bytes())?, u64::try_from(hex(span.as_bytes())?).ok()?);
        (trace != 0 && span != 0).then_some(Self { trace, span, sampled, state: None })
    }

    /// What other systems note of the trace, by key.
    pub fn state_pairs(&self) -> Vec<(String, String)> {
        let text = self.state.as_ref().and_then(|state| state.to_str().ok()).unwrap_or_default();
        let members = text.split(',').filter_map(|member| member.trim().split_once('='));
        members.map(|(key, value)| (key.to_owned(), value.to_owned())).collect()
    }

    /// Another span of the same trace.
    pub fn child(&self, span: u64) -> Self {
        Self { span, ..self.clone() }
    }

    /// The value of `traceparent`.
    pub fn header(&self) -> HeaderValue {
        let text = format!("00-{:032x}-{:016x}-{:02x}", self.trace, self.span, u8::from(self.sampled));
        HeaderValue::try_from(text).unwrap_or_else(|_| HeaderValue::from_static(""))
    }

    /// Make the request carry this context, and no other.
    pub fn put(&self, headers: &mut HeaderMap) {
        headers.insert(TRACEPARENT, self.header());
        match &self.state {
            Some(state) => headers.insert(TRACESTATE, state.clone()),
            None => headers.remove(TRACESTATE),
        };
    }
}

fn parsed(text: &[u8]) -> Option<(u128, u64, bool)> {
    let rest_is_well_formed = match text.get(..3)? {
        b"00-" => text.len() == LENGTH,
        b"ff-" => false,
        _ => text.len() == LENGTH || text.get(LENGTH) == Some(&b'-'),
    };
    let separated = [2, 35, 52].iter().all(|place| text.get(*place) == Some(&b'-'));
    if !rest_is_well_formed || !separated {
        return None;
    }
    hex(&text[..2])?;
    let (trace, span) = (hex(&text[3..35])?, hex(&text[36..52])?);
    let flags = u8::try_from(hex(&text[53..LENGTH])?).ok()?;
    let span = u64::try_from(span).ok()?;
    (trace != 0 && span != 0).then_some((trace, span, flags & SAMPLED != 0))
}

/// Lower-case digits only: the standard allows no others.
fn hex(text: &[u8]) -> Option<u128> {
    let mut value = 0;
    for digit in text {
        let digit = match digit {
            b'0'..=b'9' => digit - b'0',
            b'a'..=b'f' => digit - b'a' + 10,
            _ => return None,
        };
        value = value << 4 | u128::from(digit);
    }
    Some(value)
}

fn state_of(headers: &HeaderMap) -> Option<HeaderValue> {
    let mut values = headers.get_all(TRACESTATE).iter();
    let first = values.next()?;
    let whole = match values.next() {
        None => first.clone(),
        Some(second) => {
            let all: Vec<&[u8]> = [first, second].into_iter().chain(values).map(HeaderValue::as_bytes).collect();
            HeaderValue::from_bytes(&all.join(&b","[..])).ok()?
        }
    };
    is_state(whole.to_str().ok()?).then_some(whole)
}

fn is_state(text: &str) -> bool {
    let members = || text.split(',').map(str::trim).filter(|member| !member.is_empty());
    text.len() <= LONGEST_STATE && (1..=MEMBERS).contains(&members().count()) && members().all(is_member)
}

fn is_member(member: &str) -> bool {
    let Some((key, value)) = member.split_once('=') else { return false };
    let is_key = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"_-*/@".contains(&byte);
    !key.is_empty()
        && key.len() <= 256
        && key.bytes().all(is_key)
        && !value.is_empty()
        && value.len() <= 256
        && value.bytes().all(|byte| (b' '..=b'~').contains(&byte) && byte != b'=')
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

    fn carried(pairs: &[(&'static str, &str)]) -> Option<SpanContext> {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.append(*name, HeaderValue::from_str(value).unwrap());
        }
        SpanContext::of(&headers)
    }

    #[test]
    fn what_is_read_is_written_again() {
        let context = carried(&[("traceparent", GOOD)]).unwrap();
        assert!(context.sampled);
        assert_eq!(context.header(), GOOD);
    }

    #[test]
    fn a_later_version_may_say_more_behind() {
        let later = GOOD.replacen("00", "cc", 1);
        assert!(carried(&[("traceparent", &later)]).is_some());
        assert!(carried(&[("traceparent", &format!("{later}-what"))]).is_some());
        assert!(carried(&[("traceparent", &format!("{later}.what"))]).is_none());
    }

    #[test]
    fn whatever_else_begins_a_new_trace() {
        let bad = [
            "",
            "00",
            "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331",
            "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-more",
            "ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
            "00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01",
            "00-00000000000000000000000000000000-b7ad6b7169203331-01",
            "00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01",
            "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-0x",
            "0g-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
            "00_0af7651916cd43dd8448eb211c80319c_b7ad6b7169203331_01",
            "00-0af7651916cd43dd8448eb211c80319-cb7ad6b7169203331-001",
        ];
        for text in bad {
            assert_eq!(carried(&[("traceparent", text)]), None, "{text}");
        }
        assert_eq!(carried(&[("traceparent", GOOD), ("traceparent", GOOD)]), None);
        assert_eq!(carried(&[]), None);
    }

    #[test]
    fn a_guests_ids_are_of_the_standards_form_or_nothing() {
        let (trace, span) = ("0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331");
        assert_eq!(SpanContext::read(trace, span, true).unwrap().header(), GOOD);
        let zeros = "0".repeat(32);
        for (trace, span) in [("", ""), (span, trace), (&zeros, span), (trace, &zeros[..16]), (&trace.to_uppercase(), span)] {
            assert_eq!(SpanContext::read(trace, span, true), None);
        }
    }

    #[test]
    fn the_state_is_told_by_key() {
        let context = carried(&[("traceparent", GOOD), ("tracestate", "a=1, b@c=2")]).unwrap();
        assert_eq!(context.state_pairs(), [("a".into(), "1".into()), ("b@c".into(), "2".into())]);
    }

    #[test]
    fn the_state_is_kept_or_dropped_and_the_parent_stays() {
        let state = |texts: &[&str]| {
            let pairs: Vec<_> =
                std::iter::once(("traceparent", GOOD)).chain(texts.iter().map(|text| ("tracestate", *text))).collect();
            carried(&pairs).unwrap().state
        };
        assert_eq!(state(&["a=1, b@c=2"]).unwrap(), "a=1, b@c=2");
        assert_eq!(state(&["a=1", "b=2"]).unwrap(), "a=1,b=2");
        let long = format!("a={}", "x".repeat(600));
        let many = vec!["a=1"; 33].join(",");
        for bad in ["", "a", "A=1", "a=", "=1", "a=b=c", &long, &many] {
            assert_eq!(state(&[bad]), None, "{bad}");
        }
    }
}
