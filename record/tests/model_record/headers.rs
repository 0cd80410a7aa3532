//! Headers there and back, and headers that nobody should send.

use proptest::{collection::vec, prelude::*};
use sawlog_record::{
    headers::{Headers, PIPELINE, PipelineName, RANGE, SCHEMA, STREAM},
    source::{FirstLine, Origin, Output, SourceRange, Stream},
};

use crate::in_rounds;

fn stream() -> impl Strategy<Value = Stream> {
    let first_line = || vec(any::<u8>(), 0..80).prop_map(|line| FirstLine::of(&line));
    let output = prop_oneof![Just(Output::Stdout), Just(Output::Stderr)];
    let origin = prop_oneof![
        ("[0-9a-f-]{1,36}", "[a-z0-9-]{1,63}", any::<u32>(), output, first_line()).prop_map(
            |(pod_uid, container, restarts, output, first_line)| Origin::Pod {
                pod_uid,
                container,
                restarts,
                output,
                first_line
            }
        ),
        ("[a-z0-9]{1,20}", any::<u64>(), first_line(), "/[ -~é]{1,40}").prop_map(
            |(host, generation, first_line, path)| Origin::File { host, generation, first_line, path }
        ),
        ("[a-z0-9-]{1,63}", "[ -~é]{1,60}").prop_map(|(namespace, key)| Origin::Post { namespace, key }),
    ];
    origin.prop_map(|origin| Stream::new(origin).unwrap())
}

#[test]
fn headers_are_read_as_they_were_sent() {
    let pipeline = ("[a-z]{1,20}", "[a-z]{1,20}").prop_map(|(a, b)| PipelineName::new(&a, &b).unwrap());
    let range = (0..u64::MAX, any::<u64>())
        .prop_map(|(begin, more)| SourceRange::new(begin, begin.saturating_add(more.max(1))).unwrap());
    let headers = (pipeline, (1..u32::MAX).prop_map(|schema| schema.try_into().unwrap()), stream(), range)
        .prop_map(|(pipeline, schema, stream, range)| Headers { pipeline, schema, stream, range });
    in_rounds("header rounds", (2, 100), &headers, |headers| {
        let pairs = headers.pairs();
        let sent = pairs.iter().map(|(name, value)| (*name, value.as_bytes()));
        prop_assert_eq!(Headers::parse(sent).unwrap(), Some(headers));
        Ok(())
    });
}

#[test]
fn hostile_headers_are_errors() {
    let name = prop_oneof![
        Just(PIPELINE.to_owned()),
        Just(SCHEMA.to_owned()),
        Just(STREAM.to_owned()),
        Just(RANGE.to_owned()),
        any::<String>(),
    ];
    let value = prop_oneof![
        vec(any::<u8>(), 0..40),
        "(pod|file|post)?/?[a-z0-9/-]{0,60}".prop_map(String::into_bytes),
        "[0-9]{0,25}-?[0-9]{0,25}".prop_map(String::into_bytes),
    ];
    in_rounds("hostile header rounds", (4, 400), &vec((name, value), 0..8), |pairs| {
        let sent = pairs.iter().map(|(name, value)| (name.as_str(), value.as_slice()));
        if let Ok(Some(headers)) = Headers::parse(sent) {
            let again = headers.pairs();
            let again = again.iter().map(|(name, value)| (*name, value.as_bytes()));
            prop_assert_eq!(Headers::parse(again).unwrap(), Some(headers));
        }
        Ok(())
    });
}
