//! Makes objects from a schema: as small as they can be but for the lists that are wanted, which are full of items
//! that are as long as they can be.

use regex::Regex;
use serde_json::{Map, Value, json};

/// Longer texts than this make objects larger than a cluster stores, and rules hardly dearer.
const LONGEST: u64 = 253;
/// Where all lists are full at once, even these are many.
const LONGEST_OF_ALL: u64 = 24;

/// Where a list is: names of fields, `[]` for the items of a list on the way.
#[derive(Clone)]
pub(super) struct List {
    path: Vec<String>,
    /// How many different items it can have.
    pub(super) most: usize,
}

/// All lists below a schema.
pub(super) fn lists(schema: &Value) -> Vec<List> {
    let mut found = Vec::new();
    collect(schema, &mut Vec::new(), &mut found);
    found
}

fn collect(schema: &Value, path: &mut Vec<String>, found: &mut Vec<List>) {
    for (name, field) in schema["properties"].as_object().into_iter().flatten() {
        path.push(name.clone());
        collect(field, path, found);
        path.pop();
    }
    if let Some(items) = schema.get("items") {
        found.push(List { path: path.clone(), most: most(schema) });
        path.push("[]".to_owned());
        collect(items, path, found);
        path.pop();
    }
}

/// Its bound, or as many as there are words where items must differ.
fn most(list: &Value) -> usize {
    let bound = usize::try_from(list["maxItems"].as_u64().unwrap()).unwrap();
    let words = |schema: &Value| schema["enum"].as_array().map_or(usize::MAX, Vec::len);
    let different = match list["x-kubernetes-list-type"].as_str().unwrap() {
        "set" => words(&list["items"]),
        "map" => {
            let keys = list["x-kubernetes-list-map-keys"].as_array().unwrap();
            keys.iter()
                .map(|key| words(&list["items"]["properties"][key.as_str().unwrap()]))
                .fold(1, usize::saturating_mul)
        }
        _ => usize::MAX,
    };
    bound.min(different)
}

impl List {
    pub(super) fn name(&self) -> String {
        self.path.join(".")
    }

    /// How long it is in something that was made.
    pub(super) fn length(&self, made: &Value) -> usize {
        let step = |value: &'_ Value, name: &String| {
            if name == "[]" { value[0].clone() } else { value[name].clone() }
        };
        let found = self.path.iter().fold(made.clone(), |value, name| step(&value, name));
        found.as_array().map_or(0, Vec::len)
    }
}

/// Which lists are full.
#[derive(Clone, Copy)]
enum Wanted<'a> {
    One(&'a [String]),
    All,
    None,
}

impl Wanted<'_> {
    /// What is wanted below a field, or below the items of a list.
    fn below(self, name: &str) -> Self {
        match self {
            Self::One([first, rest @ ..]) if first == name => Self::One(rest),
            Self::All => Self::All,
            Self::One(_) | Self::None => Self::None,
        }
    }

    fn goes_through(self, name: &str, field: &Value) -> bool {
        match self {
            Self::One([first, ..]) => first == name,
            Self::All => has_lists(field),
            Self::One([]) | Self::None => false,
        }
    }
}

fn has_lists(schema: &Value) -> bool {
    let below = schema["properties"].as_object().into_iter().flat_map(|fields| fields.values());
    schema.get("items").is_some() || below.into_iter().any(has_lists)
}

pub(super) struct Maker<'a> {
    wanted: Wanted<'a>,
    longest: u64,
}

impl<'a> Maker<'a> {
    pub(super) fn of(list: &'a List) -> Self {
        Self { wanted: Wanted::One(&list.path), longest: LONGEST }
    }

    pub(super) fn of_all() -> Maker<'static> {
        Maker { wanted: Wanted::All, longest: LONGEST_OF_ALL }
    }

    pub(super) fn of_none() -> Maker<'static> {
        Maker { wanted: Wanted::None, longest: LONGEST }
    }

    pub(super) fn make(&self, schema: &Value) -> Value {
        self.value(schema, self.wanted, "", 0)
    }

    fn value(&self, schema: &Value, wanted: Wanted<'_>, field: &str, number: usize) -> Value {
        if let Some(words) = schema["enum"].as_array() {
            return words[number % words.len()].clone();
        }
        match schema["type"].as_str().unwrap() {
            "object" => self.object(schema, wanted, number),
            "array" => self.list(schema, wanted, field),
            "string" => self.text(schema, field, number).into(),
            "integer" => {
                let least = schema["minimum"].as_i64().unwrap_or(0);
                let most = schema["maximum"].as_i64().unwrap_or(i64::MAX);
                (least + i64::try_from(number).unwrap()).min(most).into()
            }
            "boolean" => true.into(),
            other => panic!("{field}: what is {other}?"),
        }
    }

    fn list(&self, schema: &Value, wanted: Wanted<'_>, field: &str) -> Value {
        if field == "tiers" && schema["items"]["properties"].get("after").is_some() {
            return json!([{"name": "Hot", "after": "1s"}, {"name": "Warm", "after": "999999s"}, {"name": "Cold", "after": "999999w"}]);
        }
        let length = match wanted {
            Wanted::None => usize::try_from(schema["minItems"].as_u64().unwrap_or(0)).unwrap().max(1),
            Wanted::One(_) | Wanted::All => most(schema),
        };
        (0..length).map(|item| self.value(&schema["items"], wanted.below("[]"), field, item)).collect()
    }

    fn object(&self, schema: &Value, wanted: Wanted<'_>, number: usize) -> Value {
        let nothing = Map::new();
        let fields = schema["properties"].as_object().unwrap_or(&nothing);
        let required: Vec<&str> =
            schema["required"].as_array().into_iter().flatten().map(|name| name.as_str().unwrap()).collect();
        let mut chosen: Vec<&str> = fields
            .iter()
            .filter(|(name, field)| required.contains(&name.as_str()) || wanted.goes_through(name, field))
            .map(|(name, _)| name.as_str())
            .collect();
        for alternatives in alternatives(schema) {
            let kept = alternatives.names.iter().find(|name| chosen.contains(&name.as_str())).cloned();
            let kept =
                kept.or_else(|| alternatives.names.first().cloned().filter(|_| alternatives.is_needed));
            chosen.retain(|name| !alternatives.names.iter().any(|other| other == name));
            let known = fields.keys().map(String::as_str);
            chosen.extend(known.filter(|name| kept.as_deref() == Some(*name)));
        }
        let made = chosen
            .into_iter()
            .map(|name| (name.to_owned(), self.value(&fields[name], wanted.below(name), name, number)));
        let mut made: Map<String, Value> = made.collect();
        obey(fields, &mut made);
        made.into()
    }

    /// As long as it can be, different by its number, and different between fields.
    fn text(&self, schema: &Value, field: &str, number: usize) -> String {
        if schema["format"] == "date-time" {
            return "2026-03-01T10:15:00Z".to_owned();
        }
        let longest = schema["maxLength"].as_u64().unwrap_or(u64::MAX).min(self.longest);
        let width = usize::try_from(longest).unwrap() - 1;
        let letter = char::from(b'a' + field.bytes().fold(0, |sum: u8, byte| sum.wrapping_add(byte)) % 26);
        let candidates = [
            format!("{letter}{number:0width$}"),
            format!("{}{number:0width$}", letter.to_ascii_uppercase()),
            format!("{}d", number + 1),
            format!("{}Gi", number + 1),
            format!("{}", number % 100),
            "* * * * *".to_owned(),
            format!("https://{number}.example"),
        ];
        let least = schema["minLength"].as_u64().unwrap_or(0);
        let pattern = Regex::new(schema["pattern"].as_str().unwrap_or("")).unwrap();
        let fits = |text: &String| {
            let length = text.len() as u64;
            (least..=longest).contains(&length) && pattern.is_match(text)
        };
        candidates.into_iter().find(fits).unwrap_or_else(|| panic!("{field}: nothing fits {schema}"))
    }
}

/// Fields of which exactly or at most one is set.
struct Alternatives {
    names: Vec<String>,
    is_needed: bool,
}

/// As the messages of the rules say.
fn alternatives(schema: &Value) -> impl Iterator<Item = Alternatives> {
    let rules = schema["x-kubernetes-validations"].as_array().into_iter().flatten();
    rules.filter_map(|rule| {
        let message = rule["message"].as_str()?;
        let (names, is_needed) = match message.strip_prefix("exactly one of ") {
            Some(rest) => (rest.strip_suffix(" has to be set")?, true),
            None => (message.strip_prefix("at most one of ")?.strip_suffix(" can be set")?, false),
        };
        let names = names.replace(" and ", ", ").split(", ").map(str::to_owned).collect();
        Some(Alternatives { names, is_needed })
    })
}

/// What the other rules want beside the lists.
fn obey(fields: &Map<String, Value>, made: &mut Map<String, Value>) {
    let knows = |names: &[&str]| names.iter().all(|name| fields.contains_key(*name));
    if knows(&["operator", "values"]) {
        made.insert("operator".to_owned(), json!("In"));
        made.entry("values").or_insert_with(|| json!(["a"]));
    }
    if knows(&["operator", "tolerationSeconds"]) {
        made.insert("operator".to_owned(), json!("Exists"));
    }
    if knows(&["namespaces", "services", "levels"]) && made.is_empty() {
        made.insert("query".to_owned(), json!("level:ERROR"));
    }
    if knows(&["deleteAfter", "match"]) && !made.contains_key("tiers") {
        made.insert("deleteAfter".to_owned(), json!("1d"));
    }
    if knows(&["podSelector", "namespaceSelector"]) && made.keys().any(|name| name.ends_with("Selector")) {
        made.insert("mode".to_owned(), json!("Selector"));
        made.entry("podSelector").or_insert_with(|| json!({}));
    }
    if knows(&["from", "selector"]) {
        made.insert("from".to_owned(), json!(if made.contains_key("selector") { "Selector" } else { "All" }));
    }
    if knows(&["version", "compatibleWith"]) {
        made.insert("version".to_owned(), json!(1_000));
    }
}
