//! PostgreSQL under the orders: its server log.

use super::Level::{Debug, Error, Info, Warn};
use super::Plant::{Connect, Timeout};
use super::Template;

pub(super) const TEMPLATES: &[Template] = &[
    Template::new(Info, 80, "duration: {ms} ms execute S_{n}: SELECT from {table} WHERE id = {order} rows={n} pid={pid} txid={txid} query={hex10} shard={shard}"),
    Template::new(Info, 50, "duration: {ms} ms statement: UPDATE {table} SET state = {small} WHERE id = {order} pid={pid} txid={txid} client={ip}({port}) query={hex10}"),
    Template::new(Info, 20, "checkpoint complete: wrote {n} buffers ({pct}%); {small} WAL files added, write={secs} s, sync={ms} ms, lsn={lsn}, redo lsn={lsn}, id={hex8} on {host}"),
    Template::new(Info, 8, "automatic vacuum of table {table}: index scans: {small} pages: {n} removed, {n} remain, tuples: {n} removed, elapsed={secs} s worker={pid} run={hex8} sum={hex8}"),
    Template::new(Info, 5, "automatic analyze of table {table}: system usage: {ms} ms, rows={n} sampled={n} worker={pid} lsn={lsn} run={hex8} txid={txid} host={host}"),
    Template::new(Info, 3, "restartpoint starting: wal segment {hex10} at {lsn}, distance={n} kB, estimate={n} kB, standby={host} pid={pid} id={hex8} timeline={small} slot={pool}"),
    Template::new(Info, 4, "connection received: host={ip} port={port} pid={pid} backend={n} session={hex10} shard={shard} start={hex8} slots={n} of {n} app={feature}").plant(Connect),
    Template::new(Info, 3, "connection authorized: user={user} database=orders pid={pid} session={hex10} ssl={small} bits={n} client={ip} port={port} took={ms}ms trace={hex8}").plant(Connect),
    Template::new(Debug, 40, "parse S_{n}: SELECT from {table} WHERE sku = {sku} LIMIT {n} pid={pid} txid={txid} took={ms}ms query={hex10} session={hex8}"),
    Template::new(Debug, 15, "bind S_{n} to portal: parameters {n}, {order}, {sku} pid={pid} txid={txid} query={hex10} format={small} took={ms}ms relation={table}"),
    Template::new(Debug, 5, "StartTransaction({small}) name: unnamed; state: INPROGRESS, xid/subid/cid: {n}/{small}/{small} pid={pid} txid={txid} lsn={lsn} session={hex10} depth={n}"),
    Template::new(Debug, 2, "recycled write-ahead log file {hex10}, {small} of {n}, lsn={lsn} pid={pid} took={ms}ms checkpoint={hex8} host={host} timeline={small} span={hex8}"),
    Template::new(Warn, 30, "process {pid} still waiting for ShareLock on transaction {txid} after {ms} ms, holder={pid} queue={n} relation={table} query={hex10} session={hex8}"),
    Template::new(Warn, 10, "checkpoints are occurring too frequently ({secs} seconds apart), wal={n} MB limit={n} MB lsn={lsn} pid={pid} id={hex8} previous={hex8} host={host}"),
    Template::new(Warn, 4, "oldest xmin is far in the past: xid {n}, age {n} of {n}, span={hex8} pid={pid} session={hex10} slot={small} lsn={lsn} host={host} backend={hex8}"),
    Template::new(Warn, 2, "archiving of {hex10} failed, try {small} of {small}, exit={n} lsn={lsn} pid={pid} bytes={bytes} next in {secs}s host={host} span={hex8} push={hex8}"),
    Template::new(Warn, 2, "lock timeout of {ms} ms nearly spent by process {pid}: waited {ms} ms on {table} txid={txid} query={hex10} client={ip}({port}) holders={small}").plant(Timeout),
    Template::new(Error, 20, "duplicate key value violates unique constraint on {table}: Key (id)=({order}) already exists. pid={pid} txid={txid} query={hex10} client={ip}({port})"),
    Template::new(Error, 8, "deadlock detected: process {pid} waits for ShareLock on {txid}; blocked by process {pid} on {txid}, relation={table} after {ms} ms query={hex10} line={line}"),
    Template::new(Error, 3, "could not serialize access to {table} due to concurrent update: order={order} pid={pid} txid={txid} attempt={small} query={hex10} client={ip} lsn={lsn}"),
    Template::new(Error, 1, "invalid page in block {n} of relation base/{n}/{n}, checksum {n} but expected {n}, lsn={lsn} pid={pid} query={hex10} host={host} backend={hex8} span={hex8}"),
    Template::new(Error, 2, "canceling statement due to statement timeout after {ms} ms: SELECT from {table} pid={pid} txid={txid} query={hex10} client={ip}({port}) rows={n}").plant(Timeout),
];
