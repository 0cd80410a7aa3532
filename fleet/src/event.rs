//! One thing that one container said.

use std::{array, sync::LazyLock};

use crate::{
    dice::Dice,
    plan::Slot,
    stack,
    systems::{Level, System, Template},
    topology::Pod,
    words::Value,
};

/// One record of the fleet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// When, in nanoseconds since 1970.
    pub time_ns: u64,
    /// Who.
    pub pod: Pod,
    /// How bad.
    pub level: Level,
    /// What; several lines where a stack trace follows.
    pub message: String,
    /// As part of which trace.
    pub trace: Option<u128>,
    /// Which call within the trace.
    pub span: Option<u64>,
    /// How long the thing took that it speaks of.
    pub duration_ms: Option<u32>,
}

/// A template cut at its placeholders.
enum Piece {
    Text(&'static str),
    Value(Value),
}

type Catalogue = [Vec<Vec<Piece>>; System::ALL.len()];

static PIECES: LazyLock<Catalogue> =
    LazyLock::new(|| array::from_fn(|system| System::ALL[system].templates().iter().map(cut).collect()));

fn cut(template: &Template) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut rest = template.text;
    while let Some((text, (name, after))) =
        rest.split_once('{').and_then(|(text, tail)| tail.split_once('}').map(|named| (text, named)))
    {
        let value =
            Value::named(name).unwrap_or_else(|| panic!("no placeholder {{{name}}}: {}", template.text));
        pieces.push(Piece::Text(text));
        pieces.push(Piece::Value(value));
        rest = after;
    }
    pieces.push(Piece::Text(rest));
    pieces
}

impl Event {
    /// What the slot of a plan turns into.
    pub fn of(slot: &Slot, time_ns: u64, dice: &mut Dice) -> Self {
        let mut message = say(slot.pod.system, slot.template, time_ns, dice);
        if slot.long {
            append_dump(dice, &mut message);
        }
        let span = slot.trace.map(|_| dice.bits());
        let Slot { pod, trace, duration_ms, .. } = *slot;
        Self { time_ns, pod, level: slot.level(), message, trace, span, duration_ms }
    }
}

/// The message of a system's template, by its place in the table, said at a time.
pub fn say(system: System, template: usize, time_ns: u64, dice: &mut Dice) -> String {
    let tick = time_ns / 1_000_000 % 86_400_000;
    let mut message = String::with_capacity(192);
    for piece in &PIECES[system as usize][template] {
        match piece {
            Piece::Text(text) => message.push_str(text),
            Piece::Value(value) => value.write(tick, dice, &mut message),
        }
    }
    if let Some(lang) = system.templates()[template].trace {
        stack::append(lang, dice, &mut message);
    }
    message
}

/// What somebody logs by mistake: a whole basket, 20 to 50 kB of it.
pub(crate) fn append_dump(dice: &mut Dice, message: &mut String) {
    let end = message.len() + 20_000 + dice.below(29_000) as usize;
    message.push_str(" payload=[");
    while message.len() < end {
        message.push_str("{sku: ");
        Value::Sku.write(0, dice, message);
        message.push_str(", quantity: ");
        Value::Small.write(0, dice, message);
        message.push_str(", warehouse: ");
        Value::City.write(0, dice, message);
        message.push_str("}, ");
    }
    message.push(']');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_placeholder_has_a_value() {
        for system in System::ALL {
            for template in 0..system.templates().len() {
                let text = say(system, template, 0, &mut Dice::new(7, template as u64));
                assert!(!text.is_empty());
            }
        }
    }
}
