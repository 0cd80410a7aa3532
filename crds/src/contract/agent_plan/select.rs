//! Which containers are read.

use serde::{Deserialize, Serialize};

use crate::contract::words::{LabelSelector, SelectMode, Stream};

/// Which containers are read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Select {
    /// How they are chosen.
    pub mode: SelectMode,
    /// Labels of the pods; looked at only where they are chosen by selector.
    pub pods: LabelSelector,
    /// Namespaces of the pods; looked at where they are not chosen by annotation.
    pub namespaces: Namespaces,
    /// Which containers of a pod.
    pub containers: Containers,
    /// Which outputs of a container.
    pub streams: Vec<Stream>,
}

/// Which containers of a pod, by globs of their names.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Containers {
    /// Those that are read; `*` is all of them.
    pub include: Vec<String>,
    /// Those that are not, even if included.
    pub exclude: Vec<String>,
}

/// Some namespaces.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Namespaces {
    /// The pipeline's own.
    Same,
    /// All.
    All,
    /// Those with such labels.
    Selector(LabelSelector),
}
