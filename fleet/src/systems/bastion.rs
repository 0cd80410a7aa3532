//! The way in: sshd and its friends, through syslog.

use super::Level::{Debug, Error, Info, Warn};
use super::Plant::FailedPassword;
use super::Template;

pub(super) const TEMPLATES: &[Template] = &[
    Template::new(Info, 60, "Accepted publickey for {user} from {ip} port {port} ssh2: ED25519 SHA256:{hex10} session={hex8} pid={pid} key={small} span={hex8} took={ms}ms"),
    Template::new(Info, 40, "pam_unix(sshd:session): session opened for user {user}(uid={n}) by (uid={small}) tty=pts/{small} session={hex10} pid={pid} from {ip} audit={hex8} host={host}"),
    Template::new(Info, 30, "pam_unix(sshd:session): session closed for user {user} after {secs}s, session={hex10} pid={pid} in={bytes} out={bytes} host={host} audit={hex8}"),
    Template::new(Info, 12, "Starting session: shell on pts/{small} for {user} from {ip} port {port} id {small} session={hex10} pid={pid} host={host} audit={hex8} env={n}"),
    Template::new(Info, 6, "sudo: {user} : TTY=pts/{small} ; USER=root ; COMMAND=systemctl status {queue} ; pid={pid} session={hex10} exit={small} took={ms}ms audit={hex8} host={host} from {ip}"),
    Template::new(Info, 4, "systemd-logind: New session {n} of user {user}, leader={pid} seat={small} scope={hex10} uid={n} audit={hex8} host={host} slice={n} region={region}"),
    Template::new(Info, 8, "Failed password for {user} from {ip} port {port} ssh2 session={hex8} pid={pid} attempt={small}"),
    Template::new(Info, 4, "Failed password for invalid user {user} from {ip} port {port} ssh2 session={hex8} pid={pid} attempt={small}"),
    Template::new(Info, 2, "Failed password for {user} from {badip} port {port} ssh2 session={hex8} pid={pid} attempt={small}").plant(FailedPassword),
    Template::new(Info, 2, "Failed password for invalid user {user} from {badip} port {port} ssh2 session={hex8} pid={pid} attempt={small}").plant(FailedPassword),
    Template::new(Debug, 40, "debug1: kex: algorithm curve25519, host key ED25519, client {ip} port {port} rekey={bytes} session={hex10} pid={pid} cookie={hex8} user={user} host={host}"),
    Template::new(Debug, 15, "debug2: channel {small}: window {bytes} sent adjust {bytes}, peer {ip} port {port} session={hex10} pid={pid} rtt={ms}ms host={host} tag={hex8} span={hex8}"),
    Template::new(Debug, 5, "debug1: userauth request for user {user} service {queue} attempt {small} failures {small} from {ip} port {port} session={hex10} pid={pid} nonce={hex8} host={host}"),
    Template::new(Debug, 2, "debug3: mm_request_send: type {n}, {bytes} bytes from pid={pid} to pid={pid} in {ms}ms, monitor={hex8} session={hex10} fd={n} host={host} client={ip}"),
    Template::new(Warn, 30, "Received bad protocol version from {ip} port {port}: {bytes} bytes, banner={hex10} pid={pid} seen {n} times in {secs}s host={host} event={hex8} span={hex8}"),
    Template::new(Warn, 10, "Too many authentication failures for {user} from {ip} port {port} ssh2 after {small} tries in {secs}s, session={hex10} pid={pid} audit={hex8} host={host}"),
    Template::new(Warn, 4, "reverse mapping of {ip} to {host} does not match its address, span={hex8} port {port} session={hex10} pid={pid} lookup={ms}ms audit={hex8} answers={small}"),
    Template::new(Warn, 2, "certificate {hex10} of {user} expires in {secs}s: serial={n} from {ip} port {port} pid={pid} session={hex8} host={host} ca={version} region={region}"),
    Template::new(Error, 20, "kex_exchange_identification: read from {ip} port {port}: reset by peer after {ms}ms, {bytes} bytes pid={pid} session={hex10} host={host} event={hex8} span={hex8}"),
    Template::new(Error, 8, "PAM: authentication failure for {user} from {ip} port {port}: module returned {n}, session={hex10} pid={pid} tries={small} audit={hex8} host={host} uid={n}"),
    Template::new(Error, 3, "fatal: no matching cipher found from {ip} port {port}: their offer of {small} ciphers, pid={pid} session={hex10} host={host} release={version} audit={hex8} span={hex8}"),
    Template::new(Error, 1, "could not load host key {small}: fingerprint {hex10}, errno={n} pid={pid} inode={n} mode={n} host={host} boot={hex8} release={version} after {ms}ms span={hex8}"),
];
