//! Resources that a guest exports, when they come back to it.
//!
//! The generator takes the number of a handle for one that lasts: a resource that went out and came in again would be dropped
//! under a number of old, or be made a second time. Here a resource has a number only while the guest owns it.

const BEGIN: &str = "func (self *";
const TAKES: &str = ") TakeHandle() int32 {\n\tself.pinner.Pin(self)\n";
const LAST: &str = "FromBorrowHandle(rep int32)";

/// The code of a package, with the handles of each exported resource as they should be.
pub(super) fn mended(code: String) -> String {
    let mut made = String::with_capacity(code.len());
    let mut rest = code.as_str();
    while let Some((start, name, end)) = handles(rest) {
        made.push_str(&rest[..start]);
        made.push_str(&HANDLES.replace("NAME", name));
        rest = &rest[end..];
    }
    made + rest
}

/// The first functions that are to be replaced: where they begin, their resource, and where the next one begins.
fn handles(code: &str) -> Option<(usize, &str, usize)> {
    let takes = code.find(TAKES)?;
    let start = code[..takes].rfind(BEGIN)?;
    let name = &code[start + BEGIN.len()..takes];
    let end = takes + code[takes..].find(&format!("func {name}{LAST}"))?;
    Some((start, name, end))
}

const HANDLES: &str = "// TakeHandle gives the resource away.
func (self *NAME) TakeHandle() int32 {
	handle := self.handle
	self.handle = 0
	if handle == 0 {
		self.pinner.Pin(self)
		handle = resourceNewNAME(unsafe.Pointer(self))
	}
	return handle
}

// Drop ends a resource that was given to this guest; OnDrop is called by that.
func (self *NAME) Drop() {
	if handle := self.handle; handle != 0 {
		self.handle = 0
		resourceDropNAME(handle)
	}
}

func NAMEFromOwnHandle(handle int32) *NAME {
	resource := (*NAME)(resourceRepNAME(handle))
	resource.handle = handle
	return resource
}

";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_resource_has_its_own_handles_and_the_rest_stays() {
        let one = |name: &str| {
            format!("{BEGIN}{name}{TAKES}\told\n}}\nfunc ({name}) SetHandle() {{\n}}\nfunc {name}{LAST} *{name} {{\n}}\n")
        };
        let made = mended(format!("package x\n{}{}// end\n", one("Shelf"), one("Room")));
        assert!(!made.contains("old") && !made.contains("SetHandle") && !made.contains("NAME"));
        for words in
            ["package x\n", "func (self *Shelf) Drop()", "func RoomFromOwnHandle", "func RoomFromBorrowHandle", "// end\n"]
        {
            assert_eq!(made.matches(words).count(), 1, "{words}");
        }
    }

    #[test]
    fn code_without_exported_resources_stays() {
        assert_eq!(
            mended("func (self *Ledger) TakeHandle() int32 {\n}\n".into()),
            "func (self *Ledger) TakeHandle() int32 {\n}\n"
        );
    }
}
