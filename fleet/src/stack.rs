//! Stack traces in the manner of six languages.
//!
//! A program has few places where it fails, and its lines stay put until the next release: so each language
//! has a handful of traces, of which the line numbers and the values in the message vary a little.

use std::fmt::Write as _;

use crate::{dice::Dice, systems::Lang};

/// One frame: where, in which file, at which line in the current release.
type Frame = (&'static str, &'static str, u64);

const CALLS: [&[Frame]; 4] = [
    &[
        ("PaymentClient.charge", "payment_client", 118),
        ("RetryTemplate.execute", "retry_template", 64),
        ("OrderService.place", "order_service", 203),
        ("CartController.submit", "cart_controller", 87),
        ("Dispatcher.handle", "dispatcher", 412),
        ("FilterChain.next", "filter_chain", 39),
        ("Worker.run", "worker", 55),
    ],
    &[
        ("RowReader.decode", "row_reader", 71),
        ("StockReservation.load", "stock_reservation", 146),
        ("StockReservation.reserve", "stock_reservation", 98),
        ("Consumer.accept", "consumer", 233),
        ("Worker.run", "worker", 55),
    ],
    &[
        ("Codec.parse", "codec", 310),
        ("AddressBook.lookup", "address_book", 52),
        ("ShipmentPlanner.plan", "shipment_planner", 177),
        ("Scheduler.tick", "scheduler", 29),
        ("Worker.run", "worker", 55),
        ("Main.start", "main", 18),
    ],
    &[
        ("Pool.acquire", "pool", 260),
        ("Session.open", "session", 44),
        ("OutboxRelay.flush", "outbox_relay", 131),
        ("Worker.run", "worker", 55),
    ],
];

/// Appends a trace, each of its lines begun by a newline.
pub fn append(lang: Lang, dice: &mut Dice, out: &mut String) {
    let calls = *dice.pick(&CALLS);
    let drift = dice.below(3);
    let written = match lang {
        Lang::Java => java(calls, drift, dice, out),
        Lang::Python => python(calls, drift, out),
        Lang::Go => go(calls, drift, dice, out),
        Lang::DotNet => lines(calls, out, |(call, file, line)| {
            format!("   at Shop.{call}() in /src/{file}.cs:line {}", line + drift)
        }),
        Lang::Node => lines(calls, out, |(call, file, line)| {
            format!("    at {call} (/app/dist/{file}.js:{}:{})", line + drift, 7 + drift)
        }),
        Lang::Ruby => lines(calls, out, |(call, file, line)| {
            format!("\tfrom /app/lib/{file}.rb:{}:in '{call}'", line + drift)
        }),
    };
    written.expect("because writing to a string does not fail");
}

fn lines(calls: &[Frame], out: &mut String, show: impl Fn(Frame) -> String) -> std::fmt::Result {
    calls.iter().try_for_each(|&frame| write!(out, "\n{}", show(frame)))
}

fn java(calls: &[Frame], drift: u64, dice: &mut Dice, out: &mut String) -> std::fmt::Result {
    let show = |(call, _, line): Frame| {
        let class = call.split('.').next().unwrap_or(call);
        format!("\tat com.shop.{call}({class}.java:{})", line + drift)
    };
    out.write_str("\njava.lang.IllegalStateException: no answer in time")?;
    lines(calls, out, show)?;
    if dice.below(2) == 0 {
        write!(out, "\nCaused by: java.io.IOException: channel {} closed by peer", dice.rank(8))?;
        lines(&calls[..2], out, show)?;
        write!(out, "\n\t... {} more", calls.len())?;
    }
    Ok(())
}

fn python(calls: &[Frame], drift: u64, out: &mut String) -> std::fmt::Result {
    out.write_str("\nTraceback (most recent call last):")?;
    lines(calls, out, |(call, file, line)| {
        let name = call.rsplit('.').next().unwrap_or(call);
        format!("  File \"/app/{file}.py\", line {}, in {name}\n    return self.{name}(item)", line + drift)
    })?;
    out.write_str("\nValueError: feature vector is empty")
}

fn go(calls: &[Frame], drift: u64, dice: &mut Dice, out: &mut String) -> std::fmt::Result {
    write!(out, "\ngoroutine {} [running]:", 17 + dice.rank(10))?;
    lines(calls, out, |(call, file, line)| {
        format!("shop/internal/{call}(...)\n\t/src/internal/{file}.go:{} +0x1d{drift}", line + drift)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_language_is_recognisable() {
        let marks = [
            (Lang::Java, "\n\tat com.shop."),
            (Lang::Python, "\nTraceback (most recent call last):\n  File \""),
            (Lang::Go, "\ngoroutine "),
            (Lang::DotNet, "\n   at Shop."),
            (Lang::Node, "\n    at "),
            (Lang::Ruby, "\n\tfrom /app/lib/"),
        ];
        for (lang, mark) in marks {
            let mut text = String::from("failed");
            append(lang, &mut Dice::new(7, 0), &mut text);
            assert!(text.contains(mark), "{lang:?}: {text}");
            assert!(text.lines().count() > 4, "{lang:?}: {text}");
        }
    }
}
