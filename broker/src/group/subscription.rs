//! The topics that a consumer says it reads, out of what it tells the leader of its group.
//!
//! All that is read is a version, which every version begins with, and the list of topics, which follows in every
//! version so far. The rest is for the members.

/// Whether the topic is among those; `None` if this is not what consumers say.
pub(super) fn names(metadata: &[u8], topic: &str) -> Option<bool> {
    let (_version, rest) = metadata.split_first_chunk::<2>()?;
    let (count, mut rest) = rest.split_first_chunk::<4>()?;
    let count = u32::try_from(i32::from_be_bytes(*count)).ok()?;
    let mut found = false;
    for _ in 0..count {
        let (length, after) = rest.split_first_chunk::<2>()?;
        let length = usize::try_from(i16::from_be_bytes(*length)).ok()?;
        let (name, after) = after.split_at_checked(length)?;
        found |= name == topic.as_bytes();
        rest = after;
    }
    Some(found)
}

#[cfg(test)]
mod tests {
    use bytes::{Bytes, BytesMut};
    use kafka_protocol::{
        messages::ConsumerProtocolSubscription,
        protocol::{Encodable as _, StrBytes},
    };

    use super::names;

    fn subscription(version: i16, topics: &[&'static str]) -> Bytes {
        let topics = topics.iter().map(|topic| StrBytes::from_static_str(topic)).collect();
        let said = ConsumerProtocolSubscription::default()
            .with_topics(topics)
            .with_user_data(Some(Bytes::from_static(b"mine")));
        let mut bytes = BytesMut::from(&version.to_be_bytes()[..]);
        said.encode(&mut bytes, version).unwrap();
        bytes.freeze()
    }

    #[test]
    fn topics_are_found_in_every_version() {
        for version in 0..=3 {
            let said = subscription(version, &["logs", "alerts"]);
            assert_eq!(names(&said, "logs"), Some(true));
            assert_eq!(names(&said, "alerts"), Some(true));
            assert_eq!(names(&said, "log"), Some(false));
        }
    }

    #[test]
    fn what_is_cut_or_something_else_is_told_apart() {
        let said = subscription(0, &["logs"]);
        for cut in 0..2 + 4 + 2 + 4 {
            assert_eq!(names(&said[..cut], "logs"), None, "{cut}");
        }
        assert_eq!(names(b"\0\0\xff\xff\xff\xff", "logs"), None);
        assert_eq!(names(b"\0\0\x7f\xff\xff\xff\0\x01a", "logs"), None);
        assert_eq!(names(b"\0\0\0\0\0\x01\xff\xff", "logs"), None);
    }
}
