//! How much a guest may ask, and how much it is given: a model's memory is not the guest's.

use crate::answer::Failure;

/// Of a prompt, or of all texts of a call together, in bytes.
const MOST_ASKED: usize = 4 << 20;
const MOST_TEXTS: usize = 2048;
/// Of a text, or of all vectors of a call together, in bytes.
const MOST_GIVEN: usize = 16 << 20;

pub(super) fn taken(texts: &[String]) -> Result<(), Failure> {
    let invalid = |message| Err(Failure { case: "invalid-input".into(), message });
    if texts.len() > MOST_TEXTS {
        return invalid(format!("more than {MOST_TEXTS} texts in one call"));
    }
    if texts.iter().map(String::len).sum::<usize>() > MOST_ASKED {
        return invalid(format!("more than {MOST_ASKED} bytes of text in one call"));
    }
    Ok(())
}

pub(super) fn given(bytes: usize) -> Result<(), Failure> {
    if bytes > MOST_GIVEN {
        let message = format!("the answer of the model is larger than {MOST_GIVEN} bytes");
        return Err(Failure { case: "runtime-error".into(), message });
    }
    Ok(())
}
