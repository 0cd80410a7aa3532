//! The Apache Kafka server that everything publishes to.

use super::Lang;
use super::Level::{Debug, Error, Info, Warn};
use super::Plant::Connect;
use super::Template;

pub(super) const TEMPLATES: &[Template] = &[
    Template::new(Info, 80, "[Log partition={topic}-{partition}, dir=/var/kafka{small}] Rolled new log segment at offset {offset} in {ms} ms, bytes={bytes} producer={hex10} span={hex8} id={hex8}"),
    Template::new(Info, 45, "[GroupCoordinator {n}]: Member {uuid} joined group {queue} in generation {n}, members={small} host={ip} took={ms}ms"),
    Template::new(Info, 20, "[ProducerStateManager partition={topic}-{partition}] Wrote producer snapshot at offset {offset} with {n} producer ids in {ms} ms, epoch={n} crc={hex10} file={hex8}"),
    Template::new(Info, 8, "[Partition {topic}-{partition} span={hex8}] ISR updated to {n},{n},{n} and version updated to {n}, leader epoch {n}, high watermark {offset} id={hex8} dir={hex10}"),
    Template::new(Info, 4, "[LocalLog partition={topic}-{partition}] Deleting segment files at base offset {offset}, size={bytes} age={secs}s epoch={n} dir={hex10} task={hex8} broker={host}"),
    Template::new(Info, 3, "[Controller id={n}] Elected leader {n} for {topic}-{partition} at offset {offset}, epoch={n} isr={small} took={ms}ms request={hex10} zxid={hex8} host={host}"),
    Template::new(Info, 2, "[KafkaServer id={n}] started on {host}:{port} pid={pid} version={version} commit={hex10} cluster={hex8} logs={n} recovery={ms}ms span={hex8}"),
    Template::new(Info, 3, "[SocketServer id={n}] Accepted connection {hex10} from {ip}:{port} on listener {port}, principal={user} processor={small} open={n} took={ms}ms tls={hex8}").plant(Connect),
    Template::new(Debug, 40, "[ReplicaFetcher replicaId={n}, leaderId={n}] Fetched {bytes} bytes of {topic}-{partition} at {offset} in {ms} ms, session={hex10} span={hex8} correlation={hex8}"),
    Template::new(Debug, 15, "[KafkaApi {n}] Handled produce of {n} records, {bytes} bytes to partition={partition} at {offset} in {ms} ms, client={ip}:{port} correlation={hex8} trace={hex10}"),
    Template::new(Debug, 6, "[LogCleaner {small}] Cleaned {bytes} bytes of {topic}-{partition} to {offset} in {secs} s, kept {pct}%, keys={n} buffer={bytes} pass={hex8} index={hex10}"),
    Template::new(Debug, 3, "[QuotaManager {n}] {userid} used {bytes} bytes in {secs} s, throttle={ms}ms window={n} client={ip} request={hex10} tag={hex8} broker={host} span={hex8}"),
    Template::new(Warn, 30, "[ReplicaManager broker={n}] Under-replicated {topic}-{partition}: isr={small} of {small}, leader={n} lag={n} end={offset} dir={hex10} epoch={n} check={hex8} span={hex8}"),
    Template::new(Warn, 10, "[GroupCoordinator {n}]: Member {uuid} missed its heartbeat after {ms} ms, span={hex8} generation={n} host={ip} left={small} lag={n}"),
    Template::new(Warn, 4, "[KafkaApi {n}] slow request {method} took {ms} ms: queue={ms}ms local={ms}ms remote={ms}ms from {ip}:{port} correlation={hex8} trace={hex10} bytes={bytes}"),
    Template::new(Warn, 2, "[LogManager] dir=/var/kafka{small} is {pct}% full: {bytes} of {bytes} bytes, segments={n} oldest={secs}s broker={host} scan={hex8} device={hex8} span={hex8}"),
    Template::new(Warn, 2, "[RequestSendThread controllerId={n}] Connection to node {n} ({ip}:{port}) could not be established in {ms} ms, epoch={n} request={hex10} try={small} rack={region} id={hex8}").plant(Connect),
    Template::new(Error, 20, "[ReplicaManager broker={n}] Error processing append to {topic}-{partition} at {offset}: {bytes} bytes, acks={small} isr={small} producer={hex10} client={ip} batch={hex8}"),
    Template::new(Error, 6, "[KafkaApi {n}] Unexpected error handling {method} from {ip}:{port}, correlation={hex8} version={small} bytes={bytes} after {ms} ms trace={hex10} broker={host}").trace(Lang::Java),
    Template::new(Error, 3, "[Log partition={topic}-{partition}] Corrupt record at offset {offset}: size={bytes} crc={hex8} expected={hex8} segment={offset} epoch={n} producer={hex10} broker={host}"),
    Template::new(Error, 1, "[LogDirFailureChannel {n}] IOException on /var/kafka{small} for partition={partition} at {offset}, wrote {bytes} bytes errno={n} broker={host} segment={hex10} dir={hex8} span={hex8}").trace(Lang::Java),
    Template::new(Error, 1, "[Controller id={n}] Offline {topic}-{partition}: no live replica of {n},{n},{n}, last leader {n} epoch={n} offset={offset} request={hex10} zxid={hex8} host={host}"),
];
