//! A partition: its log, and who waits for it to grow.

use std::sync::{Arc, Mutex, PoisonError, Weak};

use tokio::sync::Notify;

use crate::log::Log;

/// One partition of a topic.
#[derive(Debug)]
pub struct Partition {
    /// Its log, or why there is none to be had.
    pub log: Result<Arc<Log>, String>,
    waiting: Mutex<Vec<Weak<Notify>>>,
}

/// Somebody who waits for any of several partitions to grow.
#[derive(Debug, Default)]
pub struct Waiter(Arc<Notify>);

impl Waiter {
    /// Until one of them has grown since it was asked to tell, or is gone.
    pub async fn grown(&self) {
        self.0.notified().await;
    }
}

impl Partition {
    pub(super) fn new(log: Result<Arc<Log>, String>) -> Arc<Self> {
        Arc::new(Self { log, waiting: Mutex::new(Vec::new()) })
    }

    /// Asks it to tell the next time that it grows.
    pub fn tell(&self, waiter: &Waiter) {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        // Those who waited in vain are gone; nobody else removes them from a partition that does not grow.
        if waiting.len() == waiting.capacity() {
            waiting.retain(|known| known.strong_count() > 0);
        }
        waiting.push(Arc::downgrade(&waiter.0));
    }

    /// Tells those who wait that there is more to read, or nothing any more.
    pub fn has_grown(&self) {
        let told = std::mem::take(&mut *self.waiting.lock().unwrap_or_else(PoisonError::into_inner));
        for waiter in told.iter().filter_map(Weak::upgrade) {
            waiter.notify_one();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn those_who_waited_in_vain_are_forgotten() {
        let partition = Partition::new(Err("none".to_owned()));
        for _ in 0..10_000 {
            partition.tell(&Waiter::default());
        }
        assert!(partition.waiting.lock().unwrap().len() < 100);
    }
}
