//! Keeping the schemas of a release, so that later ones are held to them.

use crate::{kind::KINDS, schema};

/// The schemas of today, each with the name of its file.
pub fn schemas() -> Vec<(String, String)> {
    let of_kinds = KINDS.iter().map(|kind| {
        let text = serde_json::to_string_pretty(schema::of(&kind.definition()));
        (format!("{}.json", kind.plural), text.expect("because a schema is plain data") + "\n")
    });
    of_kinds.collect()
}
