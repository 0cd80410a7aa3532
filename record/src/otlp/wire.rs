//! Protobuf's wire format, as far as log batches need it: fields with a number, and four kinds of content.
//!
//! A reader never looks behind its slice, never allocates and never recurses. A writer only appends, and writes
//! every length in as few bytes as it needs, as all other encoders do. Groups, which nobody has
//! written for fifteen years, are skipped like any unknown field.

/// What a field holds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Content<'a> {
    Varint(u64),
    Fixed64(u64),
    Bytes(&'a [u8]),
    Fixed32(u32),
    /// A group, already skipped.
    Group,
}

/// The bytes are no protobuf.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Malformed;

/// The fields of one message, in the order in which they were written.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Reader<'a> {
    rest: &'a [u8],
}

/// Groups in groups that are followed before the bytes count as malformed.
const GROUPS: usize = 64;

impl<'a> Reader<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    /// What has not been read.
    pub(crate) fn rest(&self) -> &'a [u8] {
        self.rest
    }

    /// The number and content of the next field; nothing at the end.
    pub(crate) fn field(&mut self) -> Result<Option<(u32, Content<'a>)>, Malformed> {
        let Some(key) = self.key()? else { return Ok(None) };
        let content = match key & 7 {
            0 => Content::Varint(self.varint()?),
            1 => Content::Fixed64(self.fixed64()?),
            2 => Content::Bytes(self.bytes()?),
            5 => Content::Fixed32(self.fixed32()?),
            _ => {
                self.skip(key)?;
                Content::Group
            }
        };
        Ok(Some((key >> 3, content)))
    }

    /// The next message in a field of this number; whatever stands before it is skipped.
    #[inline]
    pub(crate) fn message(&mut self, number: u32) -> Result<Option<&'a [u8]>, Malformed> {
        while let Some(key) = self.key()? {
            if key == bytes_key(number) {
                return self.bytes().map(Some);
            }
            self.skip(key)?;
        }
        Ok(None)
    }

    /// The last message in a field of this number.
    pub(crate) fn last_message(mut self, number: u32) -> Result<Option<&'a [u8]>, Malformed> {
        let mut last = None;
        while let Some(message) = self.message(number)? {
            last = Some(message);
        }
        Ok(last)
    }

    /// The key of the next field: its number and what it holds, in one. Who takes a key reads or skips next.
    #[inline]
    pub(crate) fn key(&mut self) -> Result<Option<u32>, Malformed> {
        if self.rest.is_empty() {
            return Ok(None);
        }
        let key = u32::try_from(self.varint()?).map_err(|_| Malformed)?;
        if key < 8 { Err(Malformed) } else { Ok(Some(key)) }
    }

    /// Goes past the content of a field with this key.
    #[inline]
    pub(crate) fn skip(&mut self, key: u32) -> Result<(), Malformed> {
        match key & 7 {
            0 => drop(self.varint()?),
            1 => drop(self.fixed64()?),
            2 => drop(self.bytes()?),
            5 => drop(self.fixed32()?),
            3 => self.group(key >> 3)?,
            _ => return Err(Malformed),
        }
        Ok(())
    }

    #[inline]
    pub(crate) fn varint(&mut self) -> Result<u64, Malformed> {
        match *self.rest {
            [byte, ref rest @ ..] if byte < 0x80 => {
                self.rest = rest;
                Ok(byte.into())
            }
            [low, high, ref rest @ ..] if high < 0x80 => {
                self.rest = rest;
                Ok(u64::from(low & 0x7f) | u64::from(high) << 7)
            }
            _ => self.long_varint(),
        }
    }

    fn long_varint(&mut self) -> Result<u64, Malformed> {
        let mut value = 0;
        for (index, &byte) in self.rest.iter().take(10).enumerate() {
            if index == 9 && byte > 1 {
                break;
            }
            value |= u64::from(byte & 0x7f) << (index * 7);
            if byte < 0x80 {
                self.rest = &self.rest[index + 1..];
                return Ok(value);
            }
        }
        Err(Malformed)
    }

    #[inline]
    pub(crate) fn bytes(&mut self) -> Result<&'a [u8], Malformed> {
        let length = usize::try_from(self.varint()?).map_err(|_| Malformed)?;
        let (bytes, rest) = self.rest.split_at_checked(length).ok_or(Malformed)?;
        self.rest = rest;
        Ok(bytes)
    }

    #[inline]
    pub(crate) fn fixed64(&mut self) -> Result<u64, Malformed> {
        self.array().map(u64::from_le_bytes)
    }

    #[inline]
    pub(crate) fn fixed32(&mut self) -> Result<u32, Malformed> {
        self.array().map(u32::from_le_bytes)
    }

    #[inline]
    fn array<const N: usize>(&mut self) -> Result<[u8; N], Malformed> {
        let (array, rest) = self.rest.split_first_chunk().ok_or(Malformed)?;
        self.rest = rest;
        Ok(*array)
    }

    #[cold]
    fn group(&mut self, number: u32) -> Result<(), Malformed> {
        let mut open = [0; GROUPS];
        open[0] = number;
        let mut depth = 1;
        while depth > 0 {
            let key = self.key()?.ok_or(Malformed)?;
            match key & 7 {
                3 => {
                    *open.get_mut(depth).ok_or(Malformed)? = key >> 3;
                    depth += 1;
                }
                4 if open[depth - 1] == key >> 3 => depth -= 1,
                _ => self.skip(key)?,
            }
        }
        Ok(())
    }
}

/// The key of a varint in a field of this number.
pub(crate) const fn varint_key(number: u32) -> u32 {
    number << 3
}

/// The key of 64 bits in a field of this number.
pub(crate) const fn fixed64_key(number: u32) -> u32 {
    number << 3 | 1
}

/// The key of bytes, text or a message in a field of this number.
pub(crate) const fn bytes_key(number: u32) -> u32 {
    number << 3 | 2
}

/// The key of 32 bits in a field of this number.
pub(crate) const fn fixed32_key(number: u32) -> u32 {
    number << 3 | 5
}

/// Bytes of a varint.
#[inline]
pub(crate) fn varint_len(value: u64) -> usize {
    let bits = 64 - (value | 1).leading_zeros();
    usize::try_from(bits.div_ceil(7)).expect("because it is ten at most")
}

/// Appends a varint, in as few bytes as it needs.
#[inline]
pub(crate) fn put_varint(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push(low_byte(value) | 0x80);
        value >>= 7;
    }
    out.push(low_byte(value));
}

#[inline]
fn low_byte(value: u64) -> u8 {
    value.to_le_bytes()[0]
}

/// Appends the key of a length-delimited field of a small number, its length and its bytes.
#[inline]
pub(crate) fn put_bytes(out: &mut Vec<u8>, number: u8, bytes: &[u8]) {
    out.push(number << 3 | 2);
    put_varint(out, length(bytes.len()));
    out.extend_from_slice(bytes);
}

/// A length as protobuf counts.
#[inline]
pub(crate) fn length(bytes: usize) -> u64 {
    u64::try_from(bytes).expect("because no machine has more than 64 bits")
}

/// Where a message of unknown length began; [`close`] writes the length there.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Open(usize);

/// Room for the length of a message between 128 bytes and 16 kB, which most records are.
const ROOM: usize = 2;

/// Begins a message inside a field of a small number.
#[inline]
pub(crate) fn open(out: &mut Vec<u8>, number: u8) -> Open {
    out.extend_from_slice(&[number << 3 | 2, 0, 0]);
    Open(out.len())
}

/// Ends it: its length goes in front, and its bytes move where the length does not fill the room exactly.
#[inline]
pub(crate) fn close(out: &mut Vec<u8>, Open(begin): Open) {
    let content = out.len() - begin;
    if (0x80..0x4000).contains(&content) {
        let [low, high, ..] = length(content << 1).to_le_bytes();
        out[begin - ROOM] = low >> 1 | 0x80;
        out[begin - 1] = high;
    } else {
        close_elsewhere(out, begin);
    }
}

fn close_elsewhere(out: &mut Vec<u8>, begin: usize) {
    let content = out.len() - begin;
    let prefix = varint_len(length(content));
    let moved = begin - ROOM + prefix;
    if prefix > ROOM {
        out.resize(moved + content, 0);
    }
    out.copy_within(begin..begin + content, moved);
    out.truncate(moved + content);
    let mut rest = length(content);
    for byte in &mut out[moved - prefix..moved - 1] {
        *byte = low_byte(rest) | 0x80;
        rest >>= 7;
    }
    out[moved - 1] = low_byte(rest);
}
