//! One measured figure, for people and for programs.

use std::fmt;

use serde::{Deserialize, Serialize};

/// What was measured, beside what it has to be.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Figure {
    /// Which benchmark.
    pub bench: String,
    /// Which of its figures.
    pub metric: String,
    /// How much.
    pub value: f64,
    /// Of what.
    pub unit: String,
    /// At least this (or at most, where less is better): below it is a defect.
    pub floor: Option<f64>,
    /// The goal.
    pub aim: Option<f64>,
    /// How it came about: size, seed, spread.
    pub note: String,
}

impl Figure {
    /// A figure that nothing is asked of yet.
    pub fn new(bench: &str, metric: &str, value: f64, unit: &str, note: impl Into<String>) -> Self {
        Self {
            bench: bench.into(),
            metric: metric.into(),
            value,
            unit: unit.into(),
            floor: None,
            aim: None,
            note: note.into(),
        }
    }

    /// The same, beside what it has to be.
    #[must_use]
    pub fn judged(self, floor: f64, aim: f64) -> Self {
        Self { floor: Some(floor), aim: Some(aim), ..self }
    }

    /// One line of JSON.
    pub fn json(&self) -> String {
        serde_json::to_string(self).expect("because a figure has only names and numbers")
    }
}

/// Digits as people want them: four that mean something.
pub fn rounded(value: f64) -> String {
    let places = [1000.0, 100.0, 10.0, 1.0, 0.1, 0.01];
    let decimals = places.iter().position(|&place| value.abs() >= place).unwrap_or(3);
    format!("{value:.decimals$}")
}

/// A table for people.
pub struct Table<'a>(pub &'a [Figure]);

impl fmt::Display for Table<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bar = |bar: Option<f64>| bar.map_or_else(|| "–".into(), rounded);
        writeln!(f, "| figure | value | at least | aim | how |\n|---|---:|---:|---:|---|")?;
        for Figure { bench, metric, value, unit, floor, aim, note } in self.0 {
            let value = rounded(*value);
            writeln!(
                f,
                "| {bench} `{metric}` | {value} {unit} | {} | {} | {note} |",
                bar(*floor),
                bar(*aim)
            )?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_figure_is_one_line_of_json_with_every_key() {
        let figure =
            Figure { floor: Some(350_000.0), ..Figure::new("agent", "drain", 512_345.0, "lines/s", "x") };
        assert_eq!(
            figure.json(),
            r#"{"bench":"agent","metric":"drain","value":512345.0,"unit":"lines/s","floor":350000.0,"aim":null,"note":"x"}"#
        );
        assert_eq!(serde_json::from_str::<Figure>(&figure.json()).unwrap(), figure);
    }

    #[test]
    fn four_digits_mean_something() {
        let shown = [512_345.6, 64.789_12, 1.5, 0.012_345, 0.0].map(rounded);
        assert_eq!(shown, ["512346", "64.79", "1.500", "0.01235", "0.000"]);
    }
}
