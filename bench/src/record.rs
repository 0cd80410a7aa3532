//! Records to bytes and back, on one core.
//!
//! The records are the corpus's with their messages cut or filled to 250 bytes, as an agent would send them:
//! both times, severity, its word, the source range, for some a trace and a duration. Every distinct batch is
//! read once by generated types and compared before anything is measured; every measured pass has to give the
//! sum that the owned records give.
//!
//! A batch is worked on several times before the next one: who encodes has just parsed the lines, and who decodes
//! has just unpacked the message, so neither waits for memory that nobody has touched for long.

use std::{hint::black_box, sync::Arc, time::Duration};

use anyhow::{Context as _, ensure};
use opentelemetry_proto::tonic::{common::v1::any_value::Value as Any, logs::v1::LogsData};
use prost::Message as _;
use sawlog_fleet::{cut, event::Event, topology::ENVIRONMENT};
use sawlog_record::{
    Fields, Record, Resource, Severity, SpanId, TraceId, Value, ValueRef, View,
    otlp::{
        decode::decode,
        encode::{Batch, ResourceBytes, ScopeBytes},
        limits::Limits,
    },
    record,
};

use crate::{
    corpus::{Size, Which},
    harness::{cpu, figure::Figure},
    records::{BATCH, BODY, RUNS, events},
    suite::Ask,
};

/// Measures both directions.
pub fn run(ask: &Ask) -> anyhow::Result<Vec<Figure>> {
    let batches = batches(ask.which);
    let (resources, scope) = (resources(&batches)?, ScopeBytes::default());
    let records: usize = batches.iter().map(Vec::len).sum();
    let wanted: u64 = batches.iter().flatten().map(|record| sum(&record.view())).fold(0, u64::wrapping_add);
    let passes = match ask.which.size {
        Size::Small => 5,
        Size::Full => 25,
    };

    let mut buffer = Batch::new(&resources[0], &scope, &Limits::DEFAULT);
    let mut encode = |times: usize, keep: &mut dyn FnMut(&[u8])| -> anyhow::Result<()> {
        for (batch, resource) in batches.iter().zip(&resources) {
            for _ in 0..times {
                buffer.begin(resource, &scope);
                for record in batch {
                    buffer.push(&record.view()).context("a record of the corpus passes a limit")?;
                }
                keep(buffer.bytes());
            }
        }
        Ok(())
    };
    let mut encoded: Vec<Vec<u8>> = Vec::new();
    encode(1, &mut |bytes| encoded.push(bytes.to_vec()))?;
    for (batch, bytes) in batches.iter().zip(&encoded) {
        judge(batch, bytes)?;
    }
    let read = |times: usize| -> anyhow::Result<()> {
        let mut found = 0_u64;
        for batch in &encoded {
            for _ in 0..times {
                for view in decode(batch, &Limits::DEFAULT) {
                    found = found.wrapping_add(sum(&view?));
                }
            }
        }
        let wanted = wanted.wrapping_mul(times as u64);
        ensure!(found == wanted, "the records read are not those written");
        Ok(())
    };

    let (mut encoding, mut decoding) = (Vec::new(), Vec::new());
    for run in 0..=RUNS {
        let (done, writing) = cpu::measured(|| {
            encode(passes, &mut |bytes| {
                black_box(bytes);
            })
        })?;
        done?;
        let (done, reading) = cpu::measured(|| read(passes))?;
        done?;
        if run > 0 {
            encoding.push(writing);
            decoding.push(reading);
        }
    }
    let mut outcome = Ok(());
    let allocations = allocation_counter::measure(|| outcome = read(1));
    outcome?;

    let size: usize = encoded.iter().map(Vec::len).sum();
    let note =
        format!("{} × {records} records, {} bytes each, seed {}", passes, size / records, ask.which.seed);
    let per_second = |metric, runs: Vec<Duration>| speed(metric, records * passes, runs, &note);
    Ok(vec![
        per_second("encode_records_per_cpu_second", encoding),
        per_second("decode_records_per_cpu_second", decoding),
        Figure::new(
            "record",
            "decode_allocations_per_record",
            allocations.count_total as f64 / records as f64,
            "allocations",
            note.clone(),
        )
        .judged(0.0, 0.0),
    ])
}

fn speed(metric: &str, records: usize, mut runs: Vec<Duration>, note: &str) -> Figure {
    runs.sort_unstable();
    let speed = |run: &Duration| records as f64 / run.as_secs_f64();
    let spread = format!("{:.1} to {:.1} M", speed(&runs[runs.len() - 1]) / 1e6, speed(&runs[0]) / 1e6);
    let note = format!("median of {RUNS}, {spread}; {note}");
    Figure::new("record", metric, speed(&runs[runs.len() / 2]), "records/s", note).judged(4e6, 8e6)
}

/// Batches, each of one service.
fn batches(which: Which) -> Vec<Vec<Record>> {
    let mut events = events(which);
    events.sort_by_key(|event| event.pod.system.service());
    let of_service = events.chunk_by(|a, b| a.pod.system == b.pod.system);
    of_service.flat_map(|events| events.chunks(BATCH)).map(batch).collect()
}

fn batch(events: &[Event]) -> Vec<Record> {
    let pod = events[0].pod;
    let pairs = [
        (record::SERVICE, pod.system.service().to_owned()),
        (record::ENVIRONMENT, ENVIRONMENT.to_owned()),
        (record::NAMESPACE, pod.system.namespace().to_owned()),
        (record::POD, pod.name()),
        (record::POD_UID, pod.uid()),
        (record::CONTAINER, pod.system.service().to_owned()),
        (record::NODE, pod.node()),
    ];
    let attributes = pairs.into_iter().map(|(key, value)| (key.to_owned(), value.into())).collect();
    let resource = Arc::new(Resource { attributes });
    let line = |(index, event): (usize, &Event)| {
        let begin = index * BODY;
        let range = (record::RANGE.to_owned(), format!("{begin}-{}", begin + BODY).into());
        let duration = event.duration_ms.map(|ms| ("duration_ms".to_owned(), Value::Int(ms.into())));
        Record {
            time_ns: event.time_ns,
            observed_ns: event.time_ns + 1_000_000,
            severity: Severity::from_word(event.level.name()).unwrap_or_default(),
            severity_text: event.level.name().to_owned(),
            body: cut::text(event, BODY).into(),
            attributes: [range].into_iter().chain(duration).collect(),
            trace_id: event.trace.and_then(|id| TraceId::from_bytes(&id.to_be_bytes())),
            span_id: event.span.and_then(|id| SpanId::from_bytes(&id.to_be_bytes())),
            resource: Arc::clone(&resource),
            ..Record::default()
        }
    };
    events.iter().enumerate().map(line).collect()
}

fn resources(batches: &[Vec<Record>]) -> anyhow::Result<Vec<ResourceBytes>> {
    let resource = |batch: &Vec<Record>| {
        Ok(ResourceBytes::new(Fields::from(&batch[0].resource.attributes), &Limits::DEFAULT)?)
    };
    batches.iter().map(resource).collect()
}

/// Every field of a record, in one number.
fn sum(view: &View<'_>) -> u64 {
    let text =
        |text: &str| text.len() as u64 ^ u64::from(text.as_bytes().last().copied().unwrap_or_default()) << 8;
    let value = |value: ValueRef<'_>| match value {
        ValueRef::Str(inner) => text(inner),
        ValueRef::Int(number) => number.cast_unsigned(),
        _ => 1,
    };
    let attributes = view.attributes.iter().map(|(key, inner)| text(key).rotate_left(7) ^ value(inner));
    let trace = view.trace_id.map_or(0, |id| u64::from(id.as_bytes()[15]));
    let span = view.span_id.map_or(0, |id| u64::from(id.as_bytes()[7]));
    view.time_ns
        ^ view.observed_ns.rotate_left(1)
        ^ u64::from(view.severity.number()) << 40
        ^ text(view.severity_text) << 20
        ^ value(view.body).rotate_left(30)
        ^ attributes.fold(0_u64, |sum, one| sum.rotate_left(3) ^ one)
        ^ trace << 50
        ^ span << 55
        ^ u64::from(view.flags ^ view.dropped_attributes)
        ^ text(view.event_name)
}

/// Generated types read the same.
fn judge(batch: &[Record], bytes: &[u8]) -> anyhow::Result<()> {
    let data = LogsData::decode(bytes).context("generated types cannot read a batch")?;
    let theirs = data.resource_logs.iter().flat_map(|of| &of.scope_logs).flat_map(|of| &of.log_records);
    ensure!(theirs.clone().count() == batch.len(), "a batch has lost records");
    for (theirs, ours) in theirs.zip(batch) {
        let body = theirs.body.as_ref().and_then(|any| any.value.as_ref());
        let same_body = matches!((body, &ours.body), (Some(Any::StringValue(a)), Value::Str(b)) if a == b);
        let same = same_body
            && theirs.time_unix_nano == ours.time_ns
            && theirs.severity_text == ours.severity_text
            && theirs.attributes.len() == ours.attributes.len()
            && TraceId::from_bytes(&theirs.trace_id) == ours.trace_id;
        ensure!(same, "generated types read {theirs:?}, written was {ours:?}");
    }
    Ok(())
}
