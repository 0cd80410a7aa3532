//! Files that are written from the kinds: what the API server is given, and the pages that describe it.

pub mod manifest;
pub mod reasons;
pub mod release;
pub mod resources;

/// A file that is generated.
pub struct File {
    /// Where it belongs, from the top of the repository.
    pub path: &'static str,
    /// Its text.
    pub content: fn() -> String,
}

/// All of them.
pub const FILES: &[File] = &[
    File { path: "config/crd/logpipelines.yaml", content: || manifest::of("LogPipeline") },
    File { path: "config/crd/logindexes.yaml", content: || manifest::of("LogIndex") },
    File { path: "config/crd/retentionpolicies.yaml", content: || manifest::of("RetentionPolicy") },
    File { path: "config/crd/alertrules.yaml", content: || manifest::of("AlertRule") },
    File { path: "docs/reference/resources.md", content: resources::page },
    File { path: "docs/reference/reasons.md", content: reasons::page },
];
