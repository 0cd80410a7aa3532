//! The reference of a broker, from its tables: requests, settings of topics, bounds, metrics.

use std::fmt::Write as _;

use crate::{metrics::Metrics, options::Options, server::shape::APIS, topic::SETTINGS};

/// The page in Markdown.
pub fn reference() -> String {
    let mut page = String::from(
        "# The broker's reference\n\nGenerated from the program by `make docs`; do not edit. [broker.md](../broker.md) \
         says what it is for.\n",
    );
    page += "\n## Requests\n\nEverything else closes the connection, with a line in the log.\n\n| request | versions |\n|---|---|\n";
    for api in APIS {
        line(&mut page, format_args!("| {:?} | {} to {} |", api.key, api.min, api.max));
    }
    page += "\nProduce is offered from version 0 on because old clients send nothing compressed otherwise; what they then \
             send is of version 3 or later, and anything older closes the connection.\n";
    page += "\n## Settings of topics\n\n| setting | when it is not set | what it does |\n|---|---|---|\n";
    for setting in SETTINGS {
        line(&mut page, format_args!("| `{}` | `{}` | {} |", setting.name, setting.default, setting.meaning));
    }
    page += "\nAny other setting, and a value that asks for something else than what is done, is refused.\n";
    page += "\n## Bounds\n\n| what | how much |\n|---|---|\n";
    let options = Options::new("");
    for (what, how_much) in [
        ("connections", options.connections.to_string()),
        ("requests of a connection under way", options.in_flight.to_string()),
        ("bytes of a request of a producer", options.frame_bytes.to_string()),
        ("memory for requests", mebibytes(options.frames_bytes)),
        ("memory for records on their way to clients", mebibytes(options.answers_bytes)),
        ("records in one answer", mebibytes(options.answer_bytes)),
        ("partitions of all topics", options.most_partitions.to_string()),
        ("disk that is left free", mebibytes(usize::try_from(options.reserve_bytes).unwrap_or(usize::MAX))),
    ] {
        line(&mut page, format_args!("| {what} | {how_much} |"));
    }
    page += "\n## Metrics\n\n| metric | what it counts |\n|---|---|\n";
    for (name, help) in Metrics::described() {
        line(&mut page, format_args!("| `{name}` | {help} |"));
    }
    page
}

fn line(page: &mut String, text: std::fmt::Arguments<'_>) {
    writeln!(page, "{text}").expect("because a string takes everything");
}

fn mebibytes(bytes: usize) -> String {
    format!("{} MiB", bytes >> 20)
}
