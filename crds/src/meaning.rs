//! What one object alone can be wrong about beyond its schema: queries that cannot be read, regexes that cannot be
//! compiled. `sawlog check` says it before, the operator after an object is applied, with the same words.

use serde_json::Value;

use crate::{
    alert::AlertRuleSpec,
    kind::Kind,
    pipeline::LogPipelineSpec,
    reason::Reason,
    retention::{RetentionPolicySpec, keep::Match},
    value::{Pattern, Query},
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
}

/// Compiled patterns may take this much memory.
const PATTERN_BYTES: usize = 1 << 20;

/// Of an object as JSON; nothing where it is not an object of the kind, which others have said then.
pub fn complaints(kind: &Kind, object: &Value) -> Vec<Complaint> {
    let spec = object.get("spec").cloned().unwrap_or_default();
    match kind.name {
        "LogPipeline" => serde_json::from_value(spec).map(|spec| of_pipeline(&spec)),
        "RetentionPolicy" => serde_json::from_value(spec).map(|spec| of_retention(&spec)),
        "AlertRule" => serde_json::from_value(spec).map(|spec| of_alert(&spec)),
        _ => Ok(Vec::new()),
    }
    .unwrap_or_default()
}

/// Of a pipeline.
pub fn of_pipeline(spec: &LogPipelineSpec) -> Vec<Complaint> {
    let mut found = Found::default();
    for (at, step) in spec.shape.iter().flatten().enumerate() {
        let field = |kind: &str| format!("spec.shape[{at}].{kind}.when");
        found.query(field("drop"), step.drop.as_ref().map(|drop| &drop.when));
        found.query(field("keep"), step.keep.as_ref().map(|keep| &keep.when));
        found.query(field("add"), step.add.as_ref().and_then(|add| add.when.as_ref()));
    }
    if let Some(parse) = &spec.parse {
        found.captures("spec.parse.pattern", parse.pattern.as_ref());
        let start = parse.multiline.as_ref().and_then(|multiline| multiline.start_pattern.as_ref());
        found.pattern("spec.parse.multiline.startPattern".to_owned(), start);
    }
    let patterns = spec.redact.iter().filter_map(|redact| redact.patterns.as_ref()).flatten();
    for (at, own) in patterns.enumerate() {
        found.pattern(format!("spec.redact.patterns[{at}].pattern"), Some(&own.pattern));
    }
    found.0
}

/// Of a retention policy.
pub fn of_retention(spec: &RetentionPolicySpec) -> Vec<Complaint> {
    let mut found = Found::default();
    let rules = spec.rules.iter().flatten().map(|rule| &rule.records);
    let holds = spec.holds.iter().flatten().map(|hold| &hold.records);
    let deletions = spec.deletions.iter().flatten().map(|deletion| &deletion.records);
    let mut all = |list: &str, matches: &mut dyn Iterator<Item = &Match>| {
        for (at, records) in matches.enumerate() {
            found.query(format!("spec.{list}[{at}].match.query"), records.query.as_ref());
        }
    };
    all("rules", &mut { rules });
    all("holds", &mut { holds });
    all("deletions", &mut { deletions });
    found.0
}

/// Of an alert rule.
pub fn of_alert(spec: &AlertRuleSpec) -> Vec<Complaint> {
    let mut found = Found::default();
    found.query("spec.query".to_owned(), Some(&spec.query));
    let trigger = &spec.trigger;
    found.query("spec.trigger.ratio.of".to_owned(), trigger.ratio.as_ref().map(|ratio| &ratio.of));
    let then = trigger.sequence.as_ref().map(|sequence| &sequence.then);
    found.query("spec.trigger.sequence.then".to_owned(), then);
    found.0
}

/// Whether a query can be read and evaluated; that does not depend on what `now` is.
fn judge(query: &Query) -> Result<(), String> {
    let expression = sawlog_query::parse(query.as_str()).map_err(|error| error.to_string())?;
    sawlog_query::Matcher::new(&expression, 0).map(drop).map_err(|error| error.to_string())
}

#[derive(Default)]
struct Found(Vec<Complaint>);

impl Found {
    fn query(&mut self, field: String, query: Option<&Query>) {
        let Some(Err(message)) = query.map(judge) else { return };
        self.0.push(Complaint { field, reason: Reason::QueryInvalid, message });
    }

    fn pattern(&mut self, field: String, pattern: Option<&Pattern>) -> Option<regex::Regex> {
        let compiled = regex::RegexBuilder::new(pattern?.as_str()).size_limit(PATTERN_BYTES).build();
        compiled.map_err(|error| self.refuse(field, &error.to_string())).ok()
    }

    /// A pattern without named captures would find nothing.
    fn captures(&mut self, field: &str, pattern: Option<&Pattern>) {
        let Some(regex) = self.pattern(field.to_owned(), pattern) else { return };
        if regex.capture_names().flatten().next().is_none() {
            self.refuse(field.to_owned(), "it has no named capture such as (?P<message>.*)");
        }
    }

    fn refuse(&mut self, field: String, message: &str) {
        // The engine draws its errors over several lines; a condition has one.
        let message = message.split_whitespace().collect::<Vec<_>>().join(" ");
        self.0.push(Complaint { field, reason: Reason::PatternInvalid, message });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(kind: &str, spec: &str) -> Vec<(String, Reason)> {
        let spec: Value = serde_saphyr::from_str(spec).unwrap();
        let found = complaints(Kind::by_name(kind).unwrap(), &serde_json::json!({"spec": spec}));
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
