//! The names of fields: what people write, what it is called in queries, and where a record keeps it.
//!
//! [`FIELDS`] is the one table. A name that is not in it is an attribute by that name; dots reach into maps.
//! `attributes.` and `resource.` in front say the place, so a name of the table behind them is an attribute's too.
//! [`Field::value`] is the definition of what a field's values are: whoever stores columns stores these.

use std::{
    borrow::Cow,
    fmt,
    hash::{Hash, Hasher},
};

use sawlog_record::{ValueRef, View};

/// Longer names are nobody's.
pub const MAX_NAME: usize = 256;

/// Where a record keeps something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Place {
    /// The body.
    Message,
    /// The severity as a number.
    Level,
    /// The severity in its author's words, or the attributes by any of the field's names.
    LevelText,
    /// Event time, or the observed time where there is none.
    Time,
    /// When the agent saw it.
    Observed,
    /// The trace id, in hex, or the attributes by any of the field's names.
    Trace,
    /// The span id, in hex, or the attributes by any of the field's names.
    Span,
    /// The name of the scope: usually a logger; or the attributes by any of the field's names.
    Scope,
    /// The resource by this name, then the attributes by it, then those by any other of the field's names.
    Resource(&'static str),
    /// The attributes by the field's own name, then the resource.
    Attribute,
    /// The attributes by what is behind `attributes.`, then whatever the whole name is as [`Self::Attribute`].
    OfAttributes,
    /// The resource by what is behind `resource.`, then whatever the whole name is as [`Self::Attribute`].
    OfResource,
}

/// A field that has a name of its own.
#[derive(Debug)]
pub struct Known {
    /// Its name in normal forms.
    pub name: &'static str,
    /// Other names for it.
    pub aliases: &'static [&'static str],
    /// Where it is kept.
    pub place: Place,
}

#[rustfmt::skip]
/// All fields with names of their own.
pub const FIELDS: &[Known] = &[
    Known { name: "message", aliases: &["msg", "body"], place: Place::Message },
    Known { name: "level", aliases: &["severity", "lvl", "loglevel", "log.level"], place: Place::Level },
    Known { name: "level_text", aliases: &["severity_text"], place: Place::LevelText },
    Known { name: "@timestamp", aliases: &["timestamp", "time"], place: Place::Time },
    Known { name: "@observed", aliases: &["observed_timestamp"], place: Place::Observed },
    Known { name: "trace_id", aliases: &["traceId", "traceid", "trace.id"], place: Place::Trace },
    Known { name: "span_id", aliases: &["spanId", "spanid", "span.id"], place: Place::Span },
    Known { name: "logger", aliases: &["scope.name"], place: Place::Scope },
    Known { name: "service", aliases: &["service.name", "service_name"], place: Place::Resource("service.name") },
    Known { name: "env", aliases: &["environment", "deployment.environment.name"], place: Place::Resource("deployment.environment.name") },
    Known { name: "namespace", aliases: &["ns", "k8s.namespace.name"], place: Place::Resource("k8s.namespace.name") },
    Known { name: "pod", aliases: &["k8s.pod.name"], place: Place::Resource("k8s.pod.name") },
    Known { name: "pod_uid", aliases: &["k8s.pod.uid"], place: Place::Resource("k8s.pod.uid") },
    Known { name: "container", aliases: &["k8s.container.name"], place: Place::Resource("k8s.container.name") },
    Known { name: "node", aliases: &["k8s.node.name"], place: Place::Resource("k8s.node.name") },
    Known { name: "host", aliases: &["hostname", "host.name"], place: Place::Resource("host.name") },
    Known { name: "region", aliases: &["cloud.region"], place: Place::Resource("cloud.region") },
    Known { name: "zone", aliases: &["cloud.availability_zone"], place: Place::Resource("cloud.availability_zone") },
];

/// What stands in front of a name to say its place.
const PREFIXES: [Known; 2] = [
    Known { name: "attributes.", aliases: &[], place: Place::OfAttributes },
    Known { name: "resource.", aliases: &[], place: Place::OfResource },
];
/// Every other name.
const OTHER: Known = Known { name: "", aliases: &[], place: Place::Attribute };

/// A field's name, with aliases resolved.
#[derive(Debug, Clone)]
pub struct Field {
    name: Cow<'static, str>,
    known: &'static Known,
}

/// The name in normal forms says all of it.
impl PartialEq for Field {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl Eq for Field {}

impl Hash for Field {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.name.hash(state);
    }
}

impl Field {
    /// By any of its names.
    pub fn new(name: &str) -> Self {
        let is = |known: &&Known| known.name == name || known.aliases.contains(&name);
        if let Some(known) = FIELDS.iter().find(is) {
            return Self { name: Cow::Borrowed(known.name), known };
        }
        let is_before = |prefix: &&Known| name.strip_prefix(prefix.name).is_some_and(|rest| !rest.is_empty());
        let known = const { &PREFIXES }.iter().find(is_before).unwrap_or(const { &OTHER });
        Self { name: Cow::Owned(name.to_owned()), known }
    }

    /// The field that words without a field are about.
    pub fn message() -> Self {
        Self::new("message")
    }

    /// Its name in normal forms.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Where a record keeps it.
    pub fn place(&self) -> Place {
        self.known.place
    }

    /// The same without the place in front, where it has one and the name alone has no meaning of its own: what a
    /// schema would call it.
    pub(crate) fn without_place(&self) -> Option<Self> {
        let has_place = matches!(self.place(), Place::OfAttributes | Place::OfResource);
        has_place.then(|| Self::new(self.behind_place())).filter(|field| field.place() == Place::Attribute)
    }

    fn behind_place(&self) -> &str {
        self.name.strip_prefix(self.known.name).unwrap_or(&self.name)
    }

    /// Whether its values are moments.
    pub fn is_time(&self) -> bool {
        matches!(self.place(), Place::Time | Place::Observed)
    }

    /// Whether its values are ids, which are written in either case.
    pub fn is_id(&self) -> bool {
        matches!(self.place(), Place::Trace | Place::Span)
    }

    /// Asks about the value that a record has under this name; false where it has none.
    ///
    /// The level is asked about as a number and times as nanoseconds. Nothing is allocated.
    #[inline]
    pub fn value<T>(&self, record: &View<'_>, ask: impl FnOnce(ValueRef<'_>) -> T) -> Option<T> {
        let found = match self.place() {
            Place::Message => record.body,
            Place::Level => ValueRef::Int(i64::from(record.severity.number())),
            Place::LevelText if record.severity_text.is_empty() => self.attribute(record)?,
            Place::LevelText => ValueRef::Str(record.severity_text),
            Place::Time => ValueRef::Int(time_of(record)),
            Place::Observed => ValueRef::Int(nanoseconds(record.observed_ns)),
            Place::Trace => match record.trace_id {
                Some(id) => return std::str::from_utf8(&id.hex()).ok().map(|hex| ask(ValueRef::Str(hex))),
                None => self.attribute(record)?,
            },
            Place::Span => match record.span_id {
                Some(id) => return std::str::from_utf8(&id.hex()).ok().map(|hex| ask(ValueRef::Str(hex))),
                None => self.attribute(record)?,
            },
            Place::Scope if record.scope_name.is_empty() => self.attribute(record)?,
            Place::Scope => ValueRef::Str(record.scope_name),
            Place::Resource(long) => match record.resource.get(long) {
                Some(value) => value,
                None => record.attributes.find(long).or_else(|| self.attribute(record))?,
            },
            Place::Attribute => self.anywhere(record)?,
            Place::OfAttributes => {
                record.attributes.find(self.behind_place()).or_else(|| self.anywhere(record))?
            }
            Place::OfResource => {
                record.resource.find(self.behind_place()).or_else(|| self.anywhere(record))?
            }
        };
        Some(ask(found))
    }

    /// The attributes by the whole name, then the resource.
    fn anywhere<'a>(&self, record: &View<'a>) -> Option<ValueRef<'a>> {
        record.attributes.find(&self.name).or_else(|| record.resource.find(&self.name))
    }

    /// The first attribute under one of its names: what nobody moved to where the field is kept.
    fn attribute<'a>(&self, record: &View<'a>) -> Option<ValueRef<'a>> {
        let otherwise = || self.known.aliases.iter().find_map(|alias| record.attributes.find(alias));
        record.attributes.find(&self.name).or_else(otherwise)
    }
}

/// Event time, or the observed time where there is none; 0 where there is neither. At most the last nanosecond
/// before the end of counting, so that a span that is open at its end holds it.
#[inline]
pub fn time_of(record: &View<'_>) -> i64 {
    let time = if record.time_ns == 0 { record.observed_ns } else { record.time_ns };
    nanoseconds(time)
}

fn nanoseconds(time: u64) -> i64 {
    i64::try_from(time).map_or(i64::MAX - 1, |time| time.min(i64::MAX - 1))
}

impl fmt::Display for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn no_name_means_two_fields() {
        let mut seen = HashSet::new();
        for known in FIELDS {
            for name in known.aliases.iter().chain([&known.name]) {
                assert!(seen.insert(name), "{name} twice");
                assert_eq!(Field::new(name).name(), known.name);
            }
        }
    }

    #[test]
    fn a_place_needs_a_name_behind_it() {
        let place = |name| Field::new(name).place();
        assert_eq!(["attributes.time", "resource.a.b"].map(place), [Place::OfAttributes, Place::OfResource]);
        for name in ["attributes.", "attributes", "resource.", "Resource.a", "attribute.a"] {
            assert_eq!((place(name), Field::new(name).name()), (Place::Attribute, name));
        }
        let declared = |name| Field::new(name).without_place();
        assert_eq!(declared("attributes.title"), Some(Field::new("title")));
        assert_eq!(["attributes.msg", "resource.pod", "title"].map(declared), [const { None }; 3]);
    }
}
