//! Rules that the API server checks, as functions of what they are about.
//!
//! A rule is text in CEL over `self` and, on updates, `oldSelf`. Each names the field it is about, so that a
//! refusal points at it. They stand at structs, never at fields: a rule at a field is not asked when the field is
//! added or removed.

use kube::core::{Reason, Rule};

/// A rule as it is; `field` is a path below `self` that begins with a dot.
pub(crate) fn check(rule: &str, message: &str, field: &str) -> Rule {
    Rule::new(rule).message(message).field_path(field)
}

/// A rule about `self` as a whole.
pub(crate) fn whole(rule: &str, message: &str) -> Rule {
    Rule::new(rule).message(message)
}

/// The object's own name has no dots and so many characters at most. The API server permits no path to it.
pub(crate) fn named(longest: usize, why: &str) -> Rule {
    let rule = format!("size(self.metadata.name) <= {longest} && !self.metadata.name.contains('.')");
    whole(&rule, &format!("metadata.name must have at most {longest} characters and no dots: {why}"))
}

/// `field` stays as it was made: it is not changed, added or removed.
pub(crate) fn immutable(field: &str) -> Rule {
    let (new, old) = (has("self", field), has("oldSelf", field));
    let rule = format!("({new}) == ({old}) && (!({new}) || self.{field} == oldSelf.{field})");
    check(&rule, &format!("{field} cannot be changed after creation"), &format!(".{field}"))
        .reason(Reason::FieldValueForbidden)
}

/// The number in `field`, `default` where it is absent, does not get smaller.
pub(crate) fn grows(field: &str, default: i64, why: &str) -> Rule {
    let value = |of: &str| format!("({} ? {of}.{field} : {default})", has(of, field));
    check(&format!("{} >= {}", value("self"), value("oldSelf")), why, &format!(".{field}"))
        .reason(Reason::FieldValueForbidden)
}

/// The size in `field`, `default` where it is absent, does not get smaller.
pub(crate) fn size_grows(field: &str, default: &str, why: &str) -> Rule {
    let value = |of: &str| bytes(&format!("({} ? {of}.{field} : '{default}')", has(of, field)));
    check(&format!("{} >= {}", value("self"), value("oldSelf")), why, &format!(".{field}"))
        .reason(Reason::FieldValueForbidden)
}

/// `field` is set only where `choice` is `word`.
pub(crate) fn only_with(field: &str, choice: &str, word: &str) -> Rule {
    let rule = format!("!has(self.{field}) || has(self.{choice}) && self.{choice} == '{word}'");
    check(&rule, &format!("{field} is only for {choice}: {word}"), &format!(".{field}"))
        .reason(Reason::FieldValueForbidden)
}

/// Where `choice` is `word`, `field` has to be there.
pub(crate) fn needs(choice: &str, word: &str, field: &str) -> Rule {
    let rule = format!("!has(self.{choice}) || self.{choice} != '{word}' || has(self.{field})");
    check(&rule, &format!("{choice}: {word} needs {field}"), &format!(".{field}"))
        .reason(Reason::FieldValueRequired)
}

/// Exactly one of the fields is there.
pub(crate) fn exactly_one(fields: &[&str]) -> Rule {
    whole(&format!("{} == 1", count(fields)), &format!("exactly one of {} has to be set", list(fields)))
}

/// At most one of the fields is there.
pub(crate) fn at_most_one(fields: &[&str]) -> Rule {
    whole(&format!("{} <= 1", count(fields)), &format!("at most one of {} can be set", list(fields)))
}

/// The text in `field` is a share of at most a hundred percent.
pub(crate) fn percent(field: &str) -> Rule {
    check(
        // What the pattern refuses is not judged a second time, in the words of a failed conversion.
        &format!("!self.{field}.matches('^[0-9]+([.][0-9]+)?$') || double(self.{field}) <= 100.0"),
        &format!("{field} must be at most 100"),
        &format!(".{field}"),
    )
}

/// Each tier begins at a higher age than the one before it.
pub(crate) fn ages_rise() -> Rule {
    let (one, next) = (millis("t.after"), millis("u.after"));
    let rule =
        format!("!has(self.tiers) || self.tiers.all(t, self.tiers.all(u, {BEFORE} ? {one} < {next} : true))");
    check(&rule, "each tier needs a higher age than the tiers before it (Hot, Warm, Cold)", ".tiers")
}

/// Tiers are listed from hot to cold.
pub(crate) fn tiers_in_order() -> Rule {
    let rule = "!has(self.tiers) || size(self.tiers) < 2 || \
                self.tiers.map(t, t.name) in [['Hot', 'Warm'], ['Hot', 'Cold'], ['Warm', 'Cold'], ['Hot', 'Warm', 'Cold']]";
    check(rule, "tiers are listed in the order Hot, Warm, Cold", ".tiers")
}

/// Records of a policy are deleted later than they move.
pub(crate) fn deleted_last() -> Rule {
    let (age, end) = (millis("t.after"), millis("self.delete.after"));
    let rule = format!(
        "!has(self.tiers) || !has(self.delete) || !has(self.delete.after) || self.tiers.all(t, {age} < {end})"
    );
    check(&rule, "delete.after must be later than every tier's after", ".delete.after")
}

/// Records of a rule are deleted later than they move.
pub(crate) fn rule_deleted_last() -> Rule {
    let (age, end) = (millis("t.after"), millis("self.deleteAfter"));
    let rule = format!("!has(self.tiers) || !has(self.deleteAfter) || self.tiers.all(t, {age} < {end})");
    check(&rule, "deleteAfter must be later than every tier's after", ".deleteAfter")
}

/// Whether tier `t` comes before tier `u`.
const BEFORE: &str = "(t.name == 'Hot' && u.name != 'Hot' || t.name == 'Warm' && u.name == 'Cold')";

/// The duration that an expression yields, in milliseconds; 0 where it is none, which its pattern refuses.
pub(crate) fn millis(text: &str) -> String {
    let number = |unit: usize| format!("int({text}.substring(0, size({text}) - {unit}))");
    format!(
        "(!{text}.matches('^[0-9]+(ms|s|m|h|d|w)$') ? 0 : {text}.endsWith('ms') ? {} : {} * \
         ({text}.endsWith('s') ? 1000 : {text}.endsWith('m') ? 60000 : {text}.endsWith('h') ? 3600000 : \
         {text}.endsWith('d') ? 86400000 : 604800000))",
        number(2),
        number(1),
    )
}

/// The size that an expression yields, in bytes.
pub(crate) fn bytes(text: &str) -> String {
    let number = format!("int({text}.substring(0, size({text}) - 2))");
    format!(
        "({text}.endsWith('Ki') ? {number} * 1024 : {text}.endsWith('Mi') ? {number} * 1048576 : \
         {text}.endsWith('Gi') ? {number} * 1073741824 : {text}.endsWith('Ti') ? {number} * 1099511627776 : \
         int({text}))"
    )
}

/// `has(self.a) && has(self.a.b)` for `a.b`.
pub(crate) fn has(of: &str, field: &str) -> String {
    let ends = field.match_indices('.').map(|(at, _)| at).chain([field.len()]);
    ends.map(|end| format!("has({of}.{})", &field[..end])).collect::<Vec<_>>().join(" && ")
}

fn count(fields: &[&str]) -> String {
    let each: Vec<String> = fields.iter().map(|field| format!("(has(self.{field}) ? 1 : 0)")).collect();
    each.join(" + ")
}

fn list(fields: &[&str]) -> String {
    match fields {
        [] => String::new(),
        [one] => (*one).to_owned(),
        [others @ .., last] => format!("{} and {last}", others.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn presence_is_asked_step_by_step() {
        assert_eq!(has("self", "a"), "has(self.a)");
        assert_eq!(has("self", "a.b.c"), "has(self.a) && has(self.a.b) && has(self.a.b.c)");
    }

    #[test]
    fn lists_read_like_sentences() {
        assert_eq!(list(&["a"]), "a");
        assert_eq!(list(&["a", "b", "c"]), "a, b and c");
    }
}
