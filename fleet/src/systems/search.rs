//! Product search: an engine on the JVM, shards and segments and all.

use super::Lang;
use super::Level::{Debug, Error, Info, Warn};
use super::Plant::Phrase;
use super::Template;

pub(super) const TEMPLATES: &[Template] = &[
    Template::new(Info, 120, "[{host}][{shard}] query took {ms}ms, hits={n} docs, span={hex8} from={n} request={req} trace={hex10} client={ip} route={route}"),
    Template::new(Info, 50, "[{host}][{shard}] refreshed in {ms}ms: segments={n} docs={n} deleted={n} generation={n} commit={hex10} searcher={hex8} bytes={bytes} span={hex8}"),
    Template::new(Info, 20, "[{host}][{shard}] merged {n} segments of {bytes} bytes into {hex10} in {secs}s, docs={n} deleted={pct}% thread={thread} merge={hex8} span={hex8}"),
    Template::new(Info, 8, "[{host}][{shard}] flushed translog at {offset}: {n} operations, {bytes} bytes in {ms}ms, commit={hex10} generation={n} flush={hex8} reason={method}"),
    Template::new(Info, 4, "[{host}] bulk of {n} items indexed in {ms}ms: shard={shard} failed={small} bytes={bytes} task={uuid} client={ip} span={hex8}"),
    Template::new(Info, 3, "[{host}] relocated {shard} to {host} in {secs}s: {bytes} bytes, {n} files, throttle={ms}ms recovery={hex10} allocation={hex8} epoch={n} span={hex8}"),
    Template::new(Info, 2, "[{host}] cluster state version {n} applied in {ms}ms, term={n} nodes={small} shards={n} state={uuid} master={host} span={hex8}"),
    Template::new(Debug, 40, "[{host}][{shard}] rewrote query to {n} clauses in {ms}ms, terms={n} field={feature} request={req} trace={hex10} thread={thread} line={line}"),
    Template::new(Debug, 15, "[{host}][{shard}] fetch phase loaded {n} docs, {bytes} bytes in {ms}ms, context={hex10} request={req} top={sku} thread={thread} index={table}"),
    Template::new(Debug, 5, "[{host}][{shard}] request cache stored {bytes} bytes under {hex10}: entries={n} memory={bytes} ttl={secs}s hits={n} request={req} field={feature}"),
    Template::new(Debug, 2, "[{host}] circuit breaker {pool} at {bytes} of {bytes} bytes, trips={small} parent={pct}% thread={thread} request={req} sample={hex8} span={hex8} class={class}"),
    Template::new(Debug, 2, "[{host}][{shard}] request cache miss for key {hex10}, computed {n} buckets in {ms}ms, request={req} docs={n} thread={thread} field={feature} bytes={bytes}").plant(Phrase),
    Template::new(Warn, 30, "[{host}][{shard}] slow query: took {ms}ms, hits={n} clauses={n} request={req} trace={hex10} client={ip} user={userid} route={route}"),
    Template::new(Warn, 10, "[{host}] gc overhead: spent {ms}ms collecting in the last {ms}ms, heap={pct}% old={n}m young={n}m collection={n} dump={hex8} event={hex8} span={hex8} thread={thread}"),
    Template::new(Warn, 4, "[{host}] high disk watermark {pct}% exceeded: free {bytes} of {bytes} bytes, shards={n} moving {shard} check={hex8} device={hex10} after {secs}s zone={region}"),
    Template::new(Warn, 2, "[{host}][{shard}] synonyms of {feature} are stale: version={version} age={secs}s miss={n} of {n} lookups, digest={hex10} reload={hex8} took={ms}ms index={table}"),
    Template::new(Error, 20, "[{host}][{shard}] all shards failed for phase query: {small} of {small}, status={status} after {ms}ms request={req} trace={hex10} client={ip} route={route}"),
    Template::new(Error, 6, "[{host}][{shard}] document {sku} rejected: field {feature} at line {line} column {n}, bytes={bytes} task={hex10} request={req} pipeline={n} status={status}"),
    Template::new(Error, 3, "[{host}][{shard}] {class} failed in query phase: request={req} trace={hex10} docs={n} thread={thread} after {ms}ms status={status} build={version}").trace(Lang::Java),
    Template::new(Error, 2, "[{host}][{shard}] CorruptIndexException in segment {hex10}: checksum {hex8}, {bytes} bytes at {offset}, commit={n} thread={thread} index={table}").trace(Lang::Java),
    Template::new(Error, 1, "[{host}] rejected execution of {class}: pool {pool} queue={n} of {n}, active={small} completed={n} request={req} trace={hex10} thread={thread} client={ip}").trace(Lang::Java),
];
