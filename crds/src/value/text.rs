//! Names and other texts.

use super::text_value;

text_value! {
    /// The name of one of our objects, or of an item in a list: a DNS label.
    KubeName, max 63, min 1, pattern r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?$",
    expected "a name of small letters, digits and `-`"
}

text_value! {
    /// A namespace.
    Namespace, max 63, min 1, pattern r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?$",
    expected "the name of a namespace"
}

text_value! {
    /// The name of an object of Kubernetes itself, such as a Secret or a `StorageClass`: it may have dots.
    ResourceName, max 253, min 1,
    pattern r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$",
    expected "a name of small letters, digits, `-` and `.`"
}

text_value! {
    /// The key of a label or an annotation.
    LabelKey, max 317, min 1,
    pattern r"^([a-z0-9]([-a-z0-9.]*[a-z0-9])?/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$",
    expected "the key of a label such as app.kubernetes.io/name"
}

text_value! {
    /// The value of a label.
    LabelValue, max 63, pattern r"^([A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?)?$",
    expected "the value of a label"
}

text_value! {
    /// A name that people choose and read: a label of an alert, an environment, a region.
    Label, max 63, min 1, pattern r"^[A-Za-z0-9]([-A-Za-z0-9_./]*[A-Za-z0-9])?$",
    expected "a name of letters, digits and `-_./`"
}

text_value! {
    /// The name of a label of alerts, as Prometheus allows them.
    LabelName, max 64, min 1, pattern r"^[A-Za-z_][A-Za-z0-9_]*$",
    expected "the name of an alert's label: letters, digits and `_`"
}

text_value! {
    /// The name of a field of a record, as queries write it; dots reach into maps.
    AttributeName, max 128, min 1, pattern r"^[^\x00-\x20\x7f]+$",
    expected "the name of a field"
}

text_value! {
    /// A name in which `*` stands for any characters and `?` for one.
    Glob, max 64, min 1, pattern r"^[-A-Za-z0-9_.*?]+$",
    expected "a name in which `*` and `?` stand for others"
}

text_value! {
    /// The name of a topic. That it is not one of the reserved is a rule of the pipeline.
    TopicName, max 249, min 1, pattern r"^[A-Za-z0-9_][-A-Za-z0-9_.]*$",
    expected "the name of a topic: letters, digits and `-_.`"
}

text_value! {
    /// The value of a setting of a topic.
    ConfigValue, max 64, min 1, pattern r"^[-A-Za-z0-9_.,]+$",
    expected "the value of a topic's setting"
}

text_value! {
    /// A query in the language of search. That it can be read is the parser's to say.
    Query, max 4096, min 1, expected "a query"
}

text_value! {
    /// A regex. That it can be compiled is for its user to say.
    Pattern, max 1024, min 1, expected "a pattern"
}

text_value! {
    /// A line of text.
    Line, max 256, min 1, pattern r"^[^\r\n]+$", expected "one line of text"
}

text_value! {
    /// A few words, or none.
    ShortText, max 256, expected "at most 256 characters"
}

text_value! {
    /// Text of a few paragraphs.
    LongText, max 2048, expected "at most 2,048 characters"
}

text_value! {
    /// When, as `cron` writes it: minute, hour, day of the month, month, day of the week.
    Cron, max 64, min 9, pattern r"^[-0-9A-Z*/,]+( [-0-9A-Z*/,]+){4}$",
    expected "five fields of cron such as `17 * * * *`"
}

text_value! {
    /// A time zone by its name.
    TimeZone, max 64, min 1, pattern r"^[A-Za-z][-A-Za-z0-9_+]*(/[A-Za-z0-9][-A-Za-z0-9_+]*)*$",
    expected "the name of a time zone such as Europe/Berlin"
}

text_value! {
    /// A moment, as RFC 3339 writes it.
    Timestamp, max 64, format "date-time",
    expected "a time such as 2026-03-01T10:15:00Z", meaning jiff::Timestamp, by |text| text.parse().ok()
}

text_value! {
    /// The name of a bucket of an object store.
    BucketName, max 63, min 3, pattern r"^[a-z0-9][-a-z0-9.]*[a-z0-9]$",
    expected "the name of a bucket: 3 to 63 small letters, digits, `-` and `.`"
}

text_value! {
    /// Where in a bucket: a path without empty pieces.
    Prefix, max 256, min 1, pattern r"^[-A-Za-z0-9_.]+(/[-A-Za-z0-9_.]+)*$",
    expected "a path such as logs/main, without `/` at its ends"
}

text_value! {
    /// A URL of HTTP.
    Url, max 512, min 8, pattern r"^https?://[^\x00-\x20/?#]+[^\x00-\x20]*$",
    expected "a URL that begins with https:// or http://"
}

text_value! {
    /// A host, perhaps with a port.
    Host, max 253, min 1, pattern r"^[A-Za-z0-9]([-A-Za-z0-9.]*[A-Za-z0-9])?(:[0-9]{1,5})?$",
    expected "the name of a host"
}

text_value! {
    /// The name of a container image.
    ImageName, max 512, min 1, pattern r"^[a-zA-Z0-9][-a-zA-Z0-9_.:/@]*$",
    expected "the name of an image such as registry.example/sawlog-indexer:1.0"
}

text_value! {
    /// How much processor or memory, as Kubernetes writes it.
    Quantity, max 16, min 1, pattern r"^[0-9]{1,9}(\.[0-9]{1,3})?(m|k|M|G|T|Ki|Mi|Gi|Ti)?$",
    expected "an amount such as 500m, 2 or 4Gi"
}

text_value! {
    /// The name of an environment variable.
    EnvName, max 128, min 1, pattern r"^[A-Za-z_][A-Za-z0-9_]*$",
    expected "the name of an environment variable"
}

text_value! {
    /// The key of a Secret's or `ConfigMap`'s entry.
    DataKey, max 253, min 1, pattern r"^[-A-Za-z0-9_.]+$",
    expected "the key of an entry"
}

impl Timestamp {
    /// The moment.
    pub fn at(&self) -> jiff::Timestamp {
        self.meaning
    }
}
