//! Words of the resources that documents use as they are: one word for one thing.
//!
//! A word that is added there is a word that older readers of documents do not know; they reject the entry that has
//! it, alone. A word that is taken away breaks the golden files.

pub use crate::{
    alert::{
        Severity,
        trigger::{Function, Op},
    },
    pipeline::{
        deliver::{Durability, OnFull},
        limits::{OnExceed, OnOversize},
        parse::{Format, Preset},
        redact::{Detector, RedactMode},
        schema::{FieldType, SchemaMode},
        select::{SelectMode, Stream},
        shape::Level,
        topic::{Compression, TopicKey},
    },
    retention::{Mode as RetentionMode, TierName},
    selector::{LabelOperator, LabelRequirement, LabelSelector},
};
