//! What a container really prints: each system in its own format, stack traces over several lines.

use std::fmt::Write as _;

use crate::{
    cri::Stream,
    dice::mix,
    event::Event,
    json,
    stamp::Stamp,
    systems::{Format, Level},
};

/// The event as its system prints it, without the last newline.
pub fn text(event: &Event) -> String {
    let mut out = String::with_capacity(event.message.len() + 160);
    write(event, &mut out).expect("because writing to a string does not fail");
    out
}

/// Where its system prints it: errors go to standard error, except where everything is one JSON stream.
pub fn stream(event: &Event) -> Stream {
    match event.pod.system.format() {
        Format::Json | Format::Pino | Format::Syslog => Stream::Stdout,
        Format::Klog | Format::Postgres => Stream::Stderr,
        _ if event.level == Level::Error => Stream::Stderr,
        _ => Stream::Stdout,
    }
}

fn write(event: &Event, out: &mut String) -> std::fmt::Result {
    let Event { time_ns, level, message, .. } = event;
    let (time, level, word) = (Stamp::of(*time_ns), *level, level.name());
    let service = event.pod.system.service();
    match event.pod.system.format() {
        Format::Json => {
            let lower = word.to_lowercase();
            write!(out, r#"{{"time":"{}","level":"{lower}","service":"{service}""#, time.rfc3339(6))?;
            fields(event, out)?;
            write!(out, r#","msg":{}}}"#, quoted(message))
        }
        Format::Pino => {
            let number = [20, 30, 40, 50][level as usize];
            write!(out, r#"{{"level":{number},"time":{},"pid":1,"name":"{service}""#, time.millis())?;
            fields(event, out)?;
            write!(out, r#","msg":{}}}"#, quoted(message))
        }
        Format::Logfmt => {
            write!(out, "ts={} level={} msg={}", time.rfc3339(3), word.to_lowercase(), quoted(message))?;
            if let Some(trace) = event.trace {
                write!(out, " trace_id={trace:032x}")?;
            }
            event.duration_ms.map_or(Ok(()), |ms| write!(out, " duration_ms={ms}"))
        }
        Format::Klog => {
            let letter = &word[..1].replace('D', "I");
            let line = 100 + message.len() % 400;
            write!(out, "{letter}{} {}       1 kubelet.go:{line}] {message}", time.month_day(), time.clock(6))
        }
        Format::Syslog => {
            let priority = 80 + [7, 6, 4, 3][level as usize];
            let (stamp, host) = (time.rfc3339(3), event.pod.name());
            write!(out, "<{priority}>1 {stamp} {host} sshd {} - - {message}", 100 + face(event) % 4000)
        }
        Format::Access if level <= Level::Info => access(event, time, out),
        Format::Access => {
            let name = if level == Level::Warn { "warn" } else { "error" };
            write!(
                out,
                "{} {} [{name}] 7#7: *{} {message}",
                time.date('/'),
                time.clock(0),
                face(event) % 90_000
            )
        }
        Format::Logback => {
            let thread = face(event) % 12 + 1;
            let class = capitalised(service);
            let (date, clock) = (time.date('-'), time.clock(3));
            write!(
                out,
                "{date} {clock} {word:>5} 1 --- [nio-8080-exec-{thread}] com.shop.{class} : {message}"
            )
        }
        Format::Python => {
            let word = if level == Level::Warn { "WARNING" } else { word };
            write!(out, "{} {} {word} {service}.tasks: {message}", time.date('-'), time.clock_with(',', 3))
        }
        Format::Postgres => {
            let word = ["DEBUG", "LOG", "WARNING", "ERROR"][level as usize];
            let (date, clock, pid) = (time.date('-'), time.clock(3), 40 + face(event) % 400);
            write!(out, "{date} {clock} UTC [{pid}] {word}:  {message}")
        }
        Format::Log4j => {
            let (date, clock) = (time.date('-'), time.clock_with(',', 3));
            let (first, rest) = message.split_once('\n').unwrap_or((message, ""));
            write!(out, "[{date} {clock}] {word} {first} (com.shop.{})", capitalised(service))?;
            if rest.is_empty() { Ok(()) } else { write!(out, "\n{rest}") }
        }
        Format::Serilog => {
            let word = ["DBG", "INF", "WRN", "ERR"][level as usize];
            write!(out, "[{} {} {word}] {message}", time.date('-'), time.clock(3))
        }
        Format::RubyLogger => {
            let (date, clock) = (time.date('-'), time.clock(6));
            write!(out, "{}, [{date}T{clock} #1] {word:>5} -- {service}: {message}", &word[..1])
        }
        Format::Redis => {
            let mark = ['.', '-', '#', '!'][level as usize];
            write!(out, "1:M {} {} {mark} {message}", time.day(' '), time.clock(3))
        }
    }
}

/// Chance that belongs to the event, not to the day it is told on.
fn face(event: &Event) -> u64 {
    event.message.bytes().fold(event.pod.index() as u64, |face, byte| mix(face ^ u64::from(byte)))
}

fn fields(event: &Event, out: &mut String) -> std::fmt::Result {
    if let (Some(trace), Some(span)) = (event.trace, event.span) {
        write!(out, r#","trace_id":"{trace:032x}","span_id":"{span:016x}""#)?;
    }
    event.duration_ms.map_or(Ok(()), |ms| write!(out, r#","duration_ms":{ms}"#))
}

/// The combined format, and behind it what else nginx was asked to log.
fn access(event: &Event, time: Stamp, out: &mut String) -> std::fmt::Result {
    let face = face(event);
    let (date, clock) = (time.day('/'), time.clock(0));
    let (host, status, bytes) =
        (face % 250 + 1, [200, 200, 200, 304, 404][(face >> 8) as usize % 5], face >> 48);
    write!(out, "10.2.{}.{host} - - [{date}:{clock} +0000] ", (face >> 16) % 250)?;
    write!(out, r#""GET /api/products HTTP/1.1" {status} {bytes} "-" "okhttp" {}"#, event.message)
}

fn capitalised(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map(|first| first.to_ascii_uppercase().to_string() + letters.as_str()).unwrap_or_default()
}

fn quoted(text: &str) -> String {
    let mut out = Vec::with_capacity(text.len() + 16);
    json::string(text, &mut out);
    String::from_utf8(out).expect("because JSON of a string is a string")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan;

    #[test]
    fn every_format_is_recognisable() {
        let marks = [
            (Format::Json, r#"{"time":"2026-03-02T"#),
            (Format::Pino, r#"{"level":"#),
            (Format::Logfmt, "ts=2026-03-02T"),
            (Format::Klog, "0302 "),
            (Format::Syslog, ">1 2026-03-02T"),
            (Format::Access, r#""GET /api/products HTTP/1.1" "#),
            (Format::Logback, " --- [nio-8080-exec-"),
            (Format::Python, ".tasks: "),
            (Format::Postgres, " UTC ["),
            (Format::Log4j, " (com.shop."),
            (Format::Serilog, " INF] "),
            (Format::RubyLogger, " -- image: "),
            (Format::Redis, "1:M 02 Mar 2026 "),
        ];
        let events = plan::block(7, 0, 1);
        for (format, mark) in marks {
            let mut of = events.iter().filter(|event| event.pod.system.format() == format);
            let event = of.find(|event| event.level == Level::Info).unwrap();
            assert!(text(event).contains(mark), "{format:?}: {}", text(event));
        }
    }

    #[test]
    fn only_the_time_differs_on_another_day() {
        let told = |event: &Event| {
            let time = Stamp::of(event.time_ns);
            let dates = [time.date('-').to_string(), time.date('/').to_string(), time.millis().to_string()];
            let days = [time.day(' ').to_string(), time.day('/').to_string()];
            let klog = format!("{} {}", time.month_day(), time.clock(6));
            let all = dates.iter().chain(&days).chain([&klog]);
            all.fold(text(event), |text, date| text.replace(date.as_str(), "then"))
        };
        for event in plan::block(7, 0, 1) {
            let later = Event { time_ns: event.time_ns + 40 * 86_400_000_000_000, ..event.clone() };
            assert_eq!(told(&event), told(&later));
        }
    }

    #[test]
    fn json_formats_keep_a_trace_on_one_line() {
        for event in plan::block(7, 0, 1) {
            if matches!(event.pod.system.format(), Format::Json | Format::Pino | Format::Logfmt) {
                assert!(!text(&event).contains('\n'));
            }
        }
    }
}
