//! The reasons.

use super::{
    Entry,
    Event::{Never, Normal, Warning},
    Heals::{ByItself, ByPeople, Good},
};

const PIPELINE: &[&str] = &["LogPipeline"];
const INDEX: &[&str] = &["LogIndex"];
const POLICY: &[&str] = &["RetentionPolicy"];
const RULE: &[&str] = &["AlertRule"];
const ALL: &[&str] = &["LogPipeline", "LogIndex", "RetentionPolicy", "AlertRule"];

/// The table: a reason, whose, of which condition, event, who ends it, what is so, what to do.
macro_rules! reasons {
    ($( $name:ident, $kinds:expr, $condition:literal, $event:ident, $heals:ident, $text:literal, $remedy:literal; )+) => {
        /// Why a condition is as it is.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Reason {
            $( #[doc = $text] $name, )+
        }

        /// What is to be known of each, in the order of the variants.
        pub const REASONS: &[Entry] = &[
            $( Entry {
                reason: Reason::$name, name: stringify!($name), kinds: $kinds, condition: $condition,
                event: $event, heals: $heals, text: $text, remedy: $remedy,
            }, )+
        ];
    };
}

reasons! {
    Accepted, ALL, "Accepted", Never, Good,
        "The spec makes sense.",
        "Nothing.";
    QueryInvalid, &["LogPipeline", "RetentionPolicy", "AlertRule"], "Accepted", Warning, ByPeople,
        "A query cannot be read; the message has its position, and what was expected.",
        "Correct the query; `sawlog check FILE` reads it the same way, without a cluster.";
    PatternInvalid, PIPELINE, "Accepted", Warning, ByPeople,
        "A regex cannot be compiled, or is too large.",
        "Correct the pattern that the message names; `sawlog check FILE` compiles it the same way.";
    PlatformOnly, &["LogPipeline", "AlertRule"], "Accepted", Warning, ByPeople,
        "The spec asks for what only namespaces of the platform may have: a namespaceSelector, adopt, a topic outside the namespace's own prefix, or another namespace's records.",
        "Remove the field that the message names, or move the object to a namespace that the operator's configuration lists in platformNamespaces.";
    SpecInvalid, ALL, "Accepted", Warning, ByPeople,
        "Fields contradict each other in a way that admission refuses today: the object is older than the rule, or came from a file.",
        "Correct the field that the message names; `sawlog check FILE` says the same.";
    EntryTooLarge, ALL, "Accepted", Warning, ByPeople,
        "What agents or shards would have to know of it is larger than 512 KiB, and no part of a document holds more.",
        "Take the long lists out of it: fields of the schema, steps of shaping, patterns; or split it into several objects.";
    NamespaceNotAllowed, INDEX, "Accepted", Warning, ByPeople,
        "Indexes are not looked after in this namespace: their pods hold credentials for Kafka.",
        "Make the index in a namespace that the operator's configuration lists in indexNamespaces, or have the namespace added there.";
    OwnedByAnother, ALL, "Accepted", Warning, ByItself,
        "Another operator looks after this object, as status.operator says.",
        "Nothing, if that is meant. Otherwise stop the other operator: when it no longer renews its Lease, this one takes over.";

    ReconcileDisabled, ALL, "Paused", Normal, Good,
        "The annotation `sawlog.dev/reconcile: disabled` keeps the operator's hands off; the status is still kept.",
        "Remove the annotation when you are done.";
    Suspended, ALL, "Paused", Normal, Good,
        "`spec.suspend` stops the work for this object; nothing is deleted.",
        "Set `spec.suspend` to false to go on.";

    Resolved, ALL, "ResolvedRefs", Never, Good,
        "Everything that the spec names is there, and permits it.",
        "Nothing.";
    RefNotFound, ALL, "ResolvedRefs", Warning, ByItself,
        "Something that the spec names does not exist.",
        "Make it, or correct the name; this goes on by itself as soon as it is there.";
    RefNotPermitted, ALL, "ResolvedRefs", Warning, ByItself,
        "Something of another namespace that the spec names does not permit it.",
        "Have its owner list this namespace in its `allowedNamespaces`.";
    SecretMissing, &["LogPipeline", "LogIndex", "AlertRule"], "ResolvedRefs", Warning, ByItself,
        "A Secret that the spec or the configuration names does not exist, or lacks a key that the message names.",
        "Make the Secret, with the keys that the message names.";
    KafkaUnknown, PIPELINE, "ResolvedRefs", Warning, ByPeople,
        "The operator's configuration knows no Kafka cluster of this name, or none that this namespace may use.",
        "Correct `spec.kafkaRef.name`, or have the cluster added to the configuration, with this namespace in its allowedNamespaces.";

    Ready, ALL, "Ready", Never, Good,
        "It does what it is there for.",
        "Nothing.";

    Progressing, ALL, "Reconciling", Never, ByItself,
        "The operator is at work on the latest change.",
        "Wait; the message says for what.";

    TopicAsAsked, PIPELINE, "TopicReady", Never, Good,
        "The topic is there, as it was asked for.",
        "Nothing.";
    TopicCreated, PIPELINE, "TopicReady", Normal, Good,
        "The topic was made.",
        "Nothing.";
    PartitionsGrown, PIPELINE, "TopicReady", Normal, Good,
        "The topic has more partitions now; containers that are being read stay with theirs.",
        "Nothing.";
    TopicCorrected, PIPELINE, "TopicReady", Normal, Good,
        "Settings of the topic had been changed by somebody else, and are again as the spec says.",
        "Change the spec instead of the topic.";
    TopicAdopted, PIPELINE, "TopicReady", Normal, Good,
        "A topic that was there already now belongs to this pipeline.",
        "Nothing.";
    PartitionShrinkRefused, PIPELINE, "TopicReady", Warning, ByPeople,
        "The topic has more partitions than the spec asks for, and Kafka cannot take partitions away.",
        "Set `spec.topic.partitions` to at least what the topic has. For fewer, make a pipeline with another topic and let this one run dry.";
    ReplicationDiffers, PIPELINE, "TopicReady", Warning, ByPeople,
        "The topic has another number of replicas than the spec asks for; the operator does not move data between brokers.",
        "Reassign the topic's partitions with Kafka's own tools, or set `spec.topic.replicas` to what the topic has.";
    TopicNameReserved, PIPELINE, "TopicReady", Warning, ByPeople,
        "The topic's name begins with `__` or `sawlog.`, or ends with `.dlq`: such topics are the product's own. In the namespace `sawlog` the name that a pipeline has by default is such a one.",
        "Set `spec.topic.name`.";
    TopicNameTaken, PIPELINE, "TopicReady", Warning, ByPeople,
        "Another pipeline holds this topic.",
        "Give one of them another `spec.topic.name`; the message names the other. Deleting either does not delete the topic.";
    TopicNotAdopted, PIPELINE, "TopicReady", Warning, ByPeople,
        "A topic of this name is there already, and nobody said that it may be taken over.",
        "Set `spec.topic.adopt: true` in a platform namespace if it is meant, or choose another name.";
    TopicRecreated, &["LogPipeline", "LogIndex"], "TopicReady", Warning, ByItself,
        "The topic was deleted and made again by somebody else: its positions begin anew.",
        "Nothing: reading goes on with the new topic. What the old one held and no index had read is lost.";
    KafkaUnreachable, PIPELINE, "TopicReady", Warning, ByItself,
        "No broker answers.",
        "Look at the Kafka cluster; agents keep lines until it answers again.";
    BrokerRejected, PIPELINE, "TopicReady", Warning, ByPeople,
        "The brokers refuse what the spec asks for; the message has their words.",
        "Change the setting that the message names, or the broker's policy.";

    AgentsApplied, PIPELINE, "AgentsReady", Never, Good,
        "Every agent that should has applied the spec.",
        "Nothing.";
    AgentsWaiting, PIPELINE, "AgentsReady", Never, ByItself,
        "Some agents have not applied the spec yet.",
        "Wait; agents look every few seconds. `kubectl get pods` in the agents' namespace shows those that are not ready.";
    AgentRejected, PIPELINE, "AgentsReady", Warning, ByPeople,
        "An agent refuses the spec and goes on with the one before.",
        "Update the agents, or remove the feature that the message names.";

    Delivering, PIPELINE, "Delivering", Never, Good,
        "Records reach the topic.",
        "Nothing.";
    NothingReadYet, PIPELINE, "Delivering", Never, ByItself,
        "No record has come through yet.",
        "Wait for the first line; `kubectl logs` of a pod shows whether it prints any.";
    NoMatchingPods, PIPELINE, "Delivering", Never, ByItself,
        "No pod names or matches this pipeline.",
        "Annotate pods with `sawlog.dev/pipeline`, or change `spec.select`.";
    PipelineUnknown, &["Pod"], "Delivering", Warning, ByItself,
        "The pod's annotation names a pipeline that does not exist or does not permit its namespace.",
        "Correct the annotation, make the pipeline, or have its owner list the namespace in `allowedNamespaces`.";
    BudgetExceeded, PIPELINE, "Delivering", Warning, ByItself,
        "The pipeline has used its budget of the day; `spec.budget.onExceed` says what happens.",
        "Raise the budget, drop or sample more, or wait until midnight UTC.";

    ShardsReady, INDEX, "Available", Never, Good,
        "Every shard serves.",
        "Nothing.";
    ShardsMissing, INDEX, "Available", Warning, ByItself,
        "Some shards do not serve; their published data are still searched.",
        "`kubectl describe pod` of the shards that the message names says why; others take their partitions over within a minute.";
    MoreShardsThanPartitions, INDEX, "Available", Warning, ByPeople,
        "There are more shards than partitions: some have nothing to do.",
        "Lower `spec.replicas`, or raise `spec.topic.partitions` of the pipelines.";
    LagHigh, INDEX, "Available", Warning, ByItself,
        "Reading is behind by more than it should be.",
        "Raise `spec.replicas` or `spec.size`; `sawlog status` shows the lag of each pipeline.";
    RetentionAtRisk, INDEX, "Available", Warning, ByItself,
        "The oldest message that is not read yet is older than half of what Kafka keeps.",
        "Raise `spec.replicas` or `spec.size` now, or the pipeline's `spec.topic.retention`, before Kafka deletes unread messages.";

    VolumesAsAsked, INDEX, "VolumesResized", Never, Good,
        "Volumes have the size that was asked for.",
        "Nothing.";
    VolumesGrowing, INDEX, "VolumesResized", Never, ByItself,
        "Volumes are being made larger.",
        "Wait; the message says which.";
    StorageClassNotExpandable, INDEX, "VolumesResized", Warning, ByPeople,
        "The StorageClass does not let volumes grow.",
        "Set `allowVolumeExpansion: true` in the class if its driver can, or make a new index with a larger size.";
    ShrinkRefused, INDEX, "VolumesResized", Warning, ByPeople,
        "A volume is larger than the spec asks for, and volumes cannot get smaller.",
        "Set `spec.storage.size` to at least what the volumes have.";

    RolledOut, INDEX, "RolloutComplete", Never, Good,
        "Every pod runs what the spec says.",
        "Nothing.";
    RollingOut, INDEX, "RolloutComplete", Normal, ByItself,
        "Pods are being replaced, one after another.",
        "Wait; the message says how far it is.";
    UpdateWaiting, INDEX, "RolloutComplete", Normal, Good,
        "A newer version is ready, and `spec.update.policy` says that it waits.",
        "`sawlog rollout` starts it.";
    WaitingForReadyShards, INDEX, "RolloutComplete", Never, ByItself,
        "The next step waits until every shard is ready.",
        "Look at the shards that the message names.";
    WaitingForLag, INDEX, "RolloutComplete", Never, ByItself,
        "The next step waits until reading has caught up.",
        "Wait, or raise `spec.size`.";
    WaitingForDrain, INDEX, "RolloutComplete", Never, ByItself,
        "The next step waits until a shard has published what it has.",
        "Wait; `status.shards` shows how far it is.";
    WaitingForVolume, INDEX, "RolloutComplete", Never, ByItself,
        "The next step waits until a volume is ready.",
        "`kubectl describe pvc` of the volume that the message names says why it is not.";
    WaitingForDisruption, INDEX, "RolloutComplete", Never, ByItself,
        "The next step waits for the PodDisruptionBudget.",
        "Wait until no other pod is being evicted.";
    WaitingForRelease, INDEX, "RolloutComplete", Never, ByItself,
        "The next step waits until a shard has released its partitions.",
        "Wait; after 45 s another shard takes them.";

    Draining, INDEX, "Drained", Normal, ByItself,
        "A shard publishes what it has before it is taken away.",
        "Wait; `status.shards` shows how far it is.";
    DrainStalled, INDEX, "Drained", Warning, ByPeople,
        "A shard did not finish within `spec.scaleDown.drainTimeout`.",
        "Look at the shard's log. `onTimeout: Force` takes it away all the same; what it had not published is read again from Kafka.";

    TiersFine, INDEX, "TiersHealthy", Never, Good,
        "Disk and object store answer.",
        "Nothing.";
    ObjectStoreUnreachable, INDEX, "TiersHealthy", Warning, ByItself,
        "The object store does not answer; sealed segments wait on the disk.",
        "Look at the store and at the network between; the message has the last error.";
    ObjectStoreClaimed, INDEX, "TiersHealthy", Warning, ByPeople,
        "Another index owns this bucket and prefix.",
        "Choose another prefix. If it is this index's own, made again: `sawlog adopt` takes it back.";
    CredentialsMissing, INDEX, "TiersHealthy", Warning, ByItself,
        "The object store refuses the credentials, or there are none.",
        "Correct the Secret of `spec.objectStore.credentials`, or the service account's role.";
    BucketMissing, INDEX, "TiersHealthy", Warning, ByItself,
        "The bucket does not exist; the operator makes none.",
        "Make the bucket, or correct `spec.objectStore.bucket`.";
    DiskFull, INDEX, "TiersHealthy", Warning, ByItself,
        "A volume is fuller than `spec.storage.maxUsedPercent`: data leave it early.",
        "Raise `spec.storage.size`, or let records move to warm sooner.";

    RetentionUnset, INDEX, "Accepted", Warning, ByPeople,
        "No RetentionPolicy is in force: nothing is ever deleted.",
        "Make a RetentionPolicy that names or selects the index, or one with `default: true`.";
    CertificateInvalid, INDEX, "Accepted", Warning, ByPeople,
        "The certificate of `spec.tls.secretRef` cannot be used; the message says why.",
        "Put a certificate and key into the Secret that belong together, are valid, and name the index's Services.";

    Bound, POLICY, "Bound", Never, Good,
        "Indexes follow the policy.",
        "Nothing.";
    NoIndexes, POLICY, "Bound", Warning, ByItself,
        "No index follows the policy.",
        "Correct `spec.indexRefs` or `spec.indexSelector`; policies are for indexes of their own namespace.";
    ConflictingPolicy, &["LogIndex", "RetentionPolicy"], "Bound", Warning, ByPeople,
        "Two policies claim an index in the same way; the older one is in force.",
        "Name one of them in the index's `spec.retentionRef`.";

    Scheduled, POLICY, "Scheduled", Never, Good,
        "The next run is planned.",
        "Nothing.";
    ScheduleInvalid, POLICY, "Scheduled", Warning, ByPeople,
        "The schedule has no next run: the fields of cron contradict each other, or the time zone is unknown.",
        "Correct `spec.schedule.cron` or `spec.schedule.timeZone`.";

    RunSucceeded, POLICY, "LastRunSucceeded", Never, Good,
        "The last run did everything that it should.",
        "Nothing.";
    RunFailed, POLICY, "LastRunSucceeded", Warning, ByItself,
        "The last run did not finish; what it had done is done, and the next one goes on.",
        "The message has the first error; most are the object store's.";
    WindowEnded, POLICY, "LastRunSucceeded", Normal, ByItself,
        "The last run ended with its window, before it was through.",
        "Raise `spec.schedule.window` or `maxConcurrentMoves` if that goes on.";

    ApprovalNeeded, POLICY, "AwaitingApproval", Warning, ByPeople,
        "A change of the policy would delete more than `spec.safety.maxDeletePercent` of an index.",
        "Look at `status.plan`; annotate the policy with `sawlog.dev/approve: <its hash>` to carry it out.";
    ShorteningWaits, POLICY, "AwaitingApproval", Normal, ByItself,
        "A shorter age waits for `spec.safety.shortenGrace`.",
        "Wait, or take the change back.";

    DeletionMasked, POLICY, "Ready", Normal, Good,
        "A delete request is in force: no answer shows its records any more.",
        "Nothing.";
    DeletionFinished, POLICY, "Ready", Normal, Good,
        "The records of a delete request are written out of every tier; the catalog keeps the proof.",
        "Remove the request from the spec if you like.";
    DeletionCancelled, POLICY, "Ready", Warning, ByPeople,
        "A delete request was removed before it was finished: what is not rewritten yet is shown again.",
        "Add it again if that was not meant.";

    Evaluating, RULE, "Evaluating", Never, Good,
        "The rule is evaluated.",
        "Nothing.";
    EvaluatorMissing, RULE, "Evaluating", Warning, ByItself,
        "Nobody evaluates the rule: no index that could is ready.",
        "Look at the index that the message names.";
    EvaluationBehind, RULE, "Evaluating", Warning, ByItself,
        "The rule is evaluated later than it should be.",
        "Raise the index's `spec.replicas`.";
    GroupLimitReached, RULE, "Evaluating", Warning, ByPeople,
        "More groups fire than `spec.limit`; the rest is told as a number.",
        "Group by fewer fields, or raise `spec.limit`.";

    Notified, RULE, "Notified", Never, Good,
        "Who should be told was told.",
        "Nothing.";
    NotifyFailed, RULE, "Notified", Warning, ByItself,
        "A receiver does not take alerts; they are sent again.",
        "Look at the receiver; the message has its answer.";
    NoCommonIndex, RULE, "ResolvedRefs", Warning, ByItself,
        "No index reads all the pipelines that the rule names, and a rule is evaluated by one index.",
        "Name pipelines that one index reads, or make a rule for each index.";
    ReceiverUnknown, RULE, "Notified", Warning, ByPeople,
        "The operator's configuration knows no receiver of this name.",
        "Correct `receiverRef`, or have the receiver added to the configuration.";
    HostNotAllowed, RULE, "Notified", Warning, ByPeople,
        "A URL names a host to which alerts may not be sent.",
        "Use a receiver, or have the host added to allowedHosts of the operator's configuration.";

    AlertFiring, RULE, "Ready", Normal, Good,
        "The rule fires.",
        "Look at the records that the alert shows.";
    AlertResolved, RULE, "Ready", Normal, Good,
        "The rule no longer fires.",
        "Nothing.";
    Released, &["LogPipeline", "LogIndex"], "Ready", Normal, Good,
        "The object is deleted, and its topic or data stay.",
        "Make an object of the same name to take them back.";
    PurgeFailed, &["LogPipeline", "LogIndex"], "Ready", Warning, ByPeople,
        "The object is deleted, but its topic or data could not be.",
        "Delete what the message names by hand.";
}
