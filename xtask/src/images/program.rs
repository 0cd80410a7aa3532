//! Whether a built program runs in an image that holds nothing else. Pure.

use anyhow::{Context as _, bail};

const MAGIC: &[u8] = b"\x7fELF\x02\x01";
/// What the program headers call the path of a dynamic linker.
const INTERPRETER: u32 = 3;
/// How ELF numbers the machines we know.
const MACHINES: [(&str, u16); 2] = [("x86_64", 62), ("aarch64", 183)];

/// An error if it does not.
pub fn check(program: &[u8]) -> anyhow::Result<()> {
    if !program.starts_with(MAGIC) {
        bail!("it is no program for Linux of 64 bits");
    }
    let cut = "it is cut off";
    let machine = u16::from_le_bytes(field(program, 18).context(cut)?);
    let ours = MACHINES.iter().find(|(name, _)| *name == std::env::consts::ARCH).map(|(_, number)| *number);
    if ours != Some(machine) {
        bail!(
            "it is for another machine, of ELF's number {machine}: build where it is to run, or use its Dockerfile"
        );
    }
    let start = usize::try_from(u64::from_le_bytes(field(program, 32).context(cut)?))?;
    let size = usize::from(u16::from_le_bytes(field(program, 54).context(cut)?));
    let count = usize::from(u16::from_le_bytes(field(program, 56).context(cut)?));
    for number in 0..count {
        let at = start.saturating_add(number.saturating_mul(size));
        if u32::from_le_bytes(field(program, at).context(cut)?) == INTERPRETER {
            bail!("it is linked dynamically, and an image has no libraries: build it with `make images`");
        }
    }
    Ok(())
}

fn field<const SIZE: usize>(program: &[u8], at: usize) -> Option<[u8; SIZE]> {
    program.get(at..at.checked_add(SIZE)?)?.try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The headers of a program: its machine, and the kinds of its segments.
    fn headers(machine: u16, kinds: &[u32]) -> Vec<u8> {
        let mut bytes = vec![0; 64];
        bytes[..6].copy_from_slice(MAGIC);
        bytes[18..20].copy_from_slice(&machine.to_le_bytes());
        bytes[32..40].copy_from_slice(&64_u64.to_le_bytes());
        bytes[54..56].copy_from_slice(&56_u16.to_le_bytes());
        bytes[56..58].copy_from_slice(&u16::try_from(kinds.len()).unwrap().to_le_bytes());
        for kind in kinds {
            bytes.extend(kind.to_le_bytes());
            bytes.extend([0; 52]);
        }
        bytes
    }

    fn refused(program: &[u8]) -> String {
        check(program).unwrap_err().to_string()
    }

    #[test]
    fn only_what_runs_by_itself_is_let_in() {
        let [ours, other] = if cfg!(target_arch = "x86_64") { [62, 183] } else { [183, 62] };
        assert!(check(&headers(ours, &[1, 2])).is_ok());
        assert!(refused(&headers(ours, &[1, INTERPRETER])).starts_with("it is linked dynamically"));
        assert!(refused(&headers(other, &[1])).starts_with("it is for another machine"));
        assert!(refused(b"#!/bin/sh\n").starts_with("it is no program"));
        assert_eq!(refused(&headers(ours, &[1, 2])[..100]), "it is cut off");
        assert_eq!(refused(MAGIC), "it is cut off");
    }
}
