//! The session store: a Redis-like cache behind a proxy.

use super::Level::{Debug, Error, Info, Warn};
use super::Plant::{Connect, Phrase};
use super::Template;

pub(super) const TEMPLATES: &[Template] = &[
    Template::new(Info, 120, "GET session:{hex10} from {ip}:{port} {bytes} bytes in {ms}ms, slot={n} node={host} ttl={secs}s user={userid} request={req} span={hex8}"),
    Template::new(Info, 50, "SET session:{hex10} {bytes} bytes ttl={secs}s slot={n} user={userid} from {ip}:{port} span={hex8} in {ms}ms etag={hex8}"),
    Template::new(Info, 20, "login refreshed for {userid} from {ip} in {city}: session={uuid} ttl={secs}s slot={n} app={version} span={hex8}"),
    Template::new(Info, 8, "background save {hex8} finished on {host}: {n} keys, {bytes} bytes in {secs}s, fork={ms}ms pid={pid} checksum={hex10} shard={shard}"),
    Template::new(Info, 4, "evicted {n} keys of {n} from {shard}: memory={bytes} limit={bytes} policy={feature} pass={hex8} cursor={hex10} took={ms}ms node={host}"),
    Template::new(Info, 3, "slot {n} moved from {host} to {host}: {n} keys, {bytes} bytes in {ms}ms, migration={hex10} epoch={n} step={hex8} pool={pool}"),
    Template::new(Info, 2, "cache statistics for {shard}: hits={n} miss={n} keys={n} memory={bytes} window={secs}s snapshot={hex8} sample={hex8} node={host} region={region}"),
    Template::new(Info, 3, "closing idle connection {hex8} of {ip}:{port} after {secs}s, commands={n} sent={bytes} pool={pool} fd={n} node={host} peer={hex8}").plant(Connect),
    Template::new(Info, 2, "session cache miss for {userid}, restored from {table} in {ms}ms: session={uuid} slot={n} bytes={bytes} node={host} client={ip}").plant(Phrase),
    Template::new(Debug, 40, "MGET of {n} keys over {small} slots in {ms}ms, first={hex10} found={n} absent={n} client={ip}:{port} request={req} pool={pool}"),
    Template::new(Debug, 15, "pipeline {hex8} flushed: {n} commands, {bytes} bytes, {ms}ms to {ip}:{port} slot={n} depth={small} pool={pool} trace={hex10}"),
    Template::new(Debug, 5, "key session:{hex10} expired in slot {n}: idle {secs}s, bytes={bytes} user={userid} shard={shard} node={host} sweep={hex8} db={small}"),
    Template::new(Debug, 2, "hash ring of {pool} rebuilt: {n} points, {small} nodes, epoch={n} digest={hex10} took={ms}ms proxy={host} pid={pid} view={hex8}"),
    Template::new(Debug, 2, "client {hex8} connected from {ip}:{port} to slot owner {host}, fd={n} pool={pool} tls={small} handshake={ms}ms proxy={hex8} clients={n}").plant(Connect),
    Template::new(Debug, 2, "cache miss on key session:{hex10} slot={n} node={host} after {ms}ms, client={ip}:{port} user={userid} request={req} db={small}").plant(Phrase),
    Template::new(Warn, 30, "slow command {method} on slot {n}: {ms}ms, key session:{hex10} {bytes} bytes client={ip}:{port} span={hex8} request={req} entry={n}"),
    Template::new(Warn, 10, "memory of {host} at {pct}%: {bytes} of {bytes} bytes, fragmentation={pct} shard={shard} evicting={n} sample={hex8} report={hex8} pool={pool}"),
    Template::new(Warn, 4, "replica {ip}:{port} of {shard} lags {n} bytes, {secs}s behind, offset={offset} link={hex10} node={host} span={hex8} ping={ms}ms trace={hex8}"),
    Template::new(Warn, 2, "token of {userid} seen from {ip} and {ip} within {secs}s: session={uuid} slot={n} risk={pct} span={hex8} node={host}"),
    Template::new(Error, 20, "MOVED loop on slot {n}: {small} hops, last {ip}:{port}, key session:{hex10} request={req} after {ms}ms pool={pool} node={host} span={hex8}"),
    Template::new(Error, 6, "out of memory on {host}: command {method} of {bytes} bytes refused, used={bytes} keys={n} client={ip}:{port} request={hex10} token={hex8}"),
    Template::new(Error, 3, "session {uuid} of {userid} is corrupt: {bytes} bytes, version={version} crc={hex8} slot={n} node={host} shard={shard} table={table}"),
];
