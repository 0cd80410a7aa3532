//! Writes a corpus to a folder, looking at its bands on the way.

use std::{
    collections::BTreeMap,
    fs::{self, File},
    io::{self, BufWriter, Write as _},
    path::{Path, PathBuf},
};

use sawlog_fleet::{
    cri,
    event::Event,
    json,
    kubelet::{ContainerLog, KubeletError, Rotation},
    native,
    topology::Pod,
};
use zstd::stream::raw::CParameter;

use super::{
    Form, Size, Which,
    bands::{Sight, Verdict},
    bytes::Tally,
    make, otlp,
};

/// Small enough that most containers rotate several times; nothing is deleted, so that whoever reads the
/// files can be asked for every line.
fn rotation(size: Size) -> Rotation {
    let max_bytes = match size {
        Size::Small => 12 * 1024,
        Size::Full => 192 * 1024,
    };
    Rotation { max_bytes, max_files: None }
}

/// The corpus could not be written.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    #[allow(missing_docs, reason = "the message is the documentation")]
    #[error("{step} {}", path.display())]
    File { step: &'static str, path: PathBuf, source: io::Error },
    #[allow(missing_docs, reason = "the message is the documentation")]
    #[error("write a container's log")]
    Kubelet(#[from] KubeletError),
    #[allow(missing_docs, reason = "the message is the documentation")]
    #[error("{0} exists and is not empty: name a new folder")]
    NotEmpty(String),
    #[allow(missing_docs, reason = "the message is the documentation")]
    #[error("compress the JSON lines")]
    Zstd(#[source] io::Error),
}

/// What was written, as the writer counted it.
#[derive(Debug)]
pub struct Written {
    /// Records, with everything they say.
    pub records: Tally,
    /// Lines as the containers printed them: pod and text.
    pub printed: Tally,
    /// Bytes of the JSON lines, whether they were written or not.
    pub json_bytes: u64,
    /// Is it like life?
    pub verdict: Verdict,
}

/// One window in every form that is wanted.
struct Window {
    sight: Sight,
    records: Tally,
    printed: Tally,
    json: Vec<u8>,
    otlp: Vec<u8>,
    cri: BTreeMap<Pod, Vec<(u64, Vec<u8>)>>,
}

/// Everything that a record says, for who writes and who reads it back.
#[derive(Debug, Clone, Copy)]
pub struct Said<'a> {
    /// When, in microseconds since 1970.
    pub time_us: u64,
    /// In capitals.
    pub level: &'a str,
    /// Which service.
    pub service: &'a str,
    /// Which of its pods.
    pub pod: &'a str,
    /// 32 hex digits.
    pub trace: Option<&'a str>,
    /// How long it took.
    pub duration_ms: Option<u64>,
    /// What.
    pub message: &'a str,
}

impl Said<'_> {
    /// Counts it.
    pub fn tally(&self, tally: &mut Tally) {
        let Said { time_us, level, service, pod, trace, duration_ms, message } = self;
        let duration = duration_ms.unwrap_or(u64::MAX).to_le_bytes();
        let texts = [level, service, pod, trace.unwrap_or_default(), message].map(str::as_bytes);
        let [level, service, pod, trace, message] = texts;
        tally.add(&[&time_us.to_le_bytes(), &duration, level, service, pod, trace, message]);
    }
}

fn turn(events: &[Event], forms: &[Form]) -> Window {
    let (mut records, mut printed) = (Tally::default(), Tally::default());
    let mut json = Vec::with_capacity(events.len() * 340);
    let mut by_pod: BTreeMap<Pod, Vec<&Event>> = BTreeMap::new();
    for event in events {
        let trace = event.trace.map(|trace| format!("{trace:032x}"));
        let said = Said {
            time_us: event.time_ns / 1000,
            level: event.level.name(),
            service: event.pod.system.service(),
            pod: &event.pod.name(),
            trace: trace.as_deref(),
            duration_ms: event.duration_ms.map(u64::from),
            message: &event.message,
        };
        said.tally(&mut records);
        json::line(event, &mut json);
        by_pod.entry(event.pod).or_default().push(event);
    }
    let mut otlp = Vec::new();
    let mut cri = BTreeMap::new();
    for (pod, events) in by_pod {
        if forms.contains(&Form::Otlp) {
            otlp::batches(pod, &events, &mut otlp);
        }
        if forms.contains(&Form::Cri) {
            let uid = pod.uid();
            let lines = events.iter().flat_map(|event| lines(event, &uid, &mut printed)).collect();
            cri.insert(pod, lines);
        }
    }
    Window { sight: Sight::of(events), records, printed, json, otlp, cri }
}

/// The lines of an event as the container runtime writes them.
fn lines(event: &Event, uid: &str, printed: &mut Tally) -> Vec<(u64, Vec<u8>)> {
    let stream = native::stream(event);
    let line = |(nth, text): (usize, &str)| {
        let time_ns = event.time_ns + nth as u64 * 1000;
        let mut out = Vec::with_capacity(text.len() + 48);
        cri::line(time_ns, stream, text.as_bytes(), &mut out);
        printed.add(&[uid.as_bytes(), text.as_bytes()]);
        (time_ns, out)
    };
    native::text(event).split('\n').enumerate().map(line).collect()
}

/// Writes the forms into a folder that is new or empty.
pub fn write(which: Which, forms: &[Form], workers: usize, folder: &Path) -> Result<Written, WriteError> {
    let file = |step, path: &Path| {
        let path = path.to_owned();
        move |source| WriteError::File { step, path, source }
    };
    fs::create_dir_all(folder).map_err(file("create", folder))?;
    if fs::read_dir(folder).map_err(file("list", folder))?.next().is_some() {
        return Err(WriteError::NotEmpty(folder.display().to_string()));
    }
    let create = |form: Form, name: &str| -> Result<Option<(PathBuf, BufWriter<File>)>, WriteError> {
        let path = folder.join(name);
        let made = forms.contains(&form).then(|| File::create_new(&path)).transpose();
        let made = made.map_err(file("create", &path))?;
        Ok(made.map(|made| (path, BufWriter::with_capacity(1 << 20, made))))
    };
    let mut json = create(Form::Json, "corpus.jsonl")?;
    let mut otlp = create(Form::Otlp, "corpus.otlp")?;
    let mut pods = Pods { root: folder.join("pods"), rotation: rotation(which.size), logs: BTreeMap::new() };
    let written = look(which, workers, forms, |window| {
        for (target, bytes) in [(&mut json, &window.json), (&mut otlp, &window.otlp)] {
            if let Some((path, target)) = target {
                target.write_all(bytes).map_err(file("write", path))?;
            }
        }
        pods.append(&window.cri)
    })?;
    for (path, target) in [&mut json, &mut otlp].into_iter().flatten() {
        target.flush().map_err(file("write", path))?;
    }
    pods.logs.values_mut().try_for_each(ContainerLog::flush)?;
    Ok(written)
}

/// Makes the JSON lines without writing them: for whoever wants only to look at them.
pub fn look_at(which: Which, workers: usize, mut see: impl FnMut(&[u8])) -> Result<Written, WriteError> {
    look(which, workers, &[], |window| {
        see(&window.json);
        Ok(())
    })
}

fn look(
    which: Which,
    workers: usize,
    forms: &[Form],
    mut take: impl FnMut(&Window) -> Result<(), WriteError>,
) -> Result<Written, WriteError> {
    let mut packed = Packed::new().map_err(WriteError::Zstd)?;
    let mut whole = Sight::default();
    let (mut records, mut printed) = (Tally::default(), Tally::default());
    make::windows(
        which,
        workers,
        |events| turn(events, forms),
        |window| {
            packed.add(&window.json).map_err(WriteError::Zstd)?;
            take(&window)?;
            records.merge(window.records);
            printed.merge(window.printed);
            whole.add(window.sight);
            Ok::<(), WriteError>(())
        },
    )?;
    let (json_bytes, zstd_bytes) = packed.finish().map_err(WriteError::Zstd)?;
    let verdict = whole.judge(100.0 * zstd_bytes as f64 / json_bytes as f64);
    Ok(Written { records, printed, json_bytes, verdict })
}

struct Pods {
    root: PathBuf,
    rotation: Rotation,
    logs: BTreeMap<Pod, ContainerLog>,
}

impl Pods {
    fn append(&mut self, window: &BTreeMap<Pod, Vec<(u64, Vec<u8>)>>) -> Result<(), WriteError> {
        for (&pod, lines) in window {
            if !self.logs.contains_key(&pod) {
                let log = ContainerLog::create(&self.root, pod, pod.system.service(), self.rotation)?;
                self.logs.insert(pod, log);
            }
            let log = self.logs.get_mut(&pod).expect("because it was just made");
            for (time_ns, bytes) in lines {
                // The parts of a long line reach the file one by one, and the kubelet looks after the first.
                let mut parts = bytes.split_inclusive(|&byte| byte == b'\n').peekable();
                let first = parts.next().unwrap_or_default();
                if parts.peek().is_some() {
                    log.append_unseen(first)?;
                } else {
                    log.append(*time_ns, first)?;
                }
                for part in parts {
                    log.append(*time_ns, part)?;
                }
            }
        }
        Ok(())
    }
}

/// What `zstd -3 --long` makes of the lines; nothing is kept but the size.
struct Packed {
    encoder: zstd::stream::write::Encoder<'static, Counter>,
    plain: u64,
}

#[derive(Default)]
struct Counter(u64);

impl io::Write for Counter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 += bytes.len() as u64;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Packed {
    fn new() -> io::Result<Self> {
        let mut encoder = zstd::stream::write::Encoder::new(Counter::default(), 3)?;
        encoder.set_parameter(CParameter::EnableLongDistanceMatching(true))?;
        encoder.set_parameter(CParameter::WindowLog(27))?;
        Ok(Self { encoder, plain: 0 })
    }

    fn add(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.plain += bytes.len() as u64;
        self.encoder.write_all(bytes)
    }

    fn finish(self) -> io::Result<(u64, u64)> {
        Ok((self.plain, self.encoder.finish()?.0))
    }
}
