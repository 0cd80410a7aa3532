//! Records as people read them: one line each, coloured by severity.

use std::fmt::Write as _;

use anstyle::{AnsiColor, Style};
use sawlog_fleet::stamp::Stamp;
use sawlog_record::{
    Record, Severity,
    record::{CONTAINER, NAMESPACE},
};

/// Longer texts are cut on the screen, never in the record.
const LETTERS: usize = 400;

/// The line, with its newline; colours are stripped later where they are not seen.
pub fn line(record: &Record) -> String {
    let body = shown(&record.body.to_string());
    let mut out = String::with_capacity(body.len() + 128);
    let (level, dim) = (colour(record.severity), Style::new().dimmed());
    let time = Stamp::of(record.time_ns);
    let (namespace, container) =
        (shown(record.resource.text(NAMESPACE)), shown(record.resource.text(CONTAINER)));
    let clock = time.clock(3);
    let severity = match record.severity.name() {
        "" => "-",
        name => name,
    };
    let written = write!(
        out,
        "{dim}{clock}{dim:#} {level}{severity:<5}{level:#} {dim}{namespace}/{dim:#}{container:<10} {body}"
    );
    written.expect("because writing to a string does not fail");
    for (key, value) in &record.attributes {
        let (key, value) = (shown(key), shown(&value.to_string()));
        write!(out, " {dim}{key}={value}{dim:#}").expect("because writing to a string does not fail");
    }
    if let Some(trace) = &record.trace_id {
        write!(out, " {dim}trace={trace}{dim:#}").expect("because writing to a string does not fail");
    }
    out.push('\n');
    out
}

/// Text of a container, made harmless: its control characters must not reach the terminal that shows it.
fn shown(text: &str) -> String {
    let mut out: String = text.chars().take(LETTERS).map(harmless).collect();
    let more = text.chars().count().saturating_sub(LETTERS);
    if more > 0 {
        write!(out, "… ({more} more)").expect("because writing to a string does not fail");
    }
    out
}

/// Text of a file, made harmless and not cut.
pub(crate) fn whole(text: &str) -> String {
    text.chars().map(harmless).collect()
}

fn harmless(letter: char) -> char {
    match letter {
        '\n' => '⏎',
        '\t' => ' ',
        letter if letter.is_control() => '\u{FFFD}',
        letter => letter,
    }
}

fn colour(severity: Severity) -> Style {
    let colour = match severity {
        bad if bad >= Severity::ERROR => AnsiColor::Red,
        odd if odd >= Severity::WARN => AnsiColor::Yellow,
        usual if usual >= Severity::INFO => AnsiColor::Green,
        _ => AnsiColor::BrightBlack,
    };
    colour.on_default()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use sawlog_record::{Resource, TraceId};

    use super::*;

    fn plain(record: &Record) -> String {
        anstream::adapter::strip_str(&line(record)).to_string()
    }

    fn record(body: &str) -> Record {
        let resource = Arc::new(Resource::of_container("shop", "cart-0", "cart"));
        let attributes = vec![("n".to_owned(), 1.into())];
        Record { severity: Severity::WARN, body: body.into(), resource, attributes, ..Record::default() }
    }

    #[test]
    fn a_record_is_one_line() {
        assert_eq!(plain(&record("slow\nvery")), "00:00:00.000 WARN  shop/cart       slow⏎very n=1\n");
    }

    #[test]
    fn a_container_cannot_write_to_the_terminal() {
        let evil = "\u{1b}]0;title\u{7}\r\nforged";
        let attributes = vec![(evil.to_owned(), evil.into())];
        let resource = Arc::new(Resource::of_container(evil, evil, evil));
        let trace_id = TraceId::from_bytes(&[7; 16]);
        let shown = line(&Record { attributes, resource, trace_id, ..record(evil) });
        assert!(!shown.contains(['\u{7}', '\r']) && !shown.contains("\u{1b}]"), "{shown:?}");
        assert_eq!(shown.matches('\n').count(), 1, "{shown:?}");
    }

    #[test]
    fn a_long_body_is_cut_on_the_screen() {
        assert!(plain(&record(&"x".repeat(20_000))).ends_with("x… (19600 more) n=1\n"));
    }
}
