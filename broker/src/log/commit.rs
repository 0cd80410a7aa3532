//! Many appends, one sync.
//!
//! A thread syncs logs one after the other. Whoever comes while it syncs waits for the next round, together with all
//! who came meanwhile: the busier it is, the more appends share a sync.

use std::{
    io,
    sync::{Arc, mpsc},
    thread,
};

use super::{Log, LogError};

type Told = Box<dyn FnOnce(Result<i64, Arc<LogError>>) + Send>;

/// Syncs logs in the background. Clones share the thread, which ends with the last of them.
#[derive(Debug, Clone)]
pub struct Committer {
    asked: mpsc::Sender<Asked>,
}

struct Asked {
    log: Arc<Log>,
    told: Told,
}

impl Committer {
    /// `after` is called whenever a log has been synced, with the time that took in seconds.
    pub fn start(after: impl Fn(&Arc<Log>, f64) + Send + 'static) -> io::Result<Self> {
        let (asked, questions) = mpsc::channel();
        thread::Builder::new().name("commit".to_owned()).spawn(move || work(&questions, &after))?;
        Ok(Self { asked })
    }

    /// Calls `told` once everything that is in the log now is on disk for good, or cannot be.
    pub fn commit(&self, log: Arc<Log>, told: impl FnOnce(Result<i64, Arc<LogError>>) + Send + 'static) {
        let asked = self.asked.send(Asked { log, told: Box::new(told) });
        asked.expect("because the thread ends after the last sender");
    }
}

fn work(questions: &mpsc::Receiver<Asked>, after: &impl Fn(&Arc<Log>, f64)) {
    while let Ok(first) = questions.recv() {
        let mut round: Vec<(Arc<Log>, Vec<Told>)> = Vec::new();
        for Asked { log, told } in std::iter::once(first).chain(questions.try_iter()) {
            match round.iter_mut().find(|(known, _)| Arc::ptr_eq(known, &log)) {
                Some((_, all)) => all.push(told),
                None => round.push((log, vec![told])),
            }
        }
        for (log, all) in round {
            let began = std::time::Instant::now();
            let synced = log.sync().map_err(Arc::new);
            after(&log, began.elapsed().as_secs_f64());
            for told in all {
                told(synced.clone());
            }
        }
    }
}
