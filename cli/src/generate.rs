//! Man page and reference, from the command tree alone: no date, no commit, so that they change only when
//! the commands do.

use std::fmt::Write as _;

use clap::{Command, CommandFactory as _};

use crate::flags::{Flags, Generated};

/// The text.
pub fn generate(what: Generated) -> String {
    // The commit in the version would make the files stale with every commit.
    let tree = Flags::command().version(env!("CARGO_PKG_VERSION"));
    match what {
        Generated::Man => man(tree),
        Generated::Reference => reference(tree),
        Generated::Broker => sawlog_broker::reference::reference(),
    }
}

fn man(tree: Command) -> String {
    let mut page = Vec::new();
    let rendered = clap_mangen::Man::new(tree).date("").manual("Sawlog").render(&mut page);
    rendered.expect("because writing to memory does not fail");
    String::from_utf8(page).expect("because help texts are text")
}

fn reference(mut tree: Command) -> String {
    tree.build();
    let mut out =
        String::from("# The command line\n\nGenerated from the program by `make docs`; do not edit.\n");
    section(&mut tree, &mut out);
    out
}

fn section(command: &mut Command, out: &mut String) {
    let name = command.get_bin_name().unwrap_or(command.get_name()).to_owned();
    let help = command.clone().term_width(90).render_long_help();
    let written = write!(out, "\n## `{name}`\n\n```text\n{}\n```\n", help.to_string().trim_end());
    written.expect("because writing to a string does not fail");
    for below in
        command.get_subcommands_mut().filter(|below| !below.is_hide_set() && below.get_name() != "help")
    {
        section(below, out);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_name_every_command_that_is_not_hidden() {
        for what in [Generated::Man, Generated::Reference] {
            let text = generate(what);
            assert!(text.contains("completions") && text.contains("up"), "{text}");
            assert!(!text.contains("generate "), "{text}");
        }
    }
}
