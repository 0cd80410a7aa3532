//! Reads a written corpus back, in ways that share nothing with how it was written.

use std::{
    collections::BTreeMap,
    fs::{self, File},
    io::{self, BufRead as _, BufReader, Read},
    path::{Path, PathBuf},
};

use flate2::read::MultiGzDecoder;
use opentelemetry_proto::tonic::{
    common::v1::{KeyValue, any_value::Value},
    logs::v1::LogsData,
};
use prost::Message as _;

use super::{
    bytes::Tally,
    questions::{Answers, Line},
    write::Said,
};

/// The corpus could not be read, or is not what it should be.
#[derive(Debug, thiserror::Error)]
pub enum RereadError {
    #[allow(missing_docs, reason = "the message is the documentation")]
    #[error("read {}", path.display())]
    File { path: PathBuf, source: io::Error },
    #[allow(missing_docs, reason = "the message is the documentation")]
    #[error("{}: {what}", path.display())]
    Malformed { path: PathBuf, what: String },
}

fn file(path: &Path) -> impl FnOnce(io::Error) -> RereadError + '_ {
    |source| RereadError::File { path: path.to_owned(), source }
}

fn malformed(path: &Path, what: &dyn std::fmt::Display) -> RereadError {
    RereadError::Malformed { path: path.to_owned(), what: what.to_string() }
}

/// The records of `corpus.jsonl`, and brute force's answers to every question.
pub fn json(path: &Path) -> Result<(Tally, Answers), RereadError> {
    let (mut tally, mut answers) = (Tally::default(), Answers::default());
    for line in BufReader::with_capacity(1 << 20, File::open(path).map_err(file(path))?).lines() {
        let line: Line =
            serde_json::from_str(&line.map_err(file(path))?).map_err(|error| malformed(path, &error))?;
        let time: jiff::Timestamp = line.timestamp.parse().map_err(|error| malformed(path, &error))?;
        line.tally(time, &mut tally);
        answers.take(line);
    }
    Ok((tally, answers))
}

/// The records of `corpus.otlp`.
pub fn otlp(path: &Path) -> Result<Tally, RereadError> {
    let bytes = fs::read(path).map_err(file(path))?;
    let mut rest = bytes.as_slice();
    let mut tally = Tally::default();
    while !rest.is_empty() {
        let batch = LogsData::decode_length_delimited(&mut rest).map_err(|error| malformed(path, &error))?;
        for resource in &batch.resource_logs {
            let attributes = resource.resource.as_ref().map(|resource| resource.attributes.as_slice());
            let attributes = attributes.unwrap_or_default();
            let (service, pod) = (text_of(attributes, "service.name"), text_of(attributes, "k8s.pod.name"));
            for record in resource.scope_logs.iter().flat_map(|scope| &scope.log_records) {
                let body = record.body.as_ref().and_then(|body| body.value.as_ref());
                let Some(Value::StringValue(message)) = body else {
                    return Err(malformed(path, &"a record without a text"));
                };
                let trace = hex(&record.trace_id);
                let said = Said {
                    time_us: record.time_unix_nano / 1000,
                    level: &record.severity_text,
                    service,
                    pod,
                    trace: trace.as_deref(),
                    duration_ms: number_of(&record.attributes, "duration_ms"),
                    message,
                };
                said.tally(&mut tally);
            }
        }
    }
    Ok(tally)
}

fn hex(bytes: &[u8]) -> Option<String> {
    let number = u128::from_be_bytes(bytes.try_into().ok()?);
    Some(format!("{number:032x}"))
}

fn value_of<'a>(attributes: &'a [KeyValue], key: &str) -> Option<&'a Value> {
    attributes.iter().find(|attribute| attribute.key == key)?.value.as_ref()?.value.as_ref()
}

fn text_of<'a>(attributes: &'a [KeyValue], key: &str) -> &'a str {
    match value_of(attributes, key) {
        Some(Value::StringValue(text)) => text,
        _ => "",
    }
}

fn number_of(attributes: &[KeyValue], key: &str) -> Option<u64> {
    match value_of(attributes, key) {
        Some(Value::IntValue(number)) => u64::try_from(*number).ok(),
        _ => None,
    }
}

/// The printed lines of `pods/`, parts joined, and how many files of each kind there are.
pub fn cri(root: &Path) -> Result<(Tally, Files), RereadError> {
    let (mut tally, mut files) = (Tally::default(), Files::default());
    for pod in entries(root)? {
        let name = pod.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let uid = name.rsplit('_').next().unwrap_or_default().to_owned();
        for container in entries(&pod)? {
            one_container(&container, &uid, &mut tally, &mut files)?;
        }
    }
    Ok((tally, files))
}

/// How many files of a corpus are what.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Files {
    /// `0.log`.
    pub current: u64,
    /// Rotated last.
    pub rotated: u64,
    /// Rotated before.
    pub gzipped: u64,
    /// Lines of which parts lie in two files.
    pub across_rotation: u64,
    /// Parts that are not the last of their line.
    pub parts: u64,
}

fn one_container(folder: &Path, uid: &str, tally: &mut Tally, files: &mut Files) -> Result<(), RereadError> {
    let mut paths = entries(folder)?;
    // The current file is the newest, although its name is the shortest.
    paths.sort_by_key(|path| (path.ends_with("0.log"), path.clone()));
    let mut open: BTreeMap<Vec<u8>, Vec<u8>> = BTreeMap::new();
    for path in paths {
        files.across_rotation += open.len() as u64;
        let plain = File::open(&path).map_err(file(&path))?;
        let source: Box<dyn Read> = match path.extension().and_then(|end| end.to_str()) {
            Some("gz") => {
                files.gzipped += 1;
                Box::new(MultiGzDecoder::new(plain))
            }
            Some("log") => {
                files.current += 1;
                Box::new(plain)
            }
            _ => {
                files.rotated += 1;
                Box::new(plain)
            }
        };
        for line in BufReader::with_capacity(1 << 18, source).split(b'\n') {
            let line = line.map_err(file(&path))?;
            let mut fields = line.splitn(4, |&byte| byte == b' ');
            let (_, stream, tag, text) = (fields.next(), fields.next(), fields.next(), fields.next());
            let (Some(stream), Some(tag), Some(text)) = (stream, tag, text) else {
                return Err(malformed(
                    &path,
                    &format!("not a runtime's line: {}", String::from_utf8_lossy(&line)),
                ));
            };
            let joined = open.entry(stream.to_vec()).or_default();
            joined.extend_from_slice(text);
            if tag == b"F" {
                tally.add(&[uid.as_bytes(), joined]);
                open.remove(stream);
            } else {
                files.parts += 1;
            }
        }
    }
    if open.is_empty() { Ok(()) } else { Err(malformed(folder, &"a line without an end")) }
}

fn entries(folder: &Path) -> Result<Vec<PathBuf>, RereadError> {
    let entries = fs::read_dir(folder).map_err(file(folder))?;
    let mut paths: Vec<PathBuf> = entries
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<io::Result<_>>()
        .map_err(file(folder))?;
    paths.sort();
    Ok(paths)
}
