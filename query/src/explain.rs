//! What a query means, in words.

use std::fmt::{self, Display as _, Write as _};

use crate::{
    expression::{Ask, Atom, Bound, Expr, Pattern, Test, normal::is_message},
    field::{Field, Place},
    literal::{
        address::Network,
        quantity::{Quantity, bytes_of_one, nanos_of_one},
    },
    matcher::level,
    text::parts,
};

/// A sentence for people: `records whose level is ERROR and whose message has the word "timeout"`.
pub fn explain(expr: &Expr) -> String {
    let expr = expr.clone().normal();
    match &expr {
        Expr::All => "every record".to_owned(),
        Expr::Not(inner) if **inner == Expr::All => "no record".to_owned(),
        expr => format!("records {}", Words(expr)),
    }
}

struct Words<'a>(&'a Expr);

impl fmt::Display for Words<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Expr::All => f.write_str("of any kind"),
            Expr::Test(test) => condition(f, test),
            Expr::Not(inner) => {
                f.write_str("that are not ")?;
                bracketed(f, inner, true)
            }
            Expr::And(parts) => listed(f, parts, " and "),
            Expr::Or(parts) => listed(f, parts, " or "),
        }
    }
}

fn listed(f: &mut fmt::Formatter<'_>, parts: &[Expr], join: &str) -> fmt::Result {
    for (at, part) in parts.iter().enumerate() {
        if at > 0 {
            f.write_str(join)?;
        }
        bracketed(f, part, false)?;
    }
    Ok(())
}

fn bracketed(f: &mut fmt::Formatter<'_>, part: &Expr, always: bool) -> fmt::Result {
    let is_list = matches!(part, Expr::And(_) | Expr::Or(_));
    if is_list {
        return write!(f, "({})", Words(part));
    }
    if always { write!(f, "those {}", Words(part)) } else { Words(part).fmt(f) }
}

fn condition(f: &mut fmt::Formatter<'_>, Test { field, ask }: &Test) -> fmt::Result {
    match field.place() {
        Place::Level => return of_level(f, ask),
        _ if field.is_time() => return of_time(f, field, ask),
        _ => {}
    }
    if is_message(field) {
        return of_message(f, ask);
    }
    match ask {
        Ask::Present => write!(f, "that have the field {field}"),
        Ask::Word(text) | Ask::Phrase(text) if text.is_empty() => write!(f, "whose {field} is empty"),
        Ask::Word(text) | Ask::Phrase(text) => of_value(f, field, text),
        Ask::Like(pattern) => write!(f, "whose whole {field} looks like \"{}\"", Shown(pattern)),
        Ask::Regex(regex) => write!(f, "whose whole {field} fits the regex /{}/", regex.text()),
        Ask::Range { low, high } => {
            write!(f, "whose {field} is ")?;
            between(f, low.as_ref(), high.as_ref(), ["above", "below", "from", "up to"])
        }
    }
}

/// A value, and what else equals it.
fn of_value(f: &mut fmt::Formatter<'_>, field: &Field, text: &str) -> fmt::Result {
    let amount = match Quantity::parse(text) {
        _ if Network::parse(text).is_some() => {
            return write!(f, "whose {field} is \"{text}\" or an address in this network");
        }
        Some(Quantity::Duration(nanos)) => nanos / nanos_of_one(field.name()),
        Some(Quantity::Size(bytes)) => bytes / bytes_of_one(field.name()),
        None => return write!(f, "whose {field} is exactly \"{text}\""),
    };
    write!(f, "whose {field} is \"{text}\" or the number {amount}")
}

fn of_message(f: &mut fmt::Formatter<'_>, ask: &Ask) -> fmt::Result {
    match ask {
        Ask::Present | Ask::Range { .. } => f.write_str("that have a message"),
        Ask::Word(text) | Ask::Phrase(text) if text.is_empty() => f.write_str("whose message is empty"),
        Ask::Word(text) => write!(f, "whose message has the word \"{text}\""),
        Ask::Phrase(text) if parts(text).next().is_none() => {
            write!(f, "whose message has the characters \"{text}\"")
        }
        Ask::Phrase(text) => write!(f, "whose message has the words \"{text}\" in a row"),
        Ask::Like(pattern) => match pattern.atoms() {
            [rest @ .., Atom::Many] if rest.iter().all(|atom| matches!(atom, Atom::Char(_))) => {
                write!(f, "whose message has a word that begins with \"{}\"", pattern.prefix().0)
            }
            _ => write!(f, "whose message has a word like \"{}\"", Shown(pattern)),
        },
        Ask::Regex(regex) => write!(f, "in whose message the regex /{}/ finds something", regex.text()),
    }
}

fn of_level(f: &mut fmt::Formatter<'_>, ask: &Ask) -> fmt::Result {
    match ask {
        Ask::Present => f.write_str("that have a level"),
        Ask::Word(text) | Ask::Phrase(text) if text.is_empty() => f.write_str("without a level"),
        Ask::Word(text) | Ask::Phrase(text) => match level::parse(text) {
            Some((first, last)) if first == last => write!(f, "whose severity number is {text}"),
            _ => write!(f, "whose level is {text}"),
        },
        Ask::Like(pattern) => write!(f, "whose level looks like \"{}\"", Shown(pattern)),
        Ask::Regex(regex) => write!(f, "whose level fits the regex /{}/", regex.text()),
        Ask::Range { low, high } => {
            f.write_str("whose level is ")?;
            between(f, low.as_ref(), high.as_ref(), ["above", "below", "at least", "at most"])
        }
    }
}

fn of_time(f: &mut fmt::Formatter<'_>, field: &Field, ask: &Ask) -> fmt::Result {
    let verb = if field.place() == Place::Time { "that happened" } else { "that were first seen" };
    match ask {
        Ask::Word(text) | Ask::Phrase(text) => write!(f, "{verb} within {text}"),
        Ask::Range { low, high } => {
            write!(f, "{verb} ")?;
            between(f, low.as_ref(), high.as_ref(), ["after", "before", "from", "until the end of"])
        }
        _ => write!(f, "that say when they {}", verb.trim_start_matches("that ")),
    }
}

/// Words for a bound that is left out below and above, and for one that is included below and above.
fn between(
    f: &mut fmt::Formatter<'_>,
    low: Option<&Bound>,
    high: Option<&Bound>,
    [above, below, from, to]: [&str; 4],
) -> fmt::Result {
    if let Some(low) = low {
        write!(f, "{} {}", if low.inclusive { from } else { above }, low.value)?;
    }
    if let (Some(_), Some(_)) = (low, high) {
        f.write_str(" and ")?;
    }
    high.map_or(Ok(()), |high| write!(f, "{} {}", if high.inclusive { to } else { below }, high.value))
}

/// A pattern with its wildcards, for reading.
struct Shown<'a>(&'a Pattern);

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.atoms().iter().try_for_each(|atom| {
            f.write_char(match atom {
                Atom::Char(c) => *c,
                Atom::One => '?',
                Atom::Many => '*',
            })
        })
    }
}
