//! What one object alone can be wrong about beyond its schema: queries that cannot be read, regexes that cannot be
//! compiled. `sawlog check` says it before, the operator after an object is applied, with the same words.

use serde_json::{Value, json};

use crate::{
    alert::AlertRuleSpec, pipeline::LogPipelineSpec, reason::Reason, retention::RetentionPolicySpec,
};

/// Something wrong in one field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Complaint {
    /// Which field, as in `spec.shape[0].drop.when`.
    pub field: String,
    /// The word for it.
    pub reason: Reason,
    /// What is wrong, and where in the field.
    pub message: String,
    /// What was probably meant.
    pub hint: Option<String>,
}

/// Compiled patterns may take this much memory.
const PATTERN_BYTES: usize = 1 << 20;

/// Where a kind has queries and patterns, as `spec.shape[].drop.when`.
#[derive(Debug)]
pub(crate) struct Places {
    queries: &'static [&'static str],
    patterns: &'static [&'static str],
    /// Patterns that find nothing without a named capture.
    captures: &'static [&'static str],
}

pub(crate) const PIPELINE: Places = Places {
    queries: &["spec.shape[].drop.when", "spec.shape[].keep.when", "spec.shape[].add.when"],
    patterns: &["spec.parse.multiline.startPattern", "spec.redact.patterns[].pattern"],
    captures: &["spec.parse.pattern"],
};
pub(crate) const INDEX: Places = Places { queries: &[], patterns: &[], captures: &[] };
pub(crate) const POLICY: Places = Places {
    queries: &["spec.rules[].match.query", "spec.holds[].match.query", "spec.deletions[].match.query"],
    patterns: &[],
    captures: &[],
};
pub(crate) const RULE: Places = Places {
    queries: &["spec.query", "spec.trigger.ratio.of", "spec.trigger.sequence.then"],
    patterns: &[],
    captures: &[],
};

/// Of a pipeline.
pub fn of_pipeline(spec: &LogPipelineSpec) -> Vec<Complaint> {
    of(&PIPELINE, &json!({ "spec": spec }))
}

/// Of a retention policy.
pub fn of_retention(spec: &RetentionPolicySpec) -> Vec<Complaint> {
    of(&POLICY, &json!({ "spec": spec }))
}

/// Of an alert rule.
pub fn of_alert(spec: &AlertRuleSpec) -> Vec<Complaint> {
    of(&RULE, &json!({ "spec": spec }))
}

/// Of an object as JSON, whatever else is wrong with it.
pub(crate) fn of(places: &Places, object: &Value) -> Vec<Complaint> {
    let mut found = Found::default();
    let each = |places: &[&str], say: &mut dyn FnMut(String, &str)| {
        for place in places {
            let steps: Vec<&str> = place.split('.').collect();
            texts(object, &steps, "", say);
        }
    };
    each(places.queries, &mut |field, query| found.query(field, query));
    each(places.patterns, &mut |field, pattern| drop(found.pattern(field, pattern)));
    each(places.captures, &mut |field, pattern| found.captures(field, pattern));
    found.0
}

/// Every text at a place.
fn texts(value: &Value, steps: &[&str], way: &str, say: &mut dyn FnMut(String, &str)) {
    let Some((step, rest)) = steps.split_first() else {
        if let Some(text) = value.as_str() {
            say(way.to_owned(), text);
        }
        return;
    };
    let (name, is_list) = step.strip_suffix("[]").map_or((*step, false), |name| (name, true));
    let Some(next) = value.get(name) else { return };
    let way = if way.is_empty() { name.to_owned() } else { format!("{way}.{name}") };
    match next {
        Value::Array(items) if is_list => {
            for (index, item) in items.iter().enumerate() {
                texts(item, rest, &format!("{way}[{index}]"), say);
            }
        }
        next if !is_list => texts(next, rest, &way, say),
        _ => {}
    }
}

#[derive(Default)]
struct Found(Vec<Complaint>);

impl Found {
    /// A query has to be readable, and small enough to be evaluated; neither depends on what `now` is.
    fn query(&mut self, field: String, query: &str) {
        let refused = match sawlog_query::parse(query) {
            Err(error) => {
                Some((format!("query, column {}: {}", error.column, error.problem), error.suggestion))
            }
            Ok(expression) => {
                let refused = sawlog_query::Matcher::new(&expression, 0).err();
                refused.map(|error| (format!("query: {error}"), None))
            }
        };
        let refused =
            refused.map(|(message, hint)| Complaint { field, reason: Reason::QueryInvalid, message, hint });
        self.0.extend(refused);
    }

    fn pattern(&mut self, field: String, pattern: &str) -> Option<regex::Regex> {
        let compiled = regex::RegexBuilder::new(pattern).size_limit(PATTERN_BYTES).build();
        compiled.map_err(|error| self.refuse(field, &error.to_string())).ok()
    }

    /// A pattern without named captures would find nothing.
    fn captures(&mut self, field: String, pattern: &str) {
        let Some(regex) = self.pattern(field.clone(), pattern) else { return };
        if regex.capture_names().flatten().next().is_none() {
            self.refuse(field, "it has no named capture such as (?P<message>.*)");
        }
    }

    fn refuse(&mut self, field: String, message: &str) {
        // The engine draws its errors over several lines; a condition has one.
        let message = format!("pattern: {}", message.split_whitespace().collect::<Vec<_>>().join(" "));
        self.0.push(Complaint { field, reason: Reason::PatternInvalid, message, hint: None });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kind::Kind;

    fn of(kind: &str, spec: &str) -> Vec<(String, Reason)> {
        let spec: Value = serde_saphyr::from_str(spec).unwrap();
        let found = Kind::by_name(kind).unwrap().complaints(&serde_json::json!({"spec": spec}));
        found.into_iter().map(|complaint| (complaint.field, complaint.reason)).collect()
    }

    #[test]
    fn every_query_and_every_pattern_is_read() {
        let rows = [
            ("lp", "{shape: [{remove: {fields: [a]}}, {drop: {when: 'a='}}]}", "spec.shape[1].drop.when"),
            ("lp", "{shape: [{keep: {when: '('}}]}", "spec.shape[0].keep.when"),
            ("lp", "{shape: [{add: {field: a, value: b, when: '['}}]}", "spec.shape[0].add.when"),
            ("lp", "{parse: {format: Pattern, pattern: '(?P<a>'}}", "spec.parse.pattern"),
            ("lp", "{parse: {format: Pattern, pattern: 'a+'}}", "spec.parse.pattern"),
            (
                "lp",
                "{parse: {multiline: {preset: Custom, startPattern: '['}}}",
                "spec.parse.multiline.startPattern",
            ),
            (
                "lp",
                "{redact: {patterns: [{name: a, pattern: '(\\w{1000}){1000}'}]}}",
                "spec.redact.patterns[0].pattern",
            ),
            (
                "ret",
                "{rules: [{name: a, match: {query: 'a:'}, deleteAfter: 1d}]}",
                "spec.rules[0].match.query",
            ),
            (
                "ret",
                "{holds: [{name: a, match: {levels: [Error]}}, {name: b, match: {query: ')'}}]}",
                "spec.holds[1].match.query",
            ),
            ("ret", "{deletions: [{name: a, match: {query: '\"'}}]}", "spec.deletions[0].match.query"),
            ("alr", "{query: 'a and b', trigger: {count: {op: Gt, value: 1}}}", "spec.query"),
            (
                "alr",
                "{query: a, trigger: {ratio: {of: 'a:[1 TO', op: Gt, percent: '1'}}}",
                "spec.trigger.ratio.of",
            ),
            (
                "alr",
                "{query: a, trigger: {sequence: {then: '/', within: 1m, key: u}}}",
                "spec.trigger.sequence.then",
            ),
        ];
        for (kind, spec, field) in rows {
            let found = of(kind, spec);
            assert_eq!(found.len(), 1, "{spec}: {found:?}");
            assert_eq!(found[0].0, field, "{spec}");
        }
    }

    #[test]
    fn every_place_is_a_text_of_the_schema() {
        for (name, places) in [("lp", PIPELINE), ("li", INDEX), ("ret", POLICY), ("alr", RULE)] {
            let definition = Kind::by_name(name).unwrap().definition();
            for place in places.queries.iter().chain(places.patterns).chain(places.captures) {
                let schema = place.split('.').fold(crate::schema::of(&definition), |schema, step| match step
                    .strip_suffix("[]")
                {
                    Some(list) => &schema["properties"][list]["items"],
                    None => &schema["properties"][step],
                });
                assert_eq!(schema["type"], "string", "{name}: {place}");
            }
        }
    }

    #[test]
    fn what_can_be_read_is_not_complained_about() {
        assert_eq!(
            of(
                "lp",
                "{parse: {format: Pattern, pattern: '(?P<message>.*)'}, shape: [{drop: {when: 'level:DEBUG'}}]}"
            ),
            []
        );
        assert_eq!(of("alr", "{query: 'took:>5s', trigger: {absent: {}}}"), []);
        assert_eq!(of("li", "{}"), []);
    }
}
