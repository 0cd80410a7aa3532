//! A wall clock that is wrong, for one process.
//!
//! Works for programs that ask the C library: Kafka does. Go programs ask the kernel, and static programs
//! bring their own library; for those a wrong clock is not to be had, and [`can_shift`] says so. The
//! monotonic clock stays right: wrong there is no machine's fault.

use std::{collections::BTreeMap, env::consts::ARCH, fs, io, path::Path};

use crate::ground::{cache::debian, error::GroundError};

/// How far the clock is off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shift {
    /// Ahead, or behind when negative.
    pub seconds: i64,
}

impl Shift {
    /// What a process needs in its environment.
    pub fn environment(self) -> Result<BTreeMap<String, String>, GroundError> {
        let path = format!("usr/lib/{ARCH}-linux-gnu/faketime/libfaketimeMT.so.1");
        let library = debian::file("libfaketime", &path)?;
        let pairs = [
            ("LD_PRELOAD", library.display().to_string()),
            ("FAKETIME", format!("{:+}s", self.seconds)),
            ("FAKETIME_DONT_FAKE_MONOTONIC", "1".to_owned()),
            ("FAKETIME_FORCE_MONOTONIC_FIX", "1".to_owned()),
        ];
        Ok(pairs.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
    }
}

/// Whether a program asks the C library for the time: it is loaded dynamically, and is not written in Go.
pub fn can_shift(program: &Path) -> io::Result<bool> {
    let bytes = fs::read(program)?;
    let has = |text: &[u8]| bytes.windows(text.len()).any(|window| window == text);
    Ok(has(b"ld-linux") && !has(b"Go build ID"))
}
