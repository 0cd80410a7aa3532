//! A Dockerfile that makes the image of `make images` with a container engine. Pure.
//!
//! No engine runs it in the gate. A test carries out the shell commands that lay out the image, and compares what
//! they make, and all settings, with the archive.

use std::fmt::Write as _;

use sawlog_e2e::image::{Entry, Kind};

use super::{Program, USER, VERSION, layout};

const TOOLCHAIN: &str = include_str!("../../../rust-toolchain.toml");

/// The whole text.
pub fn of(program: &Program) -> String {
    let Program { name, package, dockerfile, .. } = program;
    let toolchain = toolchain();
    let reference = program.reference(VERSION);
    let layout: String = layout().iter().fold(String::new(), |mut text, entry| {
        write!(text, " \\\n && {}", lay_out(entry)).expect("because a string can always be written to");
        text
    });
    let labels: Vec<String> = program
        .labels("$SAWLOG_COMMIT")
        .iter()
        .map(|(name, value)| format!("      {name}=\"{value}\""))
        .collect();
    let labels = labels.join(" \\\n");
    format!(
        r#"# Written by `make docs` from the table in xtask/src/images.rs; `make check` compares.
# The image of `make images`, for those who have a container engine. From the folder of the workspace:
#   docker build --file {dockerfile} --build-arg SAWLOG_COMMIT="$(git rev-parse --short=12 HEAD)" --tag {reference} .

FROM rust:{toolchain}-bookworm AS build
# The toolchain that is here; rust-toolchain.toml asks for the developers' tools, too.
ENV RUSTUP_TOOLCHAIN={toolchain}
ARG SAWLOG_COMMIT=unknown
WORKDIR /src
COPY . .
# With a target named, the flags are for the program alone and not for what builds it.
RUN RUSTFLAGS="-C target-feature=+crt-static" cargo build --locked --release --target-dir /built \
    --target "$(rustc -vV | sed -n 's/^host: //p')" --package {package} --bin {name}
RUN install -D -m 0755 /built/*/release/{name} /image/{name}{layout}

FROM scratch
ARG SAWLOG_COMMIT=unknown
COPY --from=build /image/ /
LABEL {labels}
USER {USER}
WORKDIR /
ENTRYPOINT ["/{name}"]
"#,
        labels = labels.trim_start()
    )
}

/// The shell command that makes an entry below `/image`.
fn lay_out(Entry { path, mode, kind }: &Entry) -> String {
    match kind {
        Kind::Folder => format!("install -d -m {mode:04o} /image/{path}"),
        Kind::Link(target) => format!("ln -s {target} /image/{path}"),
        Kind::File(bytes) => {
            let text = String::from_utf8_lossy(bytes);
            let lines: Vec<String> = text.lines().map(|line| format!("'{line}'")).collect();
            format!("printf '%s\\n' {} > /image/{path} && chmod {mode:04o} /image/{path}", lines.join(" "))
        }
    }
}

fn toolchain() -> &'static str {
    let channel = TOOLCHAIN.lines().find_map(|line| line.strip_prefix("channel = \""));
    let channel = channel.and_then(|rest| rest.strip_suffix('"'));
    channel.expect("because rust-toolchain.toml is part of the project and names a channel")
}

#[cfg(test)]
mod tests {
    use super::{super::PROGRAMS, *};

    #[test]
    fn the_toolchain_is_the_pinned_one_and_no_text_needs_quoting() {
        assert!(toolchain().split('.').count() == 3, "{}", toolchain());
        for program in PROGRAMS {
            for (_, value) in program.labels("$SAWLOG_COMMIT") {
                assert!(!value.contains(['"', '\\', '\n']), "{value}");
            }
        }
        for entry in layout() {
            let Kind::File(bytes) = entry.kind else { continue };
            assert!(bytes.ends_with(b"\n") && !bytes.contains(&b'\''), "{}", entry.path);
        }
    }
}
