//! Records as people read them: one line each, coloured by severity.

use std::fmt::Write as _;

use anstyle::{AnsiColor, Style};
use sawlog_fleet::stamp::Stamp;
use sawlog_record::{Record, Severity};

/// Longer bodies are cut on the screen, never in the record.
const BODY_LETTERS: usize = 400;

/// The line, with its newline; colours are stripped later where they are not seen.
pub fn line(record: &Record) -> String {
    let mut out = String::with_capacity(record.body.len() + 128);
    let (level, dim) = (colour(record.severity), Style::new().dimmed());
    let time = Stamp::of(record.time_ns);
    let (clock, container, namespace) =
        (time.clock(3), &record.resource.container, &record.resource.namespace);
    let severity = match record.severity.name() {
        "" => "-",
        name => name,
    };
    let body = body(&record.body);
    let written = write!(
        out,
        "{dim}{clock}{dim:#} {level}{severity:<5}{level:#} {dim}{namespace}/{dim:#}{container:<10} {body}"
    );
    written.expect("because writing to a string does not fail");
    for (key, value) in &record.attributes {
        write!(out, " {dim}{key}={value}{dim:#}").expect("because writing to a string does not fail");
    }
    if let Some(trace) = &record.trace_id {
        write!(out, " {dim}trace={trace}{dim:#}").expect("because writing to a string does not fail");
    }
    out.push('\n');
    out
}

/// Control characters of a container must not reach the terminal that shows it.
fn body(text: &str) -> String {
    let shown = |letter: char| match letter {
        '\n' => '⏎',
        '\t' => ' ',
        letter if letter.is_control() => '\u{FFFD}',
        letter => letter,
    };
    let mut out: String = text.chars().take(BODY_LETTERS).map(shown).collect();
    let more = text.chars().count().saturating_sub(BODY_LETTERS);
    if more > 0 {
        write!(out, "… ({more} more)").expect("because writing to a string does not fail");
    }
    out
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
    use sawlog_record::Resource;

    use super::*;

    fn shown(body: &str) -> String {
        let resource = Resource { namespace: "shop".into(), container: "cart".into(), ..Resource::default() };
        let attributes = vec![("n".to_owned(), "1".to_owned())];
        let record =
            Record { severity: Severity::WARN, body: body.into(), resource, attributes, ..Record::default() };
        anstream::adapter::strip_str(&line(&record)).to_string()
    }

    #[test]
    fn a_record_is_one_line() {
        assert_eq!(shown("slow\nvery"), "00:00:00.000 WARN  shop/cart       slow⏎very n=1\n");
    }

    #[test]
    fn a_container_cannot_write_to_the_terminal() {
        assert!(!shown("\u{1b}]0;title\u{7}\r").contains(['\u{1b}', '\u{7}', '\r']));
    }

    #[test]
    fn a_long_body_is_cut_on_the_screen() {
        assert!(shown(&"x".repeat(20_000)).ends_with("x… (19600 more) n=1\n"));
    }
}
