//! Commands with mounts of their own: what they mount nobody else sees, and it vanishes with them.

/// A command line that runs `script` (for `sh`, with `words` as `$1`, `$2`…) in a mount namespace of its own.
/// Without root it has a user namespace too, in which it may mount.
pub(super) fn unshared(script: &str, words: &[&str]) -> (&'static str, Vec<String>) {
    let mut arguments = vec!["--mount", "--propagation", "private"];
    if !rustix::process::getuid().is_root() {
        arguments.extend(["--user", "--map-root-user"]);
    }
    arguments.extend(["sh", "-c", script, "sh"]);
    arguments.extend(words);
    ("unshare", arguments.into_iter().map(str::to_owned).collect())
}
