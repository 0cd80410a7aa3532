//! Writes the acts as container log files, on top of the clock that the caller gives.

use std::{collections::BTreeMap, fs, io, path::PathBuf};

use super::{
    cast::CAST,
    play::{Act, What},
};
use crate::{
    cri,
    event::Event,
    kubelet::{ContainerLog, KubeletError, Rotation},
    native,
};

/// Small, so that rotation is seen within minutes.
const ROTATION: Rotation = Rotation { max_bytes: 256 * 1024, max_files: Some(4) };

/// The folder of container logs, and the files open in it.
#[derive(Debug)]
pub struct Stage {
    root: PathBuf,
    start_ns: u64,
    logs: BTreeMap<(usize, u64), ContainerLog>,
}

impl Stage {
    /// A stage whose acts count from `start_ns`, nanoseconds since 1970.
    pub fn new(root: PathBuf, start_ns: u64) -> Self {
        Self { root, start_ns, logs: BTreeMap::new() }
    }

    /// Makes an act visible in the files.
    pub fn perform(&mut self, act: Act) -> Result<(), KubeletError> {
        let key = (act.part, act.run);
        match act.what {
            What::Start => {
                let part = &CAST[act.part];
                let log = ContainerLog::create(&self.root, part.pod(act.run), part.container(), ROTATION)?;
                self.logs.insert(key, log);
            }
            What::Say(event) => {
                let event = Event { time_ns: self.start_ns + event.time_ns, ..event };
                let log = self.logs.get_mut(&key).expect("because a container starts before it prints");
                log.append(event.time_ns, &printed(&event))?;
                log.flush()?;
            }
            What::End => {}
            What::Vanish => {
                if let Some(log) = self.logs.remove(&key) {
                    vanish(&log).map_err(|source| KubeletError::at("remove", log.folder(), source))?;
                }
            }
        }
        Ok(())
    }
}

/// The lines of an event as a container runtime writes them.
pub(crate) fn printed(event: &Event) -> Vec<u8> {
    let mut out = Vec::new();
    let stream = native::stream(event);
    for (nth, line) in native::text(event).split('\n').enumerate() {
        cri::line(event.time_ns + nth as u64 * 1000, stream, line.as_bytes(), &mut out);
    }
    out
}

/// The pod's whole folder, as the kubelet removes it.
fn vanish(log: &ContainerLog) -> io::Result<()> {
    fs::remove_dir_all(log.folder().parent().unwrap_or(log.folder()))
}
