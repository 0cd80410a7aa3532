//! What `make check` refuses: one flat table, run in order, every entry reported.
//!
//! A check looks at a tree and answers with findings; it writes nothing into it. Findings name the place
//! and say what to do. Advice is printed and does not fail. A check that cannot run fails.

use crate::tree::Tree;

pub mod cargo;
pub mod links;
pub mod scripts;
pub mod size;

/// What a check has to say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Finding {
    /// This must change.
    Refused(String),
    /// Worth knowing; does not fail.
    Advice(String),
}

/// One line of the table.
struct Check {
    name: &'static str,
    refuses: &'static str,
    run: fn(&Tree) -> anyhow::Result<Vec<Finding>>,
}

#[rustfmt::skip]
const CHECKS: &[Check] = &[
    Check { name: "format", refuses: "Rust that cargo fmt would change", run: cargo::format },
    Check { name: "lint", refuses: "any warning of clippy or rustc", run: cargo::lint },
    Check { name: "scripts", refuses: "a shell script shellcheck warns about", run: scripts::check },
    Check { name: "dependencies", refuses: "a licence, a duplicate or a source deny.toml does not allow", run: cargo::dependencies },
    Check { name: "generated", refuses: "a generated file that is not what its program says", run: generated },
    Check { name: "links", refuses: "a link or an anchor in Markdown that leads nowhere", run: links::check },
    Check { name: "size", refuses: "a Rust file over 600 lines without its tests", run: size::check },
    Check { name: "soak", refuses: "nothing; says when docs/soak.md is older than what it covers", run: crate::soak::advice },
];

/// The names of all checks, in order.
pub fn names() -> Vec<&'static str> {
    CHECKS.iter().map(|check| check.name).collect()
}

/// Runs the checks named in `only`, or all; true when nothing is refused.
pub fn run(tree: &Tree, only: &[String]) -> bool {
    let chosen = CHECKS.iter().filter(|check| only.is_empty() || only.iter().any(|name| name == check.name));
    let refused: Vec<_> = chosen.filter(|check| !passes(check, tree)).map(|check| check.name).collect();
    if !refused.is_empty() {
        println!("refused: {}", refused.join(", "));
    }
    refused.is_empty()
}

fn passes(check: &Check, tree: &Tree) -> bool {
    let began = std::time::Instant::now();
    let findings = (check.run)(tree)
        .unwrap_or_else(|error| vec![Finding::Refused(format!("could not be checked: {error:#}"))]);
    let passes = !findings.iter().any(|finding| matches!(finding, Finding::Refused(_)));
    let verdict = if passes { "ok" } else { "REFUSED" };
    println!(
        "{:<14}{verdict:<9}{:>6.1}s  refuses {}",
        check.name,
        began.elapsed().as_secs_f64(),
        check.refuses
    );
    for finding in findings {
        match finding {
            Finding::Refused(text) => println!("{}", indented(&text)),
            Finding::Advice(text) => println!("{}", indented(&format!("warning: {text}"))),
        }
    }
    passes
}

fn indented(text: &str) -> String {
    text.lines().map(|line| format!("    {line}")).collect::<Vec<_>>().join("\n")
}

fn generated(tree: &Tree) -> anyhow::Result<Vec<Finding>> {
    Ok(crate::generated::check(tree)?.into_iter().map(Finding::Refused).collect())
}
