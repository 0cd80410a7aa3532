//! Text to documents, each value and each key with its line and column.
//!
//! A file is cut at its `---` and `...` lines before anything is parsed, as kubectl does, so that a broken
//! document costs only itself. YAML means what it means to kubectl ([`scalar`]), anchors, aliases and merge keys
//! included; JSON is read by the same way, and so are several JSON objects behind each other. Lists of
//! `kind: List` are taken apart. Empty documents are skipped.
//!
//! Stricter than kubectl: a key given twice, and anything behind `...` that no `---` introduces, are errors,
//! where kubectl drops the first without a word. Deliberately absent: what the documents mean.

use std::{borrow::Cow, collections::BTreeMap, ops::Range};

use serde_json::{Map, Number, Value};
use serde_saphyr::granit_parser::{Event, Options, Parser, ScalarStyle, ScanError, Span, StrInput, Tag};

use super::{
    position::{Position, Step, Way},
    scalar::{self, Scalar},
};

/// Longer files are refused: the server takes 3 MiB in one request.
pub const MAX_BYTES: usize = 4 << 20;
/// Values of one document, those that aliases repeat included.
const MAX_VALUES: usize = 100_000;
/// Levels of lists and maps.
const MAX_DEPTH: usize = 64;

/// A text that cannot be read, or a document in it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{text}")]
pub struct ReadError {
    /// Where.
    pub at: Position,
    /// What was expected.
    pub text: String,
    /// How to mend it.
    pub remedy: Option<String>,
}

impl ReadError {
    fn new(at: Position, text: impl Into<String>) -> Self {
        Self { at, text: text.into(), remedy: None }
    }

    fn remedy(self, remedy: impl Into<String>) -> Self {
        Self { remedy: Some(remedy.into()), ..self }
    }
}

/// One document, or one item of a list.
#[derive(Debug, Clone, PartialEq)]
pub struct Document {
    root: Node,
}

/// A value and where it stands.
#[derive(Debug, Clone, PartialEq)]
struct Node {
    at: Position,
    value: Content,
}

#[derive(Debug, Clone, PartialEq)]
enum Content {
    Plain(Value),
    List(Vec<Node>),
    Map(Vec<Entry>),
}

#[derive(Debug, Clone, PartialEq)]
struct Entry {
    key: String,
    at: Position,
    value: Node,
}

impl Document {
    /// Without positions.
    pub fn value(&self) -> Value {
        self.root.plain()
    }

    /// Where it begins.
    pub fn at(&self) -> Position {
        self.root.at
    }

    /// Where a value stands: the value itself if it is on one line, else its key. Where it is missing,
    /// that is the nearest thing around it.
    pub fn find(&self, way: &Way) -> Position {
        let (key, value) = self.walk(way);
        match value.value {
            Content::Plain(_) => value.at,
            Content::List(_) | Content::Map(_) => key,
        }
    }

    /// Where the key of a value stands.
    pub fn find_key(&self, way: &Way) -> Position {
        self.walk(way).0
    }

    fn walk(&self, way: &Way) -> (Position, &Node) {
        let (mut key, mut node) = (self.root.at, &self.root);
        for step in way.steps() {
            let next = match (step, &node.value) {
                (Step::Field(name) | Step::Key(name), Content::Map(entries)) => {
                    entries.iter().find(|entry| entry.key == *name).map(|entry| (entry.at, &entry.value))
                }
                (Step::Item(index), Content::List(items)) => items.get(*index).map(|item| (item.at, item)),
                _ => None,
            };
            match next {
                Some(found) => (key, node) = found,
                None => break,
            }
        }
        (key, node)
    }

    /// The items of a list of kubectl's, or the document itself.
    fn taken_apart(self) -> Vec<Self> {
        let value = |name: &str| self.root.entry(name).map(|entry| entry.value.plain());
        let is_list = value("apiVersion") == Some("v1".into()) && value("kind") == Some("List".into());
        match self.root.entry("items").map(|entry| &entry.value.value) {
            Some(Content::List(items)) if is_list => {
                items.iter().flat_map(|item| Self { root: item.clone() }.taken_apart()).collect()
            }
            _ => vec![self],
        }
    }
}

impl Node {
    fn plain(&self) -> Value {
        match &self.value {
            Content::Plain(value) => value.clone(),
            Content::List(items) => Value::Array(items.iter().map(Self::plain).collect()),
            Content::Map(entries) => {
                let pairs = entries.iter().map(|entry| (entry.key.clone(), entry.value.plain()));
                Value::Object(pairs.collect::<Map<_, _>>())
            }
        }
    }

    fn entry(&self, name: &str) -> Option<&Entry> {
        match &self.value {
            Content::Map(entries) => entries.iter().find(|entry| entry.key == name),
            _ => None,
        }
    }

    /// How many values it has, itself included, and how many levels.
    fn extent(&self) -> (usize, usize) {
        let children: Vec<(usize, usize)> = match &self.value {
            Content::Plain(_) => Vec::new(),
            Content::List(items) => items.iter().map(Self::extent).collect(),
            Content::Map(entries) => entries.iter().map(|entry| entry.value.extent()).collect(),
        };
        let levels = children.iter().map(|(_, levels)| levels + 1).max().unwrap_or(0);
        (1 + children.iter().map(|(values, _)| values).sum::<usize>(), levels)
    }
}

/// The documents of a file, in order.
pub fn read(bytes: &[u8]) -> Vec<Result<Document, ReadError>> {
    if bytes.len() > MAX_BYTES {
        let text = format!("expected at most {} MiB, found {} bytes", MAX_BYTES >> 20, bytes.len());
        return vec![Err(ReadError::new(Position::START, text).remedy("split the file"))];
    }
    let text = match std::str::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) => return vec![Err(not_text(bytes, error.valid_up_to()))],
    };
    let mut read = Vec::new();
    for piece in pieces(text.strip_prefix('\u{feff}').unwrap_or(text)) {
        match piece.and_then(|piece| parse(&piece)) {
            Ok(Some(document)) => read.extend(document.taken_apart().into_iter().map(Ok)),
            Ok(None) => {}
            Err(error) => read.push(Err(error)),
        }
    }
    read
}

fn not_text(bytes: &[u8], valid: usize) -> ReadError {
    let before = String::from_utf8_lossy(&bytes[..valid]);
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().map_or(0, |last| last.chars().count()) + 1;
    let error = ReadError::new(Position { line, column }, "expected UTF-8, found another encoding");
    error.remedy("save the file as UTF-8")
}

/// The text of one document, and where it begins.
#[derive(Debug, Clone)]
struct Piece<'a> {
    start: Position,
    text: Cow<'a, str>,
}

impl Piece<'_> {
    /// A position within the piece as one within the file.
    fn place(&self, line: usize, column: usize) -> Position {
        let shift = if line == 1 { self.start.column - 1 } else { 0 };
        Position { line: line + self.start.line - 1, column: column + shift }
    }
}

/// A `...` ends a document and only a `---` begins the next.
fn pieces(text: &str) -> Vec<Result<Piece<'_>, ReadError>> {
    let mut found = Vec::new();
    let (mut begin, mut begin_line, mut ended) = (0, 1, false);
    let mut offset = 0;
    for (number, line) in text.split_inclusive('\n').enumerate() {
        let line_number = number + 1;
        let next = offset + line.len();
        let marks_end = line.strip_prefix("...").is_some_and(|rest| rest.trim().is_empty());
        if let Some(behind) = line.strip_prefix("---") {
            take(text, begin..offset, begin_line, &mut found);
            if !blank(behind) {
                let error = ReadError::new(
                    Position { line: line_number, column: 4 },
                    "expected a new line behind `---`",
                );
                found.push(Err(error.remedy("kubectl reads nothing on this line")));
            }
            (begin, begin_line, ended) = (next, line_number + 1, false);
        } else if marks_end {
            take(text, begin..offset, begin_line, &mut found);
            (begin, begin_line, ended) = (next, line_number + 1, true);
        } else if ended && !blank(line) {
            let error =
                ReadError::new(Position { line: line_number, column: 1 }, "expected `---` behind the `...`");
            found.push(Err(error.remedy("kubectl drops what stands here: begin the document with `---`")));
            ended = false;
        }
        offset = next;
    }
    take(text, begin..text.len(), begin_line, &mut found);
    found
}

fn blank(line: &str) -> bool {
    line.trim().is_empty() || line.trim_start().starts_with('#')
}

fn take<'a>(text: &'a str, range: Range<usize>, line: usize, found: &mut Vec<Result<Piece<'a>, ReadError>>) {
    let piece = Piece { start: Position { line, column: 1 }, text: (&text[range]).into() };
    if piece.text.lines().all(blank) {
        return;
    }
    match objects(&piece) {
        Some(objects) => found.extend(objects.into_iter().map(Ok)),
        None => found.push(Ok(piece)),
    }
}

/// JSON objects behind each other. A tab is a blank in JSON, and never stands within a text.
fn objects<'a>(piece: &Piece<'a>) -> Option<Vec<Piece<'a>>> {
    if !piece.text.trim_start().starts_with('{') {
        return None;
    }
    let mut stream = serde_json::Deserializer::from_str(&piece.text).into_iter::<serde::de::IgnoredAny>();
    let (mut found, mut from, mut start) = (Vec::new(), 0, piece.start);
    while let Some(object) = stream.next() {
        object.ok()?;
        let to = stream.byte_offset();
        let text = &piece.text[from..to];
        found.push(Piece { start, text: text.replace('\t', " ").into() });
        for letter in text.chars() {
            start = match letter {
                '\n' => Position { line: start.line + 1, column: 1 },
                _ => Position { column: start.column + 1, ..start },
            };
        }
        from = to;
    }
    Some(found)
}

fn parse(piece: &Piece<'_>) -> Result<Option<Document>, ReadError> {
    let mut options = Options::default();
    options.emit_comments = false;
    options.emit_unresolved_aliases = true;
    options.block_nesting_limit = MAX_DEPTH;
    options.flow_nesting_limit = MAX_DEPTH;
    let parser = Parser::new_from_str_with_options(&piece.text, options);
    let mut builder = Builder { piece, events: parser, anchors: BTreeMap::new(), left: MAX_VALUES };
    let root = builder.root()?;
    let nothing = root.as_ref().is_none_or(|root| root.value == Content::Plain(Value::Null));
    Ok(root.filter(|_| !nothing).map(|root| Document { root }))
}

struct Builder<'a> {
    piece: &'a Piece<'a>,
    events: Parser<'a, StrInput<'a>>,
    /// What an alias stands for; none while it is still being read.
    anchors: BTreeMap<usize, Option<Node>>,
    /// Values that may still follow.
    left: usize,
}

impl<'a> Builder<'a> {
    fn next(&mut self) -> Result<(Event<'a>, Span), ReadError> {
        match self.events.next() {
            Some(Ok(found)) => Ok(found),
            Some(Err(error)) => Err(self.broken(&error)),
            None => Ok((Event::StreamEnd, Span::default())),
        }
    }

    fn root(&mut self) -> Result<Option<Node>, ReadError> {
        let mut root = None;
        loop {
            let (event, span) = self.next()?;
            match event {
                Event::StreamStart | Event::DocumentEnd => {}
                Event::StreamEnd => return Ok(root),
                Event::DocumentStart(..) if root.is_none() => {
                    let first = self.next()?;
                    root = Some(self.node(first, 0)?);
                }
                _ => return Err(ReadError::new(self.at(&span), "expected one document, found another")),
            }
        }
    }

    fn node(&mut self, (event, span): (Event<'a>, Span), depth: usize) -> Result<Node, ReadError> {
        let at = self.at(&span);
        self.left = self.left.checked_sub(1).ok_or_else(|| too_many(at))?;
        if depth > MAX_DEPTH {
            return Err(too_deep(at));
        }
        let (anchor, value) = match event {
            Event::Scalar(text, style, anchor, tag) => {
                (anchor, Content::Plain(plain_value(&text, style, tag.as_deref(), at)?))
            }
            Event::SequenceStart(_, anchor, tag) => {
                untagged(tag.as_deref(), "seq", at)?;
                self.opens(anchor);
                (anchor, self.list(depth)?)
            }
            Event::MappingStart(_, anchor, tag) => {
                untagged(tag.as_deref(), "map", at)?;
                self.opens(anchor);
                (anchor, self.map(depth)?)
            }
            Event::Alias(anchor) => return self.alias(anchor, at, depth),
            Event::UnresolvedAlias(name) => {
                return Err(ReadError::new(at, format!("expected an anchor `&{name}` before this alias")));
            }
            _ => return Err(ReadError::new(at, "expected a value")),
        };
        let node = Node { at, value };
        if anchor != 0 {
            self.anchors.insert(anchor, Some(node.clone()));
        }
        Ok(node)
    }

    /// Until it is closed, an alias of it would contain itself.
    fn opens(&mut self, anchor: usize) {
        if anchor != 0 {
            self.anchors.insert(anchor, None);
        }
    }

    fn alias(&mut self, anchor: usize, at: Position, depth: usize) -> Result<Node, ReadError> {
        let Some(Some(node)) = self.anchors.get(&anchor) else {
            return Err(ReadError::new(at, "expected an alias of something that does not contain it"));
        };
        let (values, levels) = node.extent();
        self.left = self.left.checked_sub(values).ok_or_else(|| too_many(at))?;
        if depth + levels > MAX_DEPTH {
            return Err(too_deep(at));
        }
        Ok(node.clone())
    }

    fn list(&mut self, depth: usize) -> Result<Content, ReadError> {
        let mut items = Vec::new();
        loop {
            match self.next()? {
                (Event::SequenceEnd, _) => return Ok(Content::List(items)),
                found => items.push(self.node(found, depth + 1)?),
            }
        }
    }

    fn map(&mut self, depth: usize) -> Result<Content, ReadError> {
        let mut entries = Entries::default();
        loop {
            let (event, span) = self.next()?;
            let at = self.at(&span);
            match event {
                Event::MappingEnd => return Ok(Content::Map(entries.entries)),
                Event::Scalar(ref text, ScalarStyle::Plain, _, None) if text == "<<" => {
                    let found = self.next()?;
                    let value = self.node(found, depth + 1)?;
                    entries.merge(value)?;
                }
                event => {
                    let key = key(&self.node((event, span), depth + 1)?)?;
                    let found = self.next()?;
                    let value = self.node(found, depth + 1)?;
                    entries.add(Entry { key, at, value })?;
                }
            }
        }
    }

    fn at(&self, span: &Span) -> Position {
        self.piece.place(span.start.line(), span.start.col() + 1)
    }

    fn broken(&self, error: &ScanError) -> ReadError {
        let (line, column) = (error.marker().line(), error.marker().col() + 1);
        if let Some(found) = self.tab_near(line) {
            return found;
        }
        ReadError::new(self.piece.place(line, column), format!("expected YAML: {}", error.info()))
    }

    /// The parser stumbles over a tab in its line or beside it; people should hear of the tab.
    fn tab_near(&self, line: usize) -> Option<ReadError> {
        let lines = self.piece.text.lines().enumerate().skip(line.saturating_sub(2)).take(3);
        let tabs = lines.filter_map(|(index, line)| {
            let indentation = line.len() - line.trim_start().len();
            line[..indentation].find('\t').map(|column| self.piece.place(index + 1, column + 1))
        });
        let error = |at| ReadError::new(at, "expected blanks for indentation, found a tab");
        tabs.last().map(|at| error(at).remedy("replace the tab by blanks"))
    }
}

fn plain_value(text: &str, style: ScalarStyle, tag: Option<&Tag>, at: Position) -> Result<Value, ReadError> {
    let is = |name: &str| tag.is_some_and(|tag| tag.is_yaml_core_schema_tag(name));
    if is("str") || (tag.is_none() && style != ScalarStyle::Plain) {
        return Ok(text.into());
    }
    let meant = scalar::plain(text).map_err(|scalar::Endless| {
        ReadError::new(at, format!("expected a number that JSON has, found `{text}`"))
    })?;
    let named = match &meant {
        Scalar::Null => "null",
        Scalar::Bool(_) => "bool",
        Scalar::Int(_) => "int",
        Scalar::Float(_) => "float",
        Scalar::Text => "str",
    };
    if tag.is_some() && !is(named) && !(is("float") && named == "int") {
        return Err(ReadError::new(at, "expected no tag, or one that fits the value"));
    }
    Ok(match meant {
        Scalar::Null => Value::Null,
        Scalar::Bool(value) => value.into(),
        Scalar::Int(value) => value.into(),
        Scalar::Float(value) => Number::from_f64(value).map_or(Value::Null, Value::Number),
        Scalar::Text => text.into(),
    })
}

fn too_deep(at: Position) -> ReadError {
    ReadError::new(at, format!("expected at most {MAX_DEPTH} levels of lists and maps"))
}

fn too_many(at: Position) -> ReadError {
    ReadError::new(at, format!("expected at most {MAX_VALUES} values, those repeated by aliases included"))
}

fn untagged(tag: Option<&Tag>, fits: &str, at: Position) -> Result<(), ReadError> {
    match tag {
        Some(tag) if !tag.is_yaml_core_schema_tag(fits) => {
            Err(ReadError::new(at, "expected no tag, or one that fits the value"))
        }
        _ => Ok(()),
    }
}

/// Keys are texts in JSON; numbers and booleans become theirs.
fn key(node: &Node) -> Result<String, ReadError> {
    match &node.value {
        Content::Plain(Value::String(text)) => Ok(text.clone()),
        Content::Plain(Value::Null) => Err(ReadError::new(node.at, "expected a key, found nothing")),
        Content::Plain(Value::Number(number)) if number.is_f64() => {
            Ok(super::go::number(number.as_f64().unwrap_or_default()))
        }
        Content::Plain(value) => Ok(value.to_string()),
        _ => Err(ReadError::new(node.at, "expected a key that is a word")),
    }
}

/// The fields of a map while it is read: what stands there may appear once, what is merged is overwritten,
/// and overwrites in its turn when it comes later, as for kubectl.
#[derive(Default)]
struct Entries {
    entries: Vec<Entry>,
    /// Where each key is among them, and in which line it stands itself.
    known: BTreeMap<String, (usize, Option<usize>)>,
}

impl Entries {
    fn add(&mut self, entry: Entry) -> Result<(), ReadError> {
        if let Some((_, Some(line))) = self.known.get(&entry.key) {
            let text = format!("expected each key once, `{}` is already in line {line}", entry.key);
            return Err(ReadError::new(entry.at, text).remedy("remove one of the two"));
        }
        let line = Some(entry.at.line);
        self.put(entry, line);
        Ok(())
    }

    fn put(&mut self, entry: Entry, line: Option<usize>) {
        let next = self.entries.len();
        let (index, own) = self.known.entry(entry.key.clone()).or_insert((next, None));
        *own = own.or(line);
        match self.entries.get_mut(*index) {
            Some(known) => *known = entry,
            None => self.entries.push(entry),
        }
    }

    /// Of several maps the first wins.
    fn merge(&mut self, node: Node) -> Result<(), ReadError> {
        let at = node.at;
        let wrong = || ReadError::new(at, "expected a map, or a list of maps, behind `<<`");
        match node.value {
            Content::Map(entries) => {
                for entry in entries {
                    self.put(entry, None);
                }
                Ok(())
            }
            Content::List(items) => items.into_iter().rev().try_for_each(|item| match item.value {
                Content::Map(_) => self.merge(item),
                _ => Err(wrong()),
            }),
            Content::Plain(_) => Err(wrong()),
        }
    }
}
