//! The messages of a log batch in one table, from which JSON is read and written.

/// How a field is written.
#[derive(Debug, Clone, Copy)]
pub(super) enum Kind {
    /// Nanoseconds: 64 bits, text in JSON.
    Time,
    /// A small number, of variable length.
    Count,
    /// A small number, of fixed length.
    Flags,
    /// An enumeration.
    Severity,
    Text,
    /// Bytes in hex.
    Id,
    /// Bytes in base64.
    Bytes,
    /// A whole number: text in JSON.
    Int,
    Double,
    Bool,
    One(&'static Message),
    Each(&'static Message),
}

/// A field of a message.
#[derive(Debug)]
pub(super) struct Field {
    pub(super) name: &'static str,
    /// As the protocol's own files spell it; readers accept both.
    pub(super) proto_name: &'static str,
    pub(super) number: u8,
    pub(super) kind: Kind,
}

/// A kind of message.
#[derive(Debug)]
pub(super) struct Message {
    pub(super) fields: &'static [Field],
    /// Only one of its fields can be set, and it counts even where it is zero.
    pub(super) is_choice: bool,
    /// It holds values inside a value.
    pub(super) nests: bool,
}

const fn field(name: &'static str, proto_name: &'static str, number: u8, kind: Kind) -> Field {
    Field { name, proto_name, number, kind }
}

const fn plain(fields: &'static [Field]) -> Message {
    Message { fields, is_choice: false, nests: false }
}

pub(super) static LOGS_DATA: Message =
    plain(&[field("resourceLogs", "resource_logs", 1, Kind::Each(&RESOURCE_LOGS))]);

static RESOURCE_LOGS: Message = plain(&[
    field("resource", "resource", 1, Kind::One(&RESOURCE)),
    field("scopeLogs", "scope_logs", 2, Kind::Each(&SCOPE_LOGS)),
    field("schemaUrl", "schema_url", 3, Kind::Text),
]);

static RESOURCE: Message = plain(&[
    field("attributes", "attributes", 1, Kind::Each(&KEY_VALUE)),
    field("droppedAttributesCount", "dropped_attributes_count", 2, Kind::Count),
]);

static SCOPE_LOGS: Message = plain(&[
    field("scope", "scope", 1, Kind::One(&SCOPE)),
    field("logRecords", "log_records", 2, Kind::Each(&LOG_RECORD)),
    field("schemaUrl", "schema_url", 3, Kind::Text),
]);

static SCOPE: Message = plain(&[
    field("name", "name", 1, Kind::Text),
    field("version", "version", 2, Kind::Text),
    field("attributes", "attributes", 3, Kind::Each(&KEY_VALUE)),
    field("droppedAttributesCount", "dropped_attributes_count", 4, Kind::Count),
]);

static LOG_RECORD: Message = plain(&[
    field("timeUnixNano", "time_unix_nano", 1, Kind::Time),
    field("severityNumber", "severity_number", 2, Kind::Severity),
    field("severityText", "severity_text", 3, Kind::Text),
    field("body", "body", 5, Kind::One(&ANY_VALUE)),
    field("attributes", "attributes", 6, Kind::Each(&KEY_VALUE)),
    field("droppedAttributesCount", "dropped_attributes_count", 7, Kind::Count),
    field("flags", "flags", 8, Kind::Flags),
    field("traceId", "trace_id", 9, Kind::Id),
    field("spanId", "span_id", 10, Kind::Id),
    field("observedTimeUnixNano", "observed_time_unix_nano", 11, Kind::Time),
    field("eventName", "event_name", 12, Kind::Text),
]);

static KEY_VALUE: Message =
    plain(&[field("key", "key", 1, Kind::Text), field("value", "value", 2, Kind::One(&ANY_VALUE))]);

static ANY_VALUE: Message = Message {
    fields: &[
        field("stringValue", "string_value", 1, Kind::Text),
        field("boolValue", "bool_value", 2, Kind::Bool),
        field("intValue", "int_value", 3, Kind::Int),
        field("doubleValue", "double_value", 4, Kind::Double),
        field("arrayValue", "array_value", 5, Kind::One(&ARRAY_VALUE)),
        field("kvlistValue", "kvlist_value", 6, Kind::One(&KVLIST_VALUE)),
        field("bytesValue", "bytes_value", 7, Kind::Bytes),
    ],
    is_choice: true,
    nests: false,
};

static ARRAY_VALUE: Message = Message {
    fields: &[field("values", "values", 1, Kind::Each(&ANY_VALUE))],
    is_choice: false,
    nests: true,
};

static KVLIST_VALUE: Message = Message {
    fields: &[field("values", "values", 1, Kind::Each(&KEY_VALUE))],
    is_choice: false,
    nests: true,
};
