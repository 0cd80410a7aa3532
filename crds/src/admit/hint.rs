//! What was probably meant by a word that nobody knows.

use super::{
    model::{Model, Schema},
    position::Way,
};

/// The nearest of several words, if one is near.
pub fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let lower = word.to_lowercase();
    let allowed = (lower.chars().count() / 3).clamp(1, 3);
    let near = known.into_iter().map(|known| (distance(&lower, &known.to_lowercase()), known));
    near.filter(|(steps, _)| *steps <= allowed).min_by_key(|(steps, _)| *steps).map(|(_, known)| known)
}

/// Letters to add, to take away, to exchange, or to swap with the next.
fn distance(from: &str, to: &str) -> usize {
    let (from, to): (Vec<char>, Vec<char>) = (from.chars().collect(), to.chars().collect());
    // Words of this length are nobody's slip of the pen, and comparing them takes long.
    if from.len().max(to.len()) > 64 {
        return usize::MAX;
    }
    let mut before: Vec<usize> = Vec::new();
    let mut row: Vec<usize> = (0..=to.len()).collect();
    for (i, letter) in from.iter().enumerate() {
        let mut next = vec![i + 1];
        for (j, other) in to.iter().enumerate() {
            let exchanged = row[j] + usize::from(letter != other);
            let mut least = exchanged.min(row[j + 1] + 1).min(next[j] + 1);
            if i > 0 && j > 0 && from[i - 1] == *other && to[j - 1] == *letter {
                least = least.min(before[j - 1] + 1);
            }
            next.push(least);
        }
        before = std::mem::replace(&mut row, next);
    }
    row[to.len()]
}

/// For a field: a name beside it, or the place where the schema has it.
pub(super) fn field(model: &Model, beside: &Schema, way: &Way, name: &str) -> Option<String> {
    if let Some(near) = nearest(name, beside.properties.keys().map(String::as_str)) {
        return Some(format!("did you mean `{near}`?"));
    }
    let mut places = Vec::new();
    find(&model.schema, name, "", &mut places);
    // The fewest steps away: what is misplaced by one level is the usual slip.
    let here = way.dotted();
    let shared =
        |place: &str| place.split('.').zip(here.split('.')).take_while(|(there, here)| there == here).count();
    let best = places.iter().max_by_key(|place| (shared(place), std::cmp::Reverse(place.len())))?;
    Some(format!("did you mean `{best}`?"))
}

fn find(schema: &Schema, name: &str, way: &str, places: &mut Vec<String>) {
    for (field, below) in &schema.properties {
        let place = if way.is_empty() { field.clone() } else { format!("{way}.{field}") };
        if place == "status" {
            continue;
        }
        if field == name {
            places.push(place.clone());
        }
        find(below, name, &place, places);
    }
    if let Some(items) = &schema.items {
        find(items, name, &format!("{way}[]"), places);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_of_the_pen_are_near() {
        let known = ["partitions", "replicas", "name", "retention"];
        for (word, near) in [
            ("partition", Some("partitions")),
            ("Partitions", Some("partitions")),
            ("replcias", Some("replicas")),
            ("nmae", Some("name")),
            ("retain", None),
            ("x", None),
            ("", None),
        ] {
            assert_eq!(nearest(word, known), near, "{word}");
        }
    }
}
