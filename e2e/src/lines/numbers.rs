//! Which numbers came: once, twice, late, damaged, or not at all.

use std::{collections::BTreeMap, fmt};

use super::{Intervals, Line, Message, intervals};

/// Counts messages, run by run, in the order in which they are seen.
#[derive(Debug, Default)]
pub struct Numbers {
    runs: BTreeMap<String, Seen>,
    loose: u64,
    strange: u64,
    first_strange: Option<String>,
}

#[derive(Debug, Default)]
struct Seen {
    numbers: Intervals,
    twice: Intervals,
    late: Intervals,
    damaged: Intervals,
    torn: Intervals,
    last: Option<u64>,
}

/// What came of a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    /// Which.
    pub run: String,
    /// The numbers that came.
    pub seen: Intervals,
    /// Those that did not, up to the greatest that did.
    pub missing: Intervals,
    /// Those that came more than once.
    pub twice: Intervals,
    /// Those that came first when a greater one had come. Between standard output and standard error there is no
    /// order to keep.
    pub late: Intervals,
    /// Those that came otherwise than they were printed.
    pub damaged: Intervals,
    /// Those that came without all the lines that belong to them; to be expected of whoever reads line by line.
    pub torn: Intervals,
    /// The number of the line that says it is the last.
    pub last: Option<u64>,
}

/// How much of a strange message is shown.
const SHOWN: usize = 80;

impl Numbers {
    /// Counts one message.
    pub fn see(&mut self, message: &str) {
        let read = Line::read(message);
        let line = match read {
            Message::Whole(line) | Message::Damaged(line) | Message::Torn(line) => line,
            Message::Loose => return self.loose += 1,
            Message::Strange => {
                self.strange += 1;
                self.first_strange.get_or_insert_with(|| message.chars().take(SHOWN).collect());
                return;
            }
        };
        if !self.runs.contains_key(line.run) {
            self.runs.insert(line.run.to_owned(), Seen::default());
        }
        let seen = self.runs.get_mut(line.run).expect("because it was put there if it was not");
        let is_late = seen.numbers.last().is_some_and(|greatest| line.number < greatest);
        if !seen.numbers.insert(line.number) {
            seen.twice.insert(line.number);
        } else if is_late {
            seen.late.insert(line.number);
        }
        if matches!(read, Message::Damaged(_)) {
            seen.damaged.insert(line.number);
        }
        if matches!(read, Message::Torn(_)) {
            seen.torn.insert(line.number);
        }
        if line.is_last {
            seen.last = Some(line.number);
        }
    }

    /// What came of every run, by their names.
    pub fn verdicts(&self) -> Vec<Verdict> {
        self.runs.iter().map(|(run, seen)| seen.verdict(run)).collect()
    }

    /// Messages of lines that belong to a line, without it.
    pub fn loose(&self) -> u64 {
        self.loose
    }

    /// Messages that are none of ours, and how the first of them begins.
    pub fn strange(&self) -> Option<(u64, &str)> {
        self.first_strange.as_deref().map(|first| (self.strange, first))
    }
}

impl<'a> Extend<&'a str> for Numbers {
    fn extend<I: IntoIterator<Item = &'a str>>(&mut self, messages: I) {
        messages.into_iter().for_each(|message| self.see(message));
    }
}

impl<'a> FromIterator<&'a str> for Numbers {
    fn from_iter<I: IntoIterator<Item = &'a str>>(messages: I) -> Self {
        let mut numbers = Self::default();
        numbers.extend(messages);
        numbers
    }
}

impl Seen {
    fn verdict(&self, run: &str) -> Verdict {
        let greatest = self.numbers.last().unwrap_or_default();
        Verdict {
            run: run.to_owned(),
            missing: self.numbers.missing(1..=greatest),
            seen: self.numbers.clone(),
            twice: self.twice.clone(),
            late: self.late.clone(),
            damaged: self.damaged.clone(),
            torn: self.torn.clone(),
            last: self.last,
        }
    }
}

impl Verdict {
    /// Whether every number came, from the first to the one that says it is the last.
    pub fn is_complete(&self) -> bool {
        self.missing.is_empty() && self.last.is_some() && self.last == self.seen.last()
    }

    /// Whether every number came once, as it was printed and in order.
    pub fn is_faultless(&self) -> bool {
        let faults = [&self.twice, &self.late, &self.damaged, &self.torn];
        self.is_complete() && faults.into_iter().all(Intervals::is_empty)
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [first, greatest] = [self.seen.first(), self.seen.last()].map(Option::unwrap_or_default);
        write!(out, "{}: {}", self.run, intervals::grouped(first))?;
        if first < greatest {
            write!(out, "–{}", intervals::grouped(greatest))?;
        }
        write!(out, " seen")?;
        if !self.missing.is_empty() {
            write!(out, ", missing {}", self.missing)?;
        }
        let faults = [
            (&self.twice, "twice"),
            (&self.late, "out of order"),
            (&self.damaged, "damaged"),
            (&self.torn, "without all its lines"),
        ];
        for (numbers, what) in faults.into_iter().filter(|(numbers, _)| !numbers.is_empty()) {
            write!(out, ", {numbers} {what}")?;
        }
        match self.last {
            None => write!(out, ", none says it is the last"),
            Some(last) if last != greatest => {
                write!(out, ", although {} is the last", intervals::grouped(last))
            }
            Some(_) if self.is_complete() => write!(out, ", complete"),
            Some(_) => Ok(()),
        }
    }
}

/// A line for every run, and one for what belongs to none.
impl fmt::Display for Numbers {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        for verdict in self.verdicts() {
            writeln!(out, "{verdict}")?;
        }
        if self.loose > 0 {
            writeln!(out, "{} messages without the line they belong to", intervals::grouped(self.loose))?;
        }
        if let Some((count, first)) = self.strange() {
            writeln!(out, "{} strange messages, the first: {first:?}", intervals::grouped(count))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use proptest::prelude::*;

    use super::*;

    fn line(run: &str, number: u64, is_last: bool) -> String {
        let mut out = Vec::new();
        Line { run, number, is_last, stack: 0, bytes: None }.write(&mut out);
        String::from_utf8(out).unwrap()
    }

    fn seen(messages: &[String]) -> Numbers {
        messages.iter().map(String::as_str).collect()
    }

    fn one(messages: &[String]) -> Verdict {
        let [verdict] = <[Verdict; 1]>::try_from(seen(messages).verdicts()).unwrap();
        verdict
    }

    #[test]
    fn a_verdict_is_a_line_for_people() {
        let mut messages: Vec<String> = (1..48_210).map(|number| line("web-1/17", number, false)).collect();
        messages.push(line("web-1/17", 48_210, true));
        let whole = one(&messages);
        assert!(whole.is_complete() && whole.is_faultless());
        assert_eq!(whole.to_string(), "web-1/17: 1–48,210 seen, complete");

        messages
            .retain(|text| ![17, 18, 19, 240].map(|number| line("web-1/17", number, false)).contains(text));
        messages.insert(5, line("web-1/17", 5, false));
        let verdict = one(&messages);
        assert!(!verdict.is_complete());
        assert_eq!(verdict.to_string(), "web-1/17: 1–48,210 seen, missing 17–19 and 240, 5 twice");

        messages.swap(0, 1);
        messages.pop();
        let unfinished = "web-1/17: 1–48,209 seen, missing 17–19 and 240, 5 twice, 1 out of order, none says it is the last";
        assert_eq!(one(&messages).to_string(), unfinished);
    }

    #[test]
    fn runs_and_what_belongs_to_none_are_told_apart() {
        let numbers = seen(&[
            line("web-1/17", 1, true),
            line("web-1/18", 2, false),
            "    at web-1/18 n=2 frame=1".to_owned(),
            "hello".to_owned(),
            line("web-1/18", 1, true) + "\nhello",
        ]);
        let said = "web-1/17: 1 seen, complete
web-1/18: 1–2 seen, 1 out of order, 1 damaged, although 1 is the last
1 messages without the line they belong to
1 strange messages, the first: \"hello\"
";
        assert_eq!(numbers.to_string(), said);
        assert_eq!((numbers.loose(), numbers.strange()), (1, Some((1, "hello"))));
    }

    #[test]
    fn a_line_without_what_belongs_to_it_is_complete_but_not_faultless() {
        let verdict = one(&["web-1/17 n=1 stack=2 last".to_owned()]);
        assert!(verdict.is_complete() && !verdict.is_faultless());
        assert_eq!(verdict.to_string(), "web-1/17: 1 seen, 1 without all its lines, complete");
    }

    #[test]
    fn many_numbers_take_little_room() {
        let mut numbers = Numbers::default();
        for number in 1..=400_000 {
            if number % 300_000 != 0 {
                numbers.see(&line("web-1/17", number, false));
            }
        }
        let verdict = &numbers.verdicts()[0];
        assert_eq!(verdict.seen.stretches().count(), 2);
        assert_eq!(verdict.missing.to_string(), "300,000");
    }

    /// The obvious way: every sighting in a list.
    #[derive(Default)]
    struct Model {
        sightings: Vec<u64>,
        last: Option<u64>,
    }

    impl Model {
        fn times(&self, number: u64) -> usize {
            self.sightings.iter().filter(|found| **found == number).count()
        }

        fn is_late(&self, number: u64) -> bool {
            let before = self.sightings.iter().take_while(|found| **found != number);
            before.into_iter().any(|found| *found > number)
        }
    }

    fn all(numbers: &Intervals) -> Vec<u64> {
        numbers.stretches().flatten().collect()
    }

    proptest! {
        #[test]
        fn verdicts_are_those_of_the_obvious_model(
            messages in proptest::collection::vec((0_usize..3, 1_u64..40, proptest::bool::weighted(0.05)), 0..120),
        ) {
            let names = ["web-1/17", "web-1/18", "web-2/17"];
            let mut numbers = Numbers::default();
            let mut models: BTreeMap<&str, Model> = BTreeMap::new();
            for (run, number, is_last) in messages {
                numbers.see(&line(names[run], number, is_last));
                let model = models.entry(names[run]).or_default();
                model.sightings.push(number);
                model.last = if is_last { Some(number) } else { model.last };
            }
            let verdicts = numbers.verdicts();
            prop_assert_eq!(verdicts.len(), models.len());
            for (verdict, (run, model)) in verdicts.iter().zip(&models) {
                let seen: BTreeSet<u64> = model.sightings.iter().copied().collect();
                let greatest = *seen.last().unwrap();
                prop_assert_eq!(&verdict.run, run);
                prop_assert_eq!(all(&verdict.seen), seen.iter().copied().collect::<Vec<_>>());
                prop_assert_eq!(all(&verdict.missing), (1..greatest).filter(|it| model.times(*it) == 0).collect::<Vec<_>>());
                prop_assert_eq!(all(&verdict.twice), (1..=greatest).filter(|it| model.times(*it) > 1).collect::<Vec<_>>());
                prop_assert_eq!(all(&verdict.late), seen.iter().copied().filter(|it| model.is_late(*it)).collect::<Vec<_>>());
                let is_complete = model.last == Some(greatest) && seen.len() as u64 == greatest;
                prop_assert_eq!(verdict.is_complete(), is_complete);
            }
        }
    }
}
