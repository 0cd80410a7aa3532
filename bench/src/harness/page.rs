//! Keeps `docs/performance.md` current: the part between two marks is rewritten, the rest is left alone.

use std::{fs, io, path::Path, process::Command};

use super::figure::{Figure, Table};

const BEGIN: &str = "<!-- figures: written by `make bench` -->";
const END: &str = "<!-- end of figures -->";

/// The page could not be rewritten.
#[derive(Debug, thiserror::Error)]
pub enum PageError {
    #[allow(missing_docs, reason = "the message is the documentation")]
    #[error("{step} {path}")]
    File { step: &'static str, path: String, source: io::Error },
    #[allow(missing_docs, reason = "the message is the documentation")]
    #[error("{path} has no part between `{BEGIN}` and `{END}`")]
    Marks { path: String },
}

/// Puts the figures of one run into the page, with date, commit, machine and versions.
pub fn refresh(path: &Path, figures: &[Figure]) -> Result<(), PageError> {
    let shown = path.display().to_string();
    let file = |step| {
        let path = shown.clone();
        move |source| PageError::File { step, path, source }
    };
    let page = fs::read_to_string(path).map_err(file("read"))?;
    let part = format!("{}\n\n{}", circumstances(), Table(figures));
    let page = replaced(&page, &part).ok_or(PageError::Marks { path: shown.clone() })?;
    fs::write(path, page).map_err(file("write"))
}

fn replaced(page: &str, part: &str) -> Option<String> {
    let (head, rest) = page.split_once(BEGIN)?;
    let (_, tail) = rest.split_once(END)?;
    Some(format!("{head}{BEGIN}\n\n{part}\n{END}{tail}"))
}

fn circumstances() -> String {
    let date = jiff::Timestamp::now().strftime("%Y-%m-%d").to_string();
    let commit = said_by("git", &["rev-parse", "--short=12", "HEAD"]);
    let rust = said_by("rustc", &["--version"]);
    let kernel = said_by("uname", &["-sr"]);
    let processor = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let processor = processor.lines().find_map(|line| line.strip_prefix("model name")?.split_once(": "));
    let processor = processor.map_or("unknown processor", |(_, name)| name);
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    format!("Measured {date} at commit `{commit}`: {cores} cores of {processor}, {kernel}, {rust}.")
}

fn said_by(program: &str, arguments: &[&str]) -> String {
    let said = Command::new(program).args(arguments).output().ok().filter(|said| said.status.success());
    said.map_or_else(|| "unknown".into(), |said| String::from_utf8_lossy(&said.stdout).trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_marked_part_changes() {
        let page = format!("# Title\n{BEGIN}\nold\n{END}\nafter\n");
        assert_eq!(replaced(&page, "new").unwrap(), format!("# Title\n{BEGIN}\n\nnew\n{END}\nafter\n"));
        assert_eq!(replaced("# Title", "new"), None);
    }
}
