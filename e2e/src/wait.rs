//! Waiting for a condition, never for a time.
//!
//! Every wait has a deadline and a name, so that what never comes is a sentence and not a hang. Looking is
//! repeated, for conditions of other processes cannot be subscribed to: after 20 ms, or after twice as long as a
//! look takes, so that those who look do not keep from working what they wait for.

use std::{
    thread,
    time::{Duration, Instant},
};

const LOOK_AGAIN: Duration = Duration::from_millis(20);
const LONGEST: Duration = Duration::from_secs(1);

/// What was waited for did not come.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("waited {} s for {what}, in vain", limit.as_secs())]
pub struct InVain {
    /// What was waited for, in words that follow "waited for".
    pub what: String,
    /// For how long.
    pub limit: Duration,
}

/// Looks until there is something, at least once and at most for `limit`.
pub fn until<T>(what: &str, limit: Duration, mut look: impl FnMut() -> Option<T>) -> Result<T, InVain> {
    let began = Instant::now();
    loop {
        let looked = Instant::now();
        if let Some(found) = look() {
            return Ok(found);
        }
        if began.elapsed() >= limit {
            return Err(InVain { what: what.to_owned(), limit });
        }
        thread::sleep(LOOK_AGAIN.max(looked.elapsed() * 2).min(LONGEST));
    }
}

/// Looks until it is so.
pub fn until_true(what: &str, limit: Duration, mut look: impl FnMut() -> bool) -> Result<(), InVain> {
    until(what, limit, || look().then_some(()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_looks_again_until_there_is_something() {
        let mut looks = 0;
        let found = until("the third look", Duration::from_secs(5), || {
            looks += 1;
            (looks == 3).then_some(looks)
        });
        assert_eq!(found, Ok(3));
    }

    #[test]
    fn what_never_comes_is_named() {
        let never = until_true("rain", Duration::ZERO, || false).unwrap_err();
        assert_eq!(never.to_string(), "waited 0 s for rain, in vain");
    }
}
