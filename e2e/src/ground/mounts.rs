//! Commands with mounts of their own: what they mount nobody else sees, and it vanishes with them.

use std::process::{Command, Stdio};

use super::error::GroundError;

const NAMESPACES: [&str; 3] = ["--mount", "--propagation", "private"];
const OF_A_USER: [&str; 2] = ["--user", "--map-root-user"];

/// A command line that runs `script` (for `sh`, with `words` as `$1`, `$2`…) in a mount namespace of its own.
/// Without root it has a user namespace too, in which it may mount.
pub(super) fn unshared(script: &str, words: &[&str]) -> Result<(&'static str, Vec<String>), GroundError> {
    let mut arguments = NAMESPACES.to_vec();
    if !rustix::process::getuid().is_root() {
        arguments.extend(OF_A_USER);
    }
    let mut trial = Command::new("unshare");
    trial.args(&arguments).arg("true").stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    if !trial.status().is_ok_and(|status| status.success()) {
        return Err(GroundError::NoRights {
            what: "a mount namespace of one's own",
            remedy: "run as root, or let users have namespaces (on Ubuntu \
                     `sysctl kernel.apparmor_restrict_unprivileged_userns=0`)",
        });
    }
    arguments.extend(["sh", "-c", script, "sh"]);
    arguments.extend(words);
    Ok(("unshare", arguments.into_iter().map(str::to_owned).collect()))
}
