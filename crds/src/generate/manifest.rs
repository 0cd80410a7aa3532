//! The definition of a kind as YAML.

use crate::kind::Kind;

const HEAD: &str = "# Generated from the types in crds/ by `make docs`; do not edit.\n";

/// Of the kind of that name.
pub fn of(name: &str) -> String {
    let kind = Kind::by_name(name).expect("because the table of files names kinds");
    let text = serde_saphyr::to_string(&kind.definition());
    format!("{HEAD}{}", text.expect("because a definition is plain data"))
}
