//! No frame makes the decoder panic, or reserve much more memory than the frame is long.
#![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]

mod requests;

use bytes::Bytes;
use kafka_protocol::{
    messages::{ApiKey, RequestHeader},
    protocol::Decodable,
};
use proptest::{
    collection::vec,
    prelude::{Just, Strategy, any, prop_oneof},
    sample::{Index, select},
    test_runner::{Config, RngAlgorithm, TestRng, TestRunner},
};
use sawlog_broker::server::shape::{APIS, Api, ShapeError, Start, check};
use sawlog_e2e::rounds::rounds;

use self::requests::{Fill, decode, frame};

/// Cases of one round.
const CASES: u32 = 1000;

/// What decoding may reserve for each byte of a frame: an empty text is one byte on the wire and 32 decoded.
const PER_BYTE: u64 = 64;
/// And for any frame: the few tagged fields that every frame may have, and an error of the decoder.
const PER_FRAME: u64 = 16 << 10;

/// Every API in every version, filled and with nulls.
fn fills() -> impl Iterator<Item = (&'static Api, Fill)> {
    APIS.iter().flat_map(|api| {
        (api.min..=api.max).flat_map(move |version| {
            [false, true].map(|nulls| (api, Fill { version, count: 2, text: "grüße", nulls }))
        })
    })
}

/// What the server does with a frame. Whether it came through, to the last byte of its body.
fn receive(frame: &Bytes) -> Result<bool, ShapeError> {
    let start = Start::read(frame)?;
    let Ok(api) = ApiKey::try_from(start.key) else { return Ok(false) };
    let body = check(api, start.version, frame)?;
    if api == ApiKey::Produce && start.version < 3 {
        return Ok(true);
    }
    let mut came_through = false;
    let measured = allocation_counter::measure(|| {
        let header = RequestHeader::decode(&mut frame.clone(), api.request_header_version(start.version));
        let left = decode(api, start.version, &mut frame.slice(body));
        assert!(matches!(left, None | Some(0)), "{left:?} bytes of a body were walked and not decoded");
        came_through = header.is_ok() && left.is_some();
    });
    let most = PER_FRAME + PER_BYTE * frame.len() as u64;
    assert!(
        measured.bytes_total <= most,
        "{api:?} {}: {} bytes for a frame of {}",
        start.version,
        measured.bytes_total,
        frame.len()
    );
    Ok(came_through)
}

#[test]
fn every_request_is_walked_to_its_end() {
    for (api, fill) in fills() {
        let (frame, body) = frame(api.key, &fill);
        assert_eq!(check(api.key, fill.version, &frame), Ok(body..frame.len()), "{:?} {fill:?}", api.key);
        assert_eq!(receive(&Bytes::from(frame)), Ok(true), "{:?} {fill:?}", api.key);
    }
}

#[test]
fn what_is_offered_is_what_the_decoder_knows() {
    assert!(APIS.is_sorted_by_key(|api| api.key as i16));
    for api in APIS {
        assert_eq!(Api::find(api.key).unwrap().key, api.key);
        let known = api.key.valid_versions();
        let refused_later = if api.key == ApiKey::Produce { 3 } else { 0 };
        assert!(known.min <= api.min.max(refused_later), "{:?} from {}", api.key, api.min);
        assert!(api.max <= known.max, "{:?} up to {}", api.key, api.max);
        for version in [api.min - 1, api.max + 1, i16::MIN, i16::MAX] {
            let refused = ShapeError::Version { api: api.key, version };
            assert_eq!(check(api.key, version, &[0; 64]), Err(refused));
        }
    }
    assert!(Api::find(ApiKey::SaslHandshake).is_none());
}

#[test]
fn a_frame_that_ends_early_is_refused_wherever_it_ends() {
    for (api, fill) in fills() {
        let (frame, _) = frame(api.key, &fill);
        for end in 0..frame.len() {
            assert!(check(api.key, fill.version, &frame[..end]).is_err(), "{:?} {fill:?} {end}", api.key);
            assert!(receive(&Bytes::copy_from_slice(&frame[..end])).is_err());
        }
    }
}

#[test]
fn bytes_behind_the_body_are_not_part_of_it() {
    for (api, fill) in fills() {
        let (mut frame, body) = frame(api.key, &fill);
        let end = frame.len();
        frame.extend_from_slice(&[0xff; 7]);
        assert_eq!(check(api.key, fill.version, &frame), Ok(body..end), "{:?} {fill:?}", api.key);
    }
}

#[test]
fn no_length_anywhere_reserves_what_is_not_there() {
    const LENGTHS: [[u8; 4]; 5] = [
        i32::MAX.to_be_bytes(),
        [0xff; 4],
        i32::MIN.to_be_bytes(),
        [0, 0, 0x7f, 0xff],
        [0, 0xff, 0xff, 0xff],
    ];
    const VARINTS: [&[u8]; 5] = [
        &[0xff, 0xff, 0xff, 0xff, 0x0f],
        &[0xff, 0xff, 0xff, 0xff, 0x7f],
        &[0xff, 0xff, 0xff, 0xff, 0xff],
        &[0xff, 0x7f],
        &[0x7f],
    ];
    let mut refused = 0;
    for (api, fill) in fills() {
        let (frame, _) = frame(api.key, &fill);
        // What comes before says which shape it has.
        for at in 4..frame.len() {
            for length in LENGTHS.iter().filter(|length| at + length.len() <= frame.len()) {
                let mut changed = frame.clone();
                changed[at..at + 4].copy_from_slice(length);
                refused += usize::from(receive(&changed.into()).is_err());
            }
            for varint in VARINTS {
                let changed = [&frame[..at], varint, &frame[at + 1..]].concat();
                refused += usize::from(receive(&changed.into()).is_err());
            }
        }
    }
    assert!(refused > 10_000, "{refused} were refused");
}

#[test]
fn the_frame_of_twelve_bytes_is_refused() {
    // Metadata 0, a client without a name, and 2^31 - 1 topics.
    let frame = [0, 3, 0, 0, 0, 0, 0, 1, 0xff, 0xff, 0x7f, 0xff, 0xff, 0xff];
    let count = usize::try_from(i32::MAX).unwrap();
    let refused = ShapeError::Count { field: "topics", at: 14, count, left: 0 };
    assert_eq!(check(ApiKey::Metadata, 0, &frame), Err(refused));
    assert_eq!(refused.to_string(), "`topics` at byte 14 has 2147483647 elements, and 0 bytes are left");
}

#[test]
fn null_is_refused_where_the_version_knows_none() {
    let metadata = |version| [0, 3, 0, version, 0, 0, 0, 1, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff];
    let refused = ShapeError::Null { field: "topics", at: 14 };
    assert_eq!(check(ApiKey::Metadata, 0, &metadata(0)), Err(refused));
    assert_eq!(check(ApiKey::Metadata, 1, &metadata(1)), Ok(10..14));

    // A group without a name, and a length that means nothing.
    let delete = |name: [u8; 2]| [&[0, 42, 0, 0, 0, 0, 0, 1, 0xff, 0xff, 0, 0, 0, 1][..], &name].concat();
    let refused = ShapeError::Null { field: "groups", at: 16 };
    assert_eq!(check(ApiKey::DeleteGroups, 0, &delete([0xff, 0xff])), Err(refused));
    let refused = ShapeError::Negative { field: "groups", at: 16, length: -2 };
    assert_eq!(check(ApiKey::DeleteGroups, 0, &delete([0xff, 0xfe])), Err(refused));
}

#[test]
fn a_length_takes_five_bytes_at_most_and_32_bits() {
    // DeleteGroups 2, and the count of its groups, which is one more than there are.
    let counted = |count: &[u8]| {
        let frame = [&[0, 42, 0, 2, 0, 0, 0, 1, 0xff, 0xff, 0][..], count, &[0]].concat();
        check(ApiKey::DeleteGroups, 2, &frame)
    };
    let refused = Err(ShapeError::Varint { field: "groups", at: 11 });
    assert_eq!(counted(&[0x01]), Ok(11..13));
    // Longer than it has to be, which Kafka takes too.
    assert_eq!(counted(&[0x81, 0x80, 0x80, 0x80, 0x00]), Ok(11..17));
    // The decoder would stop after five bytes, and read the sixth as what follows.
    assert_eq!(counted(&[0x81, 0x80, 0x80, 0x80, 0x80, 0x00]), refused);
    assert_eq!(counted(&[0x81, 0x80, 0x80, 0x80, 0x10]), refused);
    let count = usize::try_from(u32::MAX).unwrap() - 1;
    let claimed = ShapeError::Count { field: "groups", at: 16, count, left: 1 };
    assert_eq!(counted(&[0xff, 0xff, 0xff, 0xff, 0x0f]), Err(claimed));
}

#[test]
fn the_densest_frames_stay_within_the_bound() {
    for api in APIS {
        for version in api.min..=api.max {
            for (count, nulls) in [(40, false), (40, true), (1, true), (0, false)] {
                let (frame, body) = frame(api.key, &Fill { version, count, text: "", nulls });
                assert_eq!(check(api.key, version, &frame), Ok(body..frame.len()));
                assert_eq!(receive(&frame.into()), Ok(true), "{:?} {version} {count} {nulls}", api.key);
            }
        }
    }
}

/// Metadata 9 for a thousand topics without a name, so many of them with a tagged field.
fn tagged_topics(tagged: usize) -> Bytes {
    let mut frame = vec![0, 3, 0, 9, 0, 0, 0, 1, 0xff, 0xff, 0, 0xe9, 0x07];
    for topic in 0..1000 {
        // Tag 5 with no bytes, or no tag.
        frame.extend_from_slice(if topic < tagged { &[1, 1, 5, 0] } else { &[1, 0] });
    }
    frame.extend_from_slice(&[0, 0, 0, 0]);
    frame.into()
}

#[test]
fn tagged_fields_are_passed_over_but_not_any_number_of_them() {
    assert_eq!(receive(&tagged_topics(0)), Ok(true));
    assert_eq!(receive(&tagged_topics(150)), Ok(true));
    let refused = receive(&tagged_topics(1000)).unwrap_err();
    assert!(matches!(refused, ShapeError::Tags { most: 267, .. }), "{refused}");
}

#[test]
fn a_walk_allocates_nothing() {
    for (api, fill) in fills() {
        let (frame, _) = frame(api.key, &fill);
        let measured = allocation_counter::measure(|| drop(check(api.key, fill.version, &frame)));
        assert_eq!(measured.count_total, 0, "{:?} {fill:?}", api.key);
    }
}

/// A change of a frame that may hit anything.
#[derive(Debug, Clone)]
enum Change {
    Overwrite(Index, Vec<u8>),
    Insert(Index, Vec<u8>),
    Remove(Index, usize),
    End(Index),
}

impl Change {
    fn any() -> impl Strategy<Value = Self> {
        let hostile: Vec<Vec<u8>> = vec![
            vec![0x7f, 0xff, 0xff, 0xff],
            vec![0xff; 4],
            vec![0xff, 0xff, 0xff, 0xff, 0x0f],
            vec![0x80, 0x80, 0x80, 0x80, 0x01],
            vec![0, 0, 0, 0x40],
            vec![0x40],
            vec![0],
        ];
        let some = prop_oneof![select(hostile), vec(any::<u8>(), 1..9)];
        prop_oneof![
            4 => (any::<Index>(), some.clone()).prop_map(|(at, bytes)| Self::Overwrite(at, bytes)),
            2 => (any::<Index>(), some).prop_map(|(at, bytes)| Self::Insert(at, bytes)),
            1 => (any::<Index>(), 1..20_usize).prop_map(|(at, bytes)| Self::Remove(at, bytes)),
            1 => any::<Index>().prop_map(Self::End),
        ]
    }

    /// Leaves the key and the version alone, which say what the rest is.
    fn make(&self, frame: &mut Vec<u8>) {
        let place = |at: &Index, frame: &[u8]| 4 + at.index((frame.len() - 4).max(1));
        match self {
            Self::Overwrite(at, bytes) => {
                let at = place(at, frame).min(frame.len());
                let end = (at + bytes.len()).min(frame.len());
                frame[at..end].copy_from_slice(&bytes[..end - at]);
            }
            Self::Insert(at, bytes) => {
                let at = place(at, frame).min(frame.len());
                frame.splice(at..at, bytes.iter().copied());
            }
            Self::Remove(at, count) => {
                let at = place(at, frame).min(frame.len());
                frame.drain(at..(at + count).min(frame.len()));
            }
            Self::End(at) => {
                let at = place(at, frame);
                frame.truncate(at);
            }
        }
    }
}

/// A request that was changed in a few places, or bytes that never were one.
fn hostile() -> impl Strategy<Value = Vec<u8>> {
    let api = select((0..APIS.len()).collect::<Vec<_>>()).prop_map(|at| &APIS[at]);
    let start = api.prop_flat_map(|api| (Just(api), api.min..=api.max));
    let fill = (start.clone(), 0..4_usize, select(vec!["", "t", "grüße"]), any::<bool>());
    let changed =
        (fill, vec(Change::any(), 1..5)).prop_map(|(((api, version), count, text, nulls), changes)| {
            let (mut frame, _) = frame(api.key, &Fill { version, count, text, nulls });
            for change in changes {
                change.make(&mut frame);
            }
            frame
        });
    let random = (start, vec(any::<u8>(), 0..200)).prop_map(|((api, version), rest)| {
        [&(api.key as i16).to_be_bytes()[..], &version.to_be_bytes(), &rest].concat()
    });
    prop_oneof![8 => changed, 2 => random, 1 => vec(any::<u8>(), 0..100)]
}

#[test]
fn hostile_frames_neither_panic_nor_reserve() {
    for seed in rounds("hostile frames, thousands of them", 20, 2000) {
        let mut bytes = [0; 32];
        bytes[..8].copy_from_slice(&seed.to_le_bytes());
        let config = Config { cases: CASES, failure_persistence: None, ..Config::default() };
        let mut runner = TestRunner::new_with_rng(config, TestRng::from_seed(RngAlgorithm::ChaCha, &bytes));
        let outcome = runner.run(&hostile(), |frame| {
            // Refused or not: what is judged is in there.
            let _ = receive(&frame.into());
            Ok(())
        });
        if let Err(failure) = outcome {
            panic!("seed {seed}: {failure}");
        }
    }
}
