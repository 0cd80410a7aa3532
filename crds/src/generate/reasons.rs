//! The reference of reasons, from their table.

use std::fmt::Write as _;

use crate::reason::{Entry, Event, Heals, REASONS};

const HEAD: &str = "# Reasons

Generated from crds/src/reason/table.rs by `make docs`; do not edit. `sawlog explain REASON` prints the same.

A reason is the word of a condition, of an event, and of a metric's label. Who ends it: *itself* means that it is tried
again with growing pauses; *you* means that nothing is tried until the resource, the Secret or the configuration changes.
";

/// The page.
pub fn page() -> String {
    let mut out = HEAD.to_owned();
    let mut conditions: Vec<&str> = REASONS.iter().map(|entry| entry.condition).collect();
    conditions.dedup();
    let mut seen = Vec::new();
    for condition in conditions {
        if seen.contains(&condition) {
            continue;
        }
        seen.push(condition);
        let head = "| reason | of | event | ends | what is so | what to do |\n|---|---|---|---|---|---|\n";
        write(&mut out, &format!("\n## {condition}\n\n{head}"));
        for entry in REASONS.iter().filter(|entry| entry.condition == condition) {
            write(&mut out, &row(entry));
        }
    }
    out
}

fn row(entry: &Entry) -> String {
    let event = match entry.event {
        Event::Never => "",
        Event::Normal => "normal",
        Event::Warning => "warning",
    };
    let ends = match entry.heals {
        Heals::Good => "",
        Heals::ByItself => "itself",
        Heals::ByPeople => "you",
    };
    let kinds = if entry.kinds.len() == 4 { "all kinds".to_owned() } else { entry.kinds.join(", ") };
    format!("| `{}` | {kinds} | {event} | {ends} | {} | {} |\n", entry.name, entry.text, entry.remedy)
}

fn write(out: &mut String, text: &str) {
    out.write_str(text).expect("because writing to a string does not fail");
}
