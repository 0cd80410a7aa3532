//! Our encoder and decoder against generated ones.

use opentelemetry_proto::tonic::logs::v1::LogsData;
use proptest::{collection::vec, prelude::*};
use prost::Message as _;
use sawlog_record::{
    Record,
    otlp::{
        decode::decode,
        encode::{Batch, ResourceBytes, ScopeBytes},
        limits::Limits,
    },
    view::{Fields, View},
};

use crate::{arbitrary, in_rounds, judge};

const LIMITS: Limits = Limits::DEFAULT;

pub(crate) fn encode(records: &[Record]) -> Vec<u8> {
    let Some(first) = records.first() else { return Vec::new() };
    let view = first.view();
    let resource = ResourceBytes::new(view.resource, &LIMITS).unwrap();
    let scope = ScopeBytes::new(view.scope_name, view.scope_version, view.scope, &LIMITS).unwrap();
    let mut batch = Batch::new(&resource, &scope, &LIMITS);
    for record in records {
        batch.push(&record.view()).unwrap();
    }
    let length = batch.encoded_len();
    assert_eq!(batch.bytes().len(), length);
    batch.bytes().to_vec()
}

pub(crate) fn decoded(bytes: &[u8]) -> Vec<View<'_>> {
    decode(bytes, &LIMITS).map(Result::unwrap).collect()
}

#[test]
fn what_we_encode_is_byte_for_byte_what_generated_types_encode() {
    in_rounds("encoding rounds", (2, 100), &arbitrary::batch(), |records| {
        let ours = encode(&records);
        prop_assert_eq!(judge::from_proto(&LogsData::decode(ours.as_slice()).unwrap()), records.clone());
        prop_assert_eq!(ours, judge::to_proto(&records).encode_to_vec());
        Ok(())
    });
}

#[test]
fn what_generated_types_encode_is_what_we_decode() {
    let several = vec(arbitrary::batch(), 0..3);
    in_rounds("decoding rounds", (2, 100), &several, |batches| {
        let mut data = LogsData::default();
        for batch in &batches {
            data.resource_logs.extend(judge::to_proto(batch).resource_logs);
        }
        let bytes = data.encode_to_vec();
        let views = decoded(&bytes);
        let records: Vec<&Record> = batches.iter().flatten().collect();
        prop_assert_eq!(views.len(), records.len());
        for (view, record) in views.iter().zip(records) {
            prop_assert_eq!(view, &record.view());
            prop_assert_eq!(&Record::from(view), record);
            for (key, _) in &record.attributes {
                prop_assert_eq!(view.attributes.get(key), Fields::from(&record.attributes).get(key));
            }
        }
        Ok(())
    });
}
