//! A number or a yes as text, on the stack.

use std::fmt::{self, Write as _};

use sawlog_record::ValueRef;

/// The longest floating number has about 330 characters.
const LONGEST: usize = 352;

/// Text of bounded length.
pub(super) struct Rendered {
    bytes: [u8; LONGEST],
    length: usize,
}

impl Rendered {
    /// What a number or a yes is written as; `None` for everything else.
    pub(super) fn of(value: ValueRef<'_>) -> Option<Self> {
        let mut text = Self { bytes: [0; LONGEST], length: 0 };
        let written = match value {
            ValueRef::Int(number) => write!(text, "{number}"),
            ValueRef::Double(number) => write!(text, "{number}"),
            ValueRef::Bool(bit) => write!(text, "{bit}"),
            _ => return None,
        };
        written.ok().map(|()| text)
    }

    pub(super) fn text(&self) -> &str {
        std::str::from_utf8(&self.bytes[..self.length]).unwrap_or_default()
    }
}

impl fmt::Write for Rendered {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let end = self.length + text.len();
        self.bytes.get_mut(self.length..end).ok_or(fmt::Error)?.copy_from_slice(text.as_bytes());
        self.length = end;
        Ok(())
    }
}
