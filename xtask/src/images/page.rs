//! The reference page of the images. Pure.

use std::fmt::Write as _;

use sawlog_e2e::image::{Entry, Kind};

use super::{PROGRAMS, USER, VERSION, layout};

/// Where it is.
pub const PATH: &str = "docs/reference/images.md";

/// The whole text.
pub fn text() -> String {
    let mut text = String::from(
        "# Images

Written by `make docs` from the table in `xtask/src/images.rs`. [../images.md](../images.md) says how they are made
and loaded.

| image | what it is | entrypoint | Dockerfile |
|---|---|---|---|
",
    );
    for program in PROGRAMS {
        line(
            &mut text,
            format_args!(
                "| `{}` | {} | `/{}` | [{dockerfile}](../../{dockerfile}) |",
                program.reference(VERSION),
                program.about,
                program.name,
                dockerfile = program.dockerfile,
            ),
        );
    }
    line(
        &mut text,
        format_args!("\nEach runs as user and group `{USER}` in `/` and holds, besides its program:\n"),
    );
    line(&mut text, format_args!("| path | permissions | what |\n|---|---|---|"));
    for Entry { path, mode, kind } in layout() {
        let what = match kind {
            Kind::Folder => "folder",
            Kind::File(_) => "file",
            Kind::Link(_) => "link",
        };
        line(&mut text, format_args!("| `/{path}` | {mode:04o} | {what} |"));
    }
    line(&mut text, format_args!("\nIts labels:\n\n| label | value |\n|---|---|"));
    for (name, value) in PROGRAMS[0].labels("") {
        let what = match name.rsplit('.').next() {
            Some("title") => "the program's name".to_owned(),
            Some("description") => "what it is".to_owned(),
            Some("revision") => "the commit it was built from, as `--version` has it".to_owned(),
            _ => format!("`{value}`"),
        };
        line(&mut text, format_args!("| `{name}` | {what} |"));
    }
    text
}

fn line(text: &mut String, what: std::fmt::Arguments<'_>) {
    writeln!(text, "{what}").expect("because a string can always be written to");
}
