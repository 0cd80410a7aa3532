//! Where everything of a cluster is. Pure.
//!
//! ```text
//! host 10.N.255.1 ──▶ 10.N.255.2 control 10.N.0.1 ──┬─▶ 10.N.0.11 worker 1 ──▶ its pods 10.N.17.0/24
//!                                                   ╰─▶ 10.N.0.12 worker 2 ──▶ its pods 10.N.18.0/24
//! services 10.N.128.0/20: turned into pods by the worker that sees the packet first
//! ```
//!
//! Nothing has a default route, so nothing gets out. The workers hang on the control node, so that the one
//! link on the host vanishes with it, and everything else with that.

/// The addresses of one cluster, told from others by their second number.
#[derive(Debug, Clone, Copy)]
pub(super) struct Addresses {
    pub(super) network: u8,
}

impl Addresses {
    /// The host's end of the link: where a test's own listeners are.
    pub(super) fn host(self) -> String {
        format!("10.{}.255.1", self.network)
    }

    pub(super) fn control(self) -> String {
        format!("10.{}.0.1", self.network)
    }

    pub(super) fn control_to_host(self) -> String {
        format!("10.{}.255.2", self.network)
    }

    pub(super) fn worker(self, number: usize) -> String {
        format!("10.{}.0.{}", self.network, 10 + number)
    }

    pub(super) fn pods(self, worker: usize) -> String {
        format!("10.{}.{}.0/24", self.network, 16 + worker)
    }

    pub(super) fn services(self) -> String {
        format!("10.{}.128.0/20", self.network)
    }

    /// The API server's own service.
    pub(super) fn api_service(self) -> String {
        format!("10.{}.128.1", self.network)
    }

    pub(super) fn dns_service(self) -> String {
        format!("10.{}.128.10", self.network)
    }

    pub(super) fn everything(self) -> String {
        format!("10.{}.0.0/16", self.network)
    }

    /// The name of the link on the host.
    pub(super) fn link(self) -> String {
        format!("sawlog{}", self.network)
    }
}
