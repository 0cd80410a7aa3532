//! The requests that are offered: their versions, and the fields of each in the order of the wire.
//!
//! One flat table. It is what a client is told about the server, and what its frames are held against.
//! Names are those of Kafka's public message definitions, in this house's spelling. A field without a range
//! is in every version that is offered.
//!
//! Invariants, tested: in each version, what `kafka-protocol` encodes is walked to its last byte, and each
//! element of an array has at least one field.

use kafka_protocol::messages::ApiKey;

/// A version that no request has.
const NEVER: i16 = i16::MAX;

/// One API of the server.
#[derive(Debug)]
pub struct Api {
    /// Which one.
    pub key: ApiKey,
    /// The first version that is offered.
    pub min: i16,
    /// The last version that is offered.
    pub max: i16,
    /// From here on lengths are of variable size, and each struct ends in tagged fields.
    pub(super) flexible_since: i16,
    pub(super) body: &'static [Field],
}

impl Api {
    /// The entry of an API, if it is offered at all.
    pub fn find(key: ApiKey) -> Option<&'static Self> {
        APIS.iter().find(|api| api.key == key)
    }

    /// Whether it is offered in this version.
    pub fn offers(&self, version: i16) -> bool {
        (self.min..=self.max).contains(&version)
    }
}

/// What a field looks like on the wire.
#[derive(Debug)]
pub(super) enum Kind {
    /// A value of so many bytes.
    Fixed(usize),
    Text,
    Bytes,
    /// An array of values of so many bytes.
    Numbers(usize),
    Texts,
    Structs(&'static [Field]),
}

/// A field, and the versions that have it.
#[derive(Debug)]
pub(super) struct Field {
    pub(super) name: &'static str,
    since: i16,
    until: i16,
    null_since: i16,
    pub(super) kind: Kind,
}

impl Field {
    pub(super) const fn is_in(&self, version: i16) -> bool {
        self.since <= version && version <= self.until
    }

    pub(super) const fn is_nullable_in(&self, version: i16) -> bool {
        self.null_since <= version
    }

    const fn new(name: &'static str, kind: Kind) -> Self {
        Self { name, since: 0, until: NEVER, null_since: NEVER, kind }
    }

    const fn since(self, since: i16) -> Self {
        Self { since, ..self }
    }

    const fn until(self, until: i16) -> Self {
        Self { until, ..self }
    }

    const fn or_null(self) -> Self {
        self.or_null_since(0)
    }

    const fn or_null_since(self, null_since: i16) -> Self {
        Self { null_since, ..self }
    }
}

const fn flag(name: &'static str) -> Field {
    int8(name)
}

const fn int8(name: &'static str) -> Field {
    Field::new(name, Kind::Fixed(1))
}

const fn int16(name: &'static str) -> Field {
    Field::new(name, Kind::Fixed(2))
}

const fn int32(name: &'static str) -> Field {
    Field::new(name, Kind::Fixed(4))
}

const fn int64(name: &'static str) -> Field {
    Field::new(name, Kind::Fixed(8))
}

const fn uuid(name: &'static str) -> Field {
    Field::new(name, Kind::Fixed(16))
}

const fn text(name: &'static str) -> Field {
    Field::new(name, Kind::Text)
}

const fn bytes(name: &'static str) -> Field {
    Field::new(name, Kind::Bytes)
}

const fn int32s(name: &'static str) -> Field {
    Field::new(name, Kind::Numbers(4))
}

const fn texts(name: &'static str) -> Field {
    Field::new(name, Kind::Texts)
}

const fn structs(name: &'static str, fields: &'static [Field]) -> Field {
    Field::new(name, Kind::Structs(fields))
}

/// The header of every request. The flexible one ends in tagged fields too.
pub(super) const HEADER: &[Field] =
    &[int16("api key"), int16("api version"), int32("correlation id"), text("client id").or_null()];

/// A name and its value, as topics and configs are created and altered with.
const CONFIG: &[Field] = &[text("config name"), text("config value").or_null()];

/// Every API that the server offers, by key.
pub static APIS: &[Api] = &[
    Api {
        key: ApiKey::Produce,
        // Versions 0 to 2 are refused later: old librdkafka stops compressing unless 0 is offered.
        min: 0,
        max: 8,
        flexible_since: 9,
        body: &[
            text("transactional id").since(3).or_null(),
            int16("acks"),
            int32("timeout"),
            structs(
                "topics",
                &[
                    text("topic name"),
                    structs("partitions", &[int32("partition"), bytes("records").or_null()]),
                ],
            ),
        ],
    },
    Api {
        key: ApiKey::Fetch,
        min: 4,
        max: 11,
        flexible_since: 12,
        body: &[
            int32("replica id"),
            int32("max wait"),
            int32("min bytes"),
            int32("max bytes"),
            int8("isolation level"),
            int32("session id").since(7),
            int32("session epoch").since(7),
            structs(
                "topics",
                &[
                    text("topic name"),
                    structs(
                        "partitions",
                        &[
                            int32("partition"),
                            int32("current leader epoch").since(9),
                            int64("fetch offset"),
                            int64("log start offset").since(5),
                            int32("partition max bytes"),
                        ],
                    ),
                ],
            ),
            structs("forgotten topics", &[text("topic name"), int32s("partitions")]).since(7),
            text("rack id").since(11),
        ],
    },
    Api {
        key: ApiKey::ListOffsets,
        min: 1,
        max: 7,
        flexible_since: 6,
        body: &[
            int32("replica id"),
            int8("isolation level").since(2),
            structs(
                "topics",
                &[
                    text("topic name"),
                    structs(
                        "partitions",
                        &[int32("partition"), int32("current leader epoch").since(4), int64("timestamp")],
                    ),
                ],
            ),
        ],
    },
    Api {
        key: ApiKey::Metadata,
        min: 0,
        max: 12,
        flexible_since: 9,
        body: &[
            structs("topics", &[uuid("topic id").since(10), text("topic name").or_null_since(10)])
                .or_null_since(1),
            flag("allow auto creation").since(4),
            flag("include cluster operations").since(8).until(10),
            flag("include topic operations").since(8),
        ],
    },
    Api {
        key: ApiKey::OffsetCommit,
        min: 2,
        max: 8,
        flexible_since: 8,
        body: &[
            text("group id"),
            int32("generation id"),
            text("member id"),
            text("group instance id").since(7).or_null(),
            int64("retention time").until(4),
            structs(
                "topics",
                &[
                    text("topic name"),
                    structs(
                        "partitions",
                        &[
                            int32("partition"),
                            int64("committed offset"),
                            int32("committed leader epoch").since(6),
                            text("committed metadata").or_null(),
                        ],
                    ),
                ],
            ),
        ],
    },
    Api {
        key: ApiKey::OffsetFetch,
        min: 1,
        max: 8,
        flexible_since: 6,
        body: &[
            text("group id").until(7),
            structs("topics", &[text("topic name"), int32s("partitions")]).until(7).or_null_since(2),
            structs(
                "groups",
                &[text("group id"), structs("topics", &[text("topic name"), int32s("partitions")]).or_null()],
            )
            .since(8),
            flag("require stable").since(7),
        ],
    },
    Api {
        key: ApiKey::FindCoordinator,
        min: 0,
        max: 4,
        flexible_since: 3,
        body: &[text("key").until(3), int8("key type").since(1), texts("coordinator keys").since(4)],
    },
    Api {
        key: ApiKey::JoinGroup,
        min: 0,
        max: 9,
        flexible_since: 6,
        body: &[
            text("group id"),
            int32("session timeout"),
            int32("rebalance timeout").since(1),
            text("member id"),
            text("group instance id").since(5).or_null(),
            text("protocol type"),
            structs("protocols", &[text("protocol name"), bytes("protocol metadata")]),
            text("reason").since(8).or_null(),
        ],
    },
    Api {
        key: ApiKey::Heartbeat,
        min: 0,
        max: 4,
        flexible_since: 4,
        body: &[
            text("group id"),
            int32("generation id"),
            text("member id"),
            text("group instance id").since(3).or_null(),
        ],
    },
    Api {
        key: ApiKey::LeaveGroup,
        min: 0,
        max: 5,
        flexible_since: 4,
        body: &[
            text("group id"),
            text("member id").until(2),
            structs(
                "members",
                &[text("member id"), text("group instance id").or_null(), text("reason").since(5).or_null()],
            )
            .since(3),
        ],
    },
    Api {
        key: ApiKey::SyncGroup,
        min: 0,
        max: 5,
        flexible_since: 4,
        body: &[
            text("group id"),
            int32("generation id"),
            text("member id"),
            text("group instance id").since(3).or_null(),
            text("protocol type").since(5).or_null(),
            text("protocol name").since(5).or_null(),
            structs("assignments", &[text("member id"), bytes("assignment")]),
        ],
    },
    Api {
        key: ApiKey::DescribeGroups,
        min: 0,
        max: 5,
        flexible_since: 5,
        body: &[texts("groups"), flag("include operations").since(3)],
    },
    Api { key: ApiKey::ListGroups, min: 0, max: 4, flexible_since: 3, body: &[texts("states").since(4)] },
    Api {
        key: ApiKey::ApiVersions,
        min: 0,
        max: 4,
        flexible_since: 3,
        body: &[text("client software name").since(3), text("client software version").since(3)],
    },
    Api {
        key: ApiKey::CreateTopics,
        min: 2,
        max: 7,
        flexible_since: 5,
        body: &[
            structs(
                "topics",
                &[
                    text("topic name"),
                    int32("partitions"),
                    int16("replication factor"),
                    structs("assignments", &[int32("partition"), int32s("broker ids")]),
                    structs("configs", CONFIG),
                ],
            ),
            int32("timeout"),
            flag("validate only"),
        ],
    },
    Api {
        key: ApiKey::DeleteTopics,
        min: 1,
        max: 6,
        flexible_since: 4,
        body: &[
            structs("topics", &[text("topic name").or_null(), uuid("topic id")]).since(6),
            texts("topic names").until(5),
            int32("timeout"),
        ],
    },
    Api {
        key: ApiKey::DeleteRecords,
        min: 0,
        max: 2,
        flexible_since: 2,
        body: &[
            structs(
                "topics",
                &[text("topic name"), structs("partitions", &[int32("partition"), int64("offset")])],
            ),
            int32("timeout"),
        ],
    },
    Api {
        key: ApiKey::InitProducerId,
        min: 0,
        max: 4,
        flexible_since: 2,
        body: &[
            text("transactional id").or_null(),
            int32("transaction timeout"),
            int64("producer id").since(3),
            int16("producer epoch").since(3),
        ],
    },
    Api {
        key: ApiKey::OffsetForLeaderEpoch,
        min: 2,
        max: 4,
        flexible_since: 4,
        body: &[
            int32("replica id").since(3),
            structs(
                "topics",
                &[
                    text("topic name"),
                    structs(
                        "partitions",
                        &[int32("partition"), int32("current leader epoch"), int32("leader epoch")],
                    ),
                ],
            ),
        ],
    },
    Api {
        key: ApiKey::DescribeConfigs,
        min: 1,
        max: 4,
        flexible_since: 4,
        body: &[
            structs(
                "resources",
                &[int8("resource type"), text("resource name"), texts("config names").or_null()],
            ),
            flag("include synonyms"),
            flag("include documentation").since(3),
        ],
    },
    Api {
        key: ApiKey::AlterConfigs,
        min: 0,
        max: 2,
        flexible_since: 2,
        body: &[
            structs("resources", &[int8("resource type"), text("resource name"), structs("configs", CONFIG)]),
            flag("validate only"),
        ],
    },
    Api {
        key: ApiKey::CreatePartitions,
        min: 0,
        max: 3,
        flexible_since: 2,
        body: &[
            structs(
                "topics",
                &[
                    text("topic name"),
                    int32("count"),
                    structs("assignments", &[int32s("broker ids")]).or_null(),
                ],
            ),
            int32("timeout"),
            flag("validate only"),
        ],
    },
    Api { key: ApiKey::DeleteGroups, min: 0, max: 2, flexible_since: 2, body: &[texts("groups")] },
    Api {
        key: ApiKey::IncrementalAlterConfigs,
        min: 0,
        max: 1,
        flexible_since: 1,
        body: &[
            structs(
                "resources",
                &[
                    int8("resource type"),
                    text("resource name"),
                    structs(
                        "configs",
                        &[text("config name"), int8("operation"), text("config value").or_null()],
                    ),
                ],
            ),
            flag("validate only"),
        ],
    },
    Api {
        key: ApiKey::OffsetDelete,
        min: 0,
        max: 0,
        flexible_since: NEVER,
        body: &[
            text("group id"),
            structs("topics", &[text("topic name"), structs("partitions", &[int32("partition")])]),
        ],
    },
    Api {
        key: ApiKey::DescribeCluster,
        min: 0,
        max: 1,
        flexible_since: 0,
        body: &[flag("include operations"), int8("endpoint type").since(1)],
    },
];

#[cfg(test)]
mod tests {
    use super::*;

    /// Arrays of structs, however deep.
    fn elements(fields: &'static [Field]) -> Vec<(&'static Field, &'static [Field])> {
        let mut found = Vec::new();
        for field in fields {
            if let Kind::Structs(inner) = field.kind {
                found.push((field, inner));
                found.extend(elements(inner));
            }
        }
        found
    }

    #[test]
    fn no_element_of_an_array_takes_no_bytes() {
        for api in APIS {
            for (array, fields) in elements(api.body) {
                for version in api.min..=api.max {
                    let any = fields.iter().any(|field| field.is_in(version));
                    assert!(any, "{:?} {version}: {}", api.key, array.name);
                }
            }
        }
    }

    #[test]
    fn headers_are_flexible_where_the_decoder_takes_them_so() {
        for api in APIS {
            for version in api.min.max(api.key.valid_versions().min)..=api.max {
                let flexible = api.key.request_header_version(version) == 2;
                assert_eq!(version >= api.flexible_since, flexible, "{:?} {version}", api.key);
            }
        }
    }
}
