//! Keys of annotations and labels: what people write on pods and objects, and what we write on ours.

/// The group of the four kinds.
pub const GROUP: &str = "sawlog.dev";
/// Their version.
pub const VERSION: &str = "v1alpha1";
/// What `kubectl get sawlog` lists.
pub const CATEGORY: &str = "sawlog";

/// On a pod: the pipelines that read it, `name` or `namespace/name`, with commas between them.
pub const PIPELINE: &str = "sawlog.dev/pipeline";
/// On a pod: begins the key of the pipelines that read one container.
pub const CONTAINER_PREFIX: &str = "container.sawlog.dev/";
/// On a pod: `true`, or names of containers that are not read.
pub const EXCLUDE: &str = "sawlog.dev/exclude";
/// On a pod: the preset of multi-line assembly.
pub const MULTILINE: &str = "sawlog.dev/multiline";
/// On a pod: the format of its lines.
pub const FORMAT: &str = "sawlog.dev/format";
/// On a pod: the name of its service.
pub const SERVICE: &str = "sawlog.dev/service";
/// On one of our objects: `disabled` keeps the operator's hands off it; its status is still kept.
pub const RECONCILE: &str = "sawlog.dev/reconcile";
/// On a `RetentionPolicy`: the hash of the plan that may be carried out.
pub const APPROVE: &str = "sawlog.dev/approve";
/// On an object that we made: the uid of the object it was made for.
pub const OWNER_UID: &str = "sawlog.dev/owner-uid";
/// On an object that we made: the hash of what it was made from.
pub const CONTENT: &str = "sawlog.dev/content";

/// What each annotation of people means, for the reference.
pub const ANNOTATIONS: &[(&str, &str, &str)] = &[
    (
        PIPELINE,
        "pod",
        "the pipelines that read it: `name` for one of its own namespace, `namespace/name` for another's that permits it; several with commas",
    ),
    ("container.sawlog.dev/<container>", "pod", "the same for one container"),
    (
        EXCLUDE,
        "pod",
        "`true`, or the names of containers that are not read, with commas; pipelines of the platform for audits read them all the same",
    ),
    (MULTILINE, "pod", "instead of the pipeline's `parse.multiline.preset`"),
    (FORMAT, "pod", "instead of the pipeline's `parse.format`"),
    (SERVICE, "pod", "the name of the service, where labels do not say it"),
    (RECONCILE, "our kinds", "`disabled`: the operator changes nothing for this object, but still reports"),
    (APPROVE, "RetentionPolicy", "the hash of the plan in the status, which may then be carried out"),
];
