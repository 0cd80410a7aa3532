//! Whom an alert tells.
//!
//! What is refused here is refused for its text. That a name does not lead to a forbidden address is for whoever
//! connects to check: only then is there an address.

use std::net::IpAddr;

use crate::{
    alert::notify::Notify as Asked,
    contract::index_document::{Notify, Receiver, To},
    value::{Host, KubeName},
};

use super::{Problem, Reason, World};

/// The targets that a rule may have; what it may not have is a problem, and the others stay.
pub(super) fn targets(
    world: &World<'_>,
    asked: Option<&[Asked]>,
    problems: &mut Vec<Problem>,
) -> Vec<Notify> {
    let Some(asked) = asked else {
        let usual = world.configuration.default_receiver.as_ref();
        let usual = usual.filter(|name| world.configuration.receivers.contains_key(*name));
        return usual
            .map(|name| Notify { name: name.to_string(), to: To::Receiver(name.to_string()) })
            .into_iter()
            .collect();
    };
    let mut targets = Vec::new();
    for one in asked {
        match target(world, one) {
            Ok(to) => targets.push(Notify { name: one.name.to_string(), to }),
            Err(problem) => {
                let message = format!("notify[{}]: {}", one.name, problem.message);
                problems.push(Problem { message, ..problem });
            }
        }
    }
    targets
}

fn target(world: &World<'_>, asked: &Asked) -> Result<To, Problem> {
    match (&asked.receiver_ref, &asked.url) {
        (Some(receiver), None) => {
            let name = &receiver.name;
            let is_known = world.configuration.receivers.contains_key(name);
            let missing = || {
                Problem::new(
                    Reason::ReceiverUnknown,
                    format!("the operator's configuration has no receiver {name}"),
                )
            };
            is_known.then(|| To::Receiver(name.to_string())).ok_or_else(missing)
        }
        (None, Some(url)) => {
            let allowed = |host: &Host| is_at(url.as_str(), host.as_str());
            if world.configuration.allowed_hosts.iter().any(allowed) {
                return Ok(To::Url(url.to_string()));
            }
            let message = "the host of url is not one of allowedHosts in the operator's configuration";
            Err(Problem::new(Reason::HostNotAllowed, message))
        }
        _ => Err(Problem::new(Reason::SpecInvalid, "exactly one of receiverRef and url has to be set")),
    }
}

/// The receivers that targets name.
pub(super) fn receivers(world: &World<'_>, targets: &[Notify]) -> Vec<Receiver> {
    let named = targets.iter().filter_map(|target| match &target.to {
        To::Receiver(name) => KubeName::new(name).ok(),
        To::Url(_) => None,
    });
    let known = named.filter_map(|name| Some((world.configuration.receivers.get(&name)?, name)));
    let receiver = known.map(|(settings, name)| Receiver {
        requires: Vec::new(),
        name: name.to_string(),
        kind: settings.kind,
        url: settings.url.to_string(),
        secret: settings.secret.as_ref().map(ToString::to_string),
    });
    receiver.collect()
}

/// Whether a URL leads to a host: the very same name and port, and nothing before it that only looks like one.
fn is_at(url: &str, allowed: &str) -> bool {
    let Some((scheme, rest)) = url.split_once("://") else { return false };
    let usual_port = match scheme {
        "https" => "443",
        "http" => "80",
        _ => return false,
    };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    // Readers of URLs disagree on these; whoever needs them can do without.
    if authority.contains(['@', '\\', '[', ']', '%']) {
        return false;
    }
    let with_port = |host: &str| match host.split_once(':') {
        Some((name, port)) => (name.trim_end_matches('.').to_ascii_lowercase(), port.to_owned()),
        None => (host.trim_end_matches('.').to_ascii_lowercase(), usual_port.to_owned()),
    };
    let asked = with_port(authority);
    asked == with_port(allowed) && !is_near(&asked.0)
}

/// Loopback and link-local, in whichever spelling: also where somebody allowed them by mistake.
fn is_near(host: &str) -> bool {
    // Numbers alone are an IPv4 address to many clients: 2130706433, 0x7f.1, 127.1
    let last = host.rsplit('.').next().unwrap_or_default();
    let is_number =
        last.starts_with("0x") || (!last.is_empty() && last.bytes().all(|byte| byte.is_ascii_digit()));
    let near = match host.parse() {
        Ok(IpAddr::V4(ip)) => ip.is_loopback() || ip.is_link_local() || ip.is_unspecified(),
        Ok(IpAddr::V6(_)) => true,
        Err(_) => is_number,
    };
    near || host == "localhost" || host.ends_with(".localhost")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_very_host() {
        let rows = [
            ("https://chat.example.com/hook", "chat.example.com", true),
            ("https://CHAT.example.com./hook", "chat.example.com", true),
            ("https://chat.example.com:443?x", "chat.example.com", true),
            ("https://chat.example.com:8443/", "chat.example.com:8443", true),
            ("https://10.1.2.3/", "10.1.2.3", true),
            ("https://chat.example.com:8443/", "chat.example.com", false),
            ("http://chat.example.com/", "chat.example.com:443", false),
            ("https://chat.example.com.evil.test/", "chat.example.com", false),
            ("https://evilchat.example.com/", "chat.example.com", false),
            ("https://chat.example.com@evil.test/", "chat.example.com", false),
            ("https://evil.test\\@chat.example.com/", "chat.example.com", false),
            ("https://evil.test#chat.example.com", "chat.example.com", false),
            ("https://evil.test/chat.example.com", "chat.example.com", false),
            ("ftp://chat.example.com/", "chat.example.com", false),
            ("http://localhost/", "localhost", false),
            ("http://127.0.0.1/", "127.0.0.1", false),
            ("http://127.1/", "127.1", false),
            ("http://2130706433/", "2130706433", false),
            ("http://0x7f.0.0.1/", "0x7f.0.0.1", false),
            ("http://169.254.169.254/latest/", "169.254.169.254", false),
            ("http://0.0.0.0/", "0.0.0.0", false),
            ("http://[::1]/", "::1", false),
        ];
        for (url, allowed, expected) in rows {
            assert_eq!(is_at(url, allowed), expected, "{url} for {allowed}");
        }
    }
}
