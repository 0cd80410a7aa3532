//! Stock levels: a JVM service fed by the broker.

use super::Lang;
use super::Level::{Debug, Error, Info, Warn};
use super::Plant::Phrase;
use super::Template;

pub(super) const TEMPLATES: &[Template] = &[
    Template::new(Info, 120, "[{thread}] {class} - stock of {sku} at {shard} set to {n} from {n}, event={hex10} partition={partition} offset={offset} trace={hex8} order={order}"),
    Template::new(Info, 50, "[{thread}] consumed {n} records of {topic} partition={partition} up to {offset} in {ms}ms, lag={n} batch={hex8} member={hex8} span={hex8}"),
    Template::new(Info, 25, "[{thread}] reservation {uuid} of {small} x {sku} for {order} held {secs}s at {shard}, left={n} took={ms}ms span={hex8}"),
    Template::new(Info, 10, "[{thread}] released {small} x {sku} of order {order} after {secs}s, left={n} shard={shard} reservation={hex10} took={ms}ms request={req}"),
    Template::new(Info, 6, "[{thread}] committed offset {offset} for {topic} partition={partition} generation={n} member={hex10} epoch={small} took={ms}ms trace={hex8} host={host}"),
    Template::new(Info, 3, "[{thread}] partitions assigned to {host}: first={partition} count={small} generation={n} member={hex10} build={version} joined in {ms}ms trace={hex8} span={hex8}"),
    Template::new(Info, 2, "[{thread}] nightly count of {city} warehouse: {n} skus, {n} differences, shard={shard} run={hex8} report={hex8} took={secs}s host={host}"),
    Template::new(Info, 2, "[{thread}] stock cache miss for {sku} at {shard}, read from {table} in {ms}ms: left={n} version={version} request={req} key={hex10}").plant(Phrase),
    Template::new(Debug, 50, "[{thread}] {class} - poll returned {n} records in {ms}ms, partition={partition} position={offset} fetch={hex8} bytes={bytes} member={hex10} host={host}"),
    Template::new(Debug, 20, "[{thread}] duplicate event {hex10} for {sku} skipped, offset={offset} partition={partition} seen {secs}s ago at {shard} request={req} span={hex8}"),
    Template::new(Debug, 8, "[{thread}] read-through miss for {sku}: loaded {n} bytes from {shard} in {ms}ms, key={hex10} request={req} span={hex8} version={version} age={secs}s"),
    Template::new(Debug, 3, "[{thread}] row lock on {table} for {sku} taken after {ms}ms, waiters={small} txid={txid} shard={shard} request={req} line={line} host={host}"),
    Template::new(Warn, 30, "[{thread}] {class} - lag of {n} records on partition={partition}, offset={offset} end={offset} member={hex10} host={host} behind {secs}s batch={hex8}"),
    Template::new(Warn, 10, "[{thread}] stock of {sku} at {shard} below reorder level: {n} of {n}, supplier lead {secs}s, note={hex8} request={req} host={host} span={hex8}"),
    Template::new(Warn, 4, "[{thread}] event for {topic} out of order: sequence {n} after {n}, sku={sku} partition={partition} offset={offset} event={uuid} took={ms}ms"),
    Template::new(Warn, 2, "[{thread}] reservation {uuid} expired after {secs}s, order={order} sku={sku} quantity={small} shard={shard} queue={queue} host={host}"),
    Template::new(Error, 20, "[{thread}] {class} - negative stock {n} for {sku} at {shard}, order={order} event={hex10} partition={partition} offset={offset} request={req}"),
    Template::new(Error, 6, "[{thread}] record rejected, sent to {queue}: partition={partition} offset={offset} bytes={bytes} schema={n} event={uuid} host={host} took={ms}ms"),
    Template::new(Error, 2, "[{thread}] deserialization failed in {class} at partition={partition} offset={offset}, {bytes} bytes schema={n} event={hex10} host={host} build={version} fetch={hex8}").trace(Lang::Java),
    Template::new(Error, 2, "[{thread}] SQLException on {table}: state {n}, sku={sku} txid={txid} shard={shard} retries={small} request={req} after {ms}ms host={host}").trace(Lang::Java),
    Template::new(Error, 1, "[{thread}] rebalance aborted, generation={n} member={hex10} partition={partition} uncommitted={n} epoch={small} host={host} trace={hex8} topic={topic}").trace(Lang::Java),
];
