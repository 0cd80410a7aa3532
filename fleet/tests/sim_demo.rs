//! The demo fleet keeps its promises, by its seed alone: no clock, no files.

#![allow(clippy::unwrap_used, reason = "a test fails where it stands")]

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use sawlog_e2e::rounds::rounds;
use sawlog_fleet::{
    demo::{Act, CAST, INCIDENT, Play, Role, SECRETS, What},
    event::Event,
    native,
    systems::{Format, Lang, Level},
};

const WATCHED: Duration = Duration::from_secs(240);

fn acts(seed: u64) -> Vec<Act> {
    Play::new(seed).take_while(|act| act.at < WATCHED).collect()
}

fn said(acts: &[Act]) -> impl Iterator<Item = (&Act, &Event)> {
    acts.iter().filter_map(|act| match &act.what {
        What::Say(event) => Some((act, event)),
        _ => None,
    })
}

#[test]
fn the_same_seed_plays_the_same() {
    let shown = |seed| format!("{:?}", acts(seed));
    assert_eq!(shown(7), shown(7));
    assert_ne!(shown(7), shown(8));
}

#[test]
fn acts_come_in_order_and_nobody_speaks_before_the_start_or_after_the_end() {
    for seed in rounds("demo plays in order", 5, 200) {
        let acts = acts(seed);
        assert!(acts.is_sorted_by_key(|act| act.at), "seed {seed}");
        let mut alive = BTreeSet::new();
        for act in &acts {
            let who = (act.part, act.run);
            match act.what {
                What::Start => assert!(alive.insert(who), "seed {seed}: {who:?} starts twice"),
                What::Say(_) => assert!(alive.contains(&who), "seed {seed}: {who:?} speaks unborn"),
                What::End => assert!(alive.remove(&who), "seed {seed}: {who:?} ends unborn"),
                What::Vanish => assert!(!alive.contains(&who), "seed {seed}: {who:?} vanishes alive"),
            }
        }
    }
}

#[test]
fn it_speaks_several_formats_and_languages_with_traces() {
    for seed in rounds("demo formats", 3, 50) {
        let acts = acts(seed);
        let formats: BTreeSet<String> =
            said(&acts).map(|(_, event)| format!("{:?}", event.pod.system.format())).collect();
        assert!(formats.len() >= 9, "seed {seed}: {formats:?}");
        let prints = |mark: &str| said(&acts).any(|(_, event)| native::text(event).contains(mark));
        let marks = ["\n\tat com.shop.", "\nTraceback (most recent call last):", r#""trace_id":""#];
        assert!(marks.into_iter().all(prints), "seed {seed}");
        assert!(matches!(CAST[2].system.format(), Format::Json));
    }
    let languages =
        CAST.iter().flat_map(|part| part.system.templates()).filter_map(|template| template.trace);
    let languages: Vec<Lang> = languages.collect();
    for lang in [Lang::Java, Lang::Python, Lang::Go, Lang::Node] {
        assert!(languages.contains(&lang), "{lang:?}");
    }
}

#[test]
fn every_detectors_secret_slips_within_two_minutes() {
    for seed in rounds("demo secrets", 5, 200) {
        let acts = acts(seed);
        for (detector, line, value) in SECRETS {
            assert!(line.contains(value));
            let slips = |(act, event): (&Act, &Event)| act.at < INCIDENT.end && event.message.contains(value);
            assert!(said(&acts).any(slips), "seed {seed}: no {detector:?}");
        }
    }
}

#[test]
fn the_noisy_neighbour_is_louder_than_all_others_and_says_nothing_of_weight() {
    for seed in rounds("demo noise", 3, 50) {
        let acts = acts(seed);
        let mut lines: BTreeMap<usize, usize> = BTreeMap::new();
        said(&acts).for_each(|(act, _)| *lines.entry(act.part).or_default() += 1);
        let noisy = CAST.iter().position(|part| part.role == Role::Noisy).unwrap();
        let others: usize = lines.iter().filter(|(part, _)| **part != noisy).map(|(_, lines)| lines).sum();
        assert!(lines[&noisy] > 2 * others, "seed {seed}: {lines:?}");
        assert!(
            said(&acts).filter(|(act, _)| act.part == noisy).all(|(_, event)| event.level == Level::Debug)
        );
    }
}

#[test]
fn the_job_comes_works_briefly_and_is_gone_each_time_as_another_pod() {
    let acts = acts(7);
    let job = CAST.iter().position(|part| part.role == Role::Job).unwrap();
    let mut pods = BTreeSet::new();
    for run in 0..5 {
        let of_run = |what: fn(&What) -> bool| {
            acts.iter().filter(move |act| (act.part, act.run) == (job, run) && what(&act.what))
        };
        let start = of_run(|what| matches!(what, What::Start)).next().unwrap().at;
        let end = of_run(|what| matches!(what, What::End)).next().unwrap().at;
        let vanish = of_run(|what| matches!(what, What::Vanish)).next().unwrap().at;
        assert!(
            end < start + Duration::from_secs(10) && vanish > end,
            "run {run}: {start:?} {end:?} {vanish:?}"
        );
        assert!(of_run(|what| matches!(what, What::Say(_))).count() > 5, "run {run}");
        pods.insert(CAST[job].pod(run).name());
    }
    assert_eq!(pods.len(), 5);
}

#[test]
fn an_incident_begins_after_a_minute_and_ends_after_another() {
    for seed in rounds("demo incidents", 5, 200) {
        let acts = acts(seed);
        let errors = |from: Duration, to: Duration| {
            let within = said(&acts).filter(|(act, _)| (from..to).contains(&act.at));
            within.filter(|(_, event)| event.level == Level::Error).count()
        };
        let (before, during) = (errors(Duration::ZERO, INCIDENT.start), errors(INCIDENT.start, INCIDENT.end));
        let after = errors(INCIDENT.end, INCIDENT.end + INCIDENT.start);
        assert_eq!(INCIDENT.start, Duration::from_secs(60));
        assert!(
            during > 5 * before.max(after),
            "seed {seed}: {before} before, {during} during, {after} after"
        );
        let first = said(&acts).find(|(act, event)| event.level == Level::Error && act.at >= INCIDENT.start);
        assert!(first.unwrap().0.at < INCIDENT.start + Duration::from_secs(5), "seed {seed}: begins late");
    }
}
