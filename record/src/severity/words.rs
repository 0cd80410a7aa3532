//! What people and programs write for a severity: one table, searched without allocating.
//!
//! `critical` counts as FATAL: Python and .NET, who write it most, put it beside FATAL, although syslog has two
//! worse ones. Those keep their order: `alert` is FATAL2, `emerg` FATAL3.

use super::Severity;

/// Lower-case words with their OpenTelemetry numbers, in the order of the alphabet.
#[rustfmt::skip]
const WORDS: &[(&str, u8)] = &[
    ("a", 22), ("alert", 22), ("c", 21), ("config", 7), ("cri", 21), ("crit", 21), ("critical", 21),
    ("d", 5), ("d1", 5), ("d2", 5), ("d3", 5), ("d4", 5), ("d5", 5), ("dbg", 5), ("dbug", 5), ("debu", 5),
    ("debug", 5), ("debug1", 5), ("debug2", 6), ("debug3", 7), ("debug4", 8), ("debug5", 5),
    ("deprecated", 13), ("deprecation", 13), ("dpanic", 21), ("e", 17), ("emerg", 23), ("emergency", 23),
    ("eror", 17), ("err", 17), ("erro", 17), ("error", 17), ("error1", 17), ("error2", 18), ("error3", 19),
    ("error4", 20), ("f", 21), ("fail", 17), ("failure", 17), ("fata", 21), ("fatal", 21), ("fatal1", 21),
    ("fatal2", 22), ("fatal3", 23), ("fatal4", 24), ("fine", 6), ("finer", 5), ("finest", 1), ("ftl", 21),
    ("i", 9), ("inf", 9), ("info", 9), ("info1", 9), ("info2", 10), ("info3", 11), ("info4", 12),
    ("information", 9), ("informational", 9), ("log", 9), ("n", 10), ("note", 10), ("notice", 10),
    ("p", 22), ("pani", 22), ("panic", 22), ("s", 17), ("severe", 17), ("silly", 1), ("t", 1), ("trac", 1),
    ("trace", 1), ("trace1", 1), ("trace2", 2), ("trace3", 3), ("trace4", 4), ("trc", 1), ("trce", 1),
    ("v", 1), ("verbose", 1), ("vrb", 1), ("w", 13), ("warn", 13), ("warn1", 13), ("warn2", 14),
    ("warn3", 15), ("warn4", 16), ("warning", 13), ("wrn", 13),
];

/// The longest word of the table.
const LONGEST: usize = 13;
/// How protobuf's JSON names the numbers.
const ENUM: &[u8] = b"severity_number_";

/// The number for what somebody wrote.
pub(super) fn find(word: &str) -> Option<u8> {
    let inner = word.trim_matches(|letter: char| letter.is_ascii_punctuation() && letter != '-');
    let bytes = inner.trim_matches(|letter: char| letter.is_ascii_whitespace()).as_bytes();
    if bytes.first()?.is_ascii_digit() {
        let number = std::str::from_utf8(bytes).ok()?.parse().ok()?;
        return Severity::from_number(number).map(Severity::number);
    }
    if let Some((enumerated, name)) = bytes.split_at_checked(ENUM.len())
        && enumerated.eq_ignore_ascii_case(ENUM)
    {
        return listed(name).filter(|&number| {
            let known = super::NAMES[usize::from(number)].as_bytes();
            known.eq_ignore_ascii_case(name)
        });
    }
    listed(bytes).or_else(|| with_date(bytes))
}

fn listed(word: &[u8]) -> Option<u8> {
    let mut folded = [0; LONGEST];
    let folded = folded.get_mut(..word.len())?;
    folded.copy_from_slice(word);
    folded.make_ascii_lowercase();
    let found = WORDS.binary_search_by(|(known, _)| known.as_bytes().cmp(folded)).ok()?;
    Some(WORDS[found].1)
}

/// klog's `W0512`: a letter, month and day.
fn with_date(word: &[u8]) -> Option<u8> {
    let &[letter, m1, m2, d1, d2] = word else { return None };
    let number = |tens: u8, ones: u8| {
        let digits = tens.is_ascii_digit() && ones.is_ascii_digit();
        digits.then(|| (tens - b'0') * 10 + ones - b'0')
    };
    let is_date = (1..=12).contains(&number(m1, m2)?) && (1..=31).contains(&number(d1, d2)?);
    let known = matches!(letter, b'I' | b'W' | b'E' | b'F' | b'D' | b'C');
    if is_date && known { listed(&[letter]) } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_can_be_searched() {
        assert!(WORDS.is_sorted_by(|a, b| a.0 < b.0), "not in order: {WORDS:?}");
        assert_eq!(WORDS.iter().map(|(word, _)| word.len()).max(), Some(LONGEST));
        assert!(WORDS.iter().all(|(word, number)| find(&word.to_uppercase()) == Some(*number)));
    }
}
