//! `sawlog check`: files of resources, judged without a cluster.
//!
//! A document is judged as new, or as a change where `--was` has the same resource. Resources of other groups are
//! named and not judged. Nobody is asked over the network.

use std::{
    collections::BTreeMap,
    fs,
    io::{self, Read, Write},
    path::{Path, PathBuf},
    process::ExitCode,
};

use anstyle::{AnsiColor, Style};
use sawlog_crds::admit::{
    self, By, Document, Found, Kinds, ModelError, Position, Problem, document::MAX_BYTES,
};
use serde_json::{Value, json};

use crate::{
    flags::{CheckFlags, Output},
    screen,
};

/// What keeps it from judging.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs, reason = "the messages are the documentation")]
pub enum CheckError {
    #[error("the kinds of this program are broken")]
    Kinds(#[from] ModelError),
    #[error("cannot print")]
    Print(#[source] io::Error),
}

/// How it ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    /// Everything is good.
    Good,
    /// Something is refused.
    Refused,
    /// A file cannot be read.
    Unreadable,
}

impl From<Verdict> for ExitCode {
    fn from(verdict: Verdict) -> Self {
        Self::from(verdict as u8)
    }
}

/// Judges what the flags name and prints what is wrong.
pub fn run(flags: &CheckFlags, input: impl Read, out: impl Write) -> Result<Verdict, CheckError> {
    let kinds = admit::own()?;
    let mut input = Some(input);
    let mut report = Report::default();
    let was = report.earlier(&flags.was, &mut input);
    for (name, bytes) in report.open(&flags.files, &mut input) {
        report.files += 1;
        report.file(&kinds, &name, &bytes, &was);
    }
    let printed = match flags.output {
        Output::Text => report.text(out),
        Output::Json => report.json(out),
    };
    match printed {
        // As in `sawlog check … | head`: who reads has seen enough, which changes no verdict.
        Err(gone) if gone.kind() == io::ErrorKind::BrokenPipe => Ok(report.verdict()),
        printed => printed.map(|()| report.verdict()).map_err(CheckError::Print),
    }
}

/// A resource, as the cluster tells it from others.
type Identity = (String, String, String);

fn identity(value: &Value) -> Identity {
    let text = |value: Option<&Value>| value.and_then(Value::as_str).unwrap_or_default().to_owned();
    let meta = value.get("metadata");
    let of_meta = |name: &str| text(meta.and_then(|meta| meta.get(name)));
    (text(value.get("kind")), of_meta("namespace"), of_meta("name"))
}

/// A problem and whose it is.
struct Told {
    file: String,
    resource: Option<Identity>,
    problem: Problem,
}

/// A resource that is not ours.
struct Foreign {
    file: String,
    at: Position,
    api_version: String,
    kind: String,
}

#[derive(Default)]
struct Report {
    files: usize,
    good: usize,
    refused: usize,
    foreign: Vec<Foreign>,
    told: Vec<Told>,
    unreadable: Vec<(String, String)>,
}

impl Report {
    fn verdict(&self) -> Verdict {
        match (self.unreadable.is_empty(), self.told.is_empty()) {
            (false, _) => Verdict::Unreadable,
            (true, false) => Verdict::Refused,
            (true, true) => Verdict::Good,
        }
    }

    /// Files with their content, in the order in which they were named, folders by name.
    fn open(&mut self, paths: &[PathBuf], input: &mut Option<impl Read>) -> Vec<(String, Vec<u8>)> {
        let mut opened = Vec::new();
        for path in paths {
            if path.as_os_str() == "-" {
                match input.take().map(read_bounded) {
                    Some(Ok(bytes)) => opened.push(("-".to_owned(), bytes)),
                    Some(Err(error)) => self.unreadable.push(("-".to_owned(), error.to_string())),
                    None => {}
                }
                continue;
            }
            let mut found = Vec::new();
            match list(path, true, &mut found) {
                Err((path, error)) => self.unreadable.push((shown(&path), error.to_string())),
                // Nothing was judged where something was meant to be: that must not look like success.
                Ok(()) if found.is_empty() => {
                    self.unreadable.push((shown(path), "it holds no *.yaml, *.yml or *.json".to_owned()));
                }
                Ok(()) => {}
            }
            for path in found {
                match fs::File::open(&path).and_then(read_bounded) {
                    Ok(bytes) => opened.push((shown(&path), bytes)),
                    Err(error) => self.unreadable.push((shown(&path), error.to_string())),
                }
            }
        }
        opened
    }

    /// What the cluster has now, as far as it can be read.
    fn earlier(&mut self, paths: &[PathBuf], input: &mut Option<impl Read>) -> BTreeMap<Identity, Document> {
        let mut was = BTreeMap::new();
        for (file, bytes) in self.open(paths, input) {
            for document in admit::read(&bytes) {
                match document {
                    Ok(document) => {
                        was.insert(identity(&document.value()), document);
                    }
                    Err(error) => self.tell(&file, None, vec![error.into()]),
                }
            }
        }
        was
    }

    fn file(&mut self, kinds: &Kinds, file: &str, bytes: &[u8], was: &BTreeMap<Identity, Document>) {
        for document in admit::read(bytes) {
            let (resource, problems) = match document {
                Err(error) => (None, vec![error.into()]),
                Ok(document) => match kinds.find(&document) {
                    Found::Foreign { api_version, kind } => {
                        let at = document.at();
                        self.foreign.push(Foreign { file: file.to_owned(), at, api_version, kind });
                        continue;
                    }
                    Found::Wrong(problem) => (None, vec![problem]),
                    Found::Ours(model) => {
                        let resource = identity(&document.value());
                        let problems = model.judge(&document, was.get(&resource));
                        (Some(resource), problems)
                    }
                },
            };
            if problems.is_empty() {
                self.good += 1;
            } else {
                self.refused += 1;
            }
            self.tell(file, resource.as_ref(), problems);
        }
    }

    fn tell(&mut self, file: &str, resource: Option<&Identity>, problems: Vec<Problem>) {
        let told = |problem| Told { file: file.to_owned(), resource: resource.cloned(), problem };
        self.told.extend(problems.into_iter().map(told));
    }

    /// Whatever comes from a file is made harmless: it must not reach the terminal as it is.
    fn text(&self, mut out: impl Write) -> io::Result<()> {
        let (place, help, dim) = (Style::new().bold(), AnsiColor::Cyan.on_default(), Style::new().dimmed());
        for (file, error) in &self.unreadable {
            let red = AnsiColor::Red.on_default();
            writeln!(out, "{place}{}{place:#}: {red}cannot be read: {error}{red:#}", screen::whole(file))?;
        }
        for Told { file, problem, .. } in &self.told {
            let Problem { at, text, .. } = problem;
            let (file, text) = (screen::whole(file), screen::whole(text));
            let by = if problem.by == By::Operator { "the operator will refuse it: " } else { "" };
            writeln!(out, "{place}{file}:{}:{}:{place:#} {by}{text}", at.line, at.column)?;
            if let Some(remedy) = &problem.remedy {
                writeln!(out, "    {help}help:{help:#} {}", screen::whole(remedy))?;
            }
        }
        for Foreign { file, at, api_version, kind } in &self.foreign {
            let (file, what) = (screen::whole(file), screen::whole(&format!("{kind} of {api_version}")));
            writeln!(out, "{dim}{file}:{}:{}: not checked: {what}{dim:#}", at.line, at.column)?;
        }
        let end = if self.verdict() == Verdict::Good { AnsiColor::Green } else { AnsiColor::Red };
        let end = end.on_default();
        writeln!(out, "{end}{}{end:#}", self.sum())?;
        out.flush()
    }

    /// `3 files, 10 resources: 9 good, 1 refused`.
    fn sum(&self) -> String {
        let many =
            |number: usize, what: &str| format!("{number} {what}{}", if number == 1 { "" } else { "s" });
        let all = self.good + self.refused + self.foreign.len();
        let mut sum = format!("{}, {}: {} good", many(self.files, "file"), many(all, "resource"), self.good);
        let parts = [(self.refused, "refused"), (self.foreign.len(), "not checked")];
        sum.extend(
            parts.iter().filter(|(number, _)| *number > 0).map(|(number, what)| format!(", {number} {what}")),
        );
        if !self.unreadable.is_empty() {
            sum.extend(["; ", &many(self.unreadable.len(), "file"), " cannot be read"]);
        }
        sum
    }

    fn json(&self, mut out: impl Write) -> io::Result<()> {
        let problem = |told: &Told| {
            let Told { file, resource, problem } = told;
            let (kind, namespace, name) = resource.clone().unwrap_or_default();
            let by = match problem.by {
                By::Reader => "reader",
                By::Server => "server",
                By::Operator => "operator",
            };
            json!({
                "file": file, "line": problem.at.line, "column": problem.at.column, "by": by,
                "kind": kind, "namespace": namespace, "name": name,
                "field": problem.field, "message": problem.text, "help": problem.remedy,
            })
        };
        let foreign = |foreign: &Foreign| {
            let Foreign { file, at, api_version, kind } = foreign;
            json!({
                "file": file, "line": at.line, "column": at.column, "apiVersion": api_version, "kind": kind,
            })
        };
        let unreadable = |(file, error): &(String, String)| json!({"file": file, "error": error});
        let report = json!({
            "files": self.files,
            "good": self.good,
            "refused": self.refused,
            "notChecked": self.foreign.iter().map(foreign).collect::<Vec<_>>(),
            "problems": self.told.iter().map(problem).collect::<Vec<_>>(),
            "unreadable": self.unreadable.iter().map(unreadable).collect::<Vec<_>>(),
        });
        writeln!(out, "{report:#}")?;
        out.flush()
    }
}

/// One byte more than what is judged, so that longer files are known as such and never fill the memory.
fn read_bounded(from: impl Read) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    from.take(MAX_BYTES as u64 + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// A file as it is named; of a folder, what looks like resources. Links to folders within folders are not followed,
/// since they may lead back.
fn list(path: &Path, named: bool, found: &mut Vec<PathBuf>) -> Result<(), (PathBuf, io::Error)> {
    let fail = |error| (path.to_owned(), error);
    let is_folder = if named { path.is_dir() } else { fs::symlink_metadata(path).map_err(fail)?.is_dir() };
    if is_folder {
        let entries = fs::read_dir(path).map_err(fail)?.collect::<io::Result<Vec<_>>>().map_err(fail)?;
        let mut below: Vec<PathBuf> = entries.iter().map(fs::DirEntry::path).collect();
        below.sort();
        return below.iter().try_for_each(|path| list(path, false, found));
    }
    let looks_right = path
        .extension()
        .is_some_and(|end| ["yaml", "yml", "json"].iter().any(|known| end.eq_ignore_ascii_case(known)));
    if named || (looks_right && path.is_file()) {
        found.push(path.to_owned());
    }
    Ok(())
}

fn shown(path: &Path) -> String {
    path.display().to_string()
}
