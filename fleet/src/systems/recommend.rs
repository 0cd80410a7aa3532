//! The recommender: a Python worker that scores what else a shopper may want.

use super::Lang;
use super::Level::{Debug, Error, Info, Warn};
use super::Plant::Phrase;
use super::Template;

pub(super) const TEMPLATES: &[Template] = &[
    Template::new(Info, 120, "scored {n} candidates for {userid} in {ms}ms model={version} top={sku} score={pct} request={req} span={hex10} worker={pid} trace={hex8}"),
    Template::new(Info, 50, "task {uuid} succeeded in {ms}ms: {n} items written, shard={shard} retries={small} worker={pid} host={host} span={hex8}"),
    Template::new(Info, 20, "loaded embeddings {version} for {region}: {n} rows, {bytes} bytes, checksum={hex10} in {secs}s on {host} pid={pid} job={hex8}"),
    Template::new(Info, 8, "session {hex10} of {userid} extended with {sku}: events={n} window={secs}s request={req} shard={shard} took={ms}ms city={city} worker={pid}"),
    Template::new(Info, 5, "trained step {n} of {n}: loss={pct} batch={n} rate={small} run={hex8} checkpoint={hex10} host={host} elapsed={secs}s feature={feature}"),
    Template::new(Info, 3, "experiment {feature} bucket={pct} for {userid}: variant={small} model={version} salt={hex8} request={req} client={ip} took={ms}ms host={host}"),
    Template::new(Info, 2, "worker {pid} ready on {host}: threads={n} prefetch={small} broker={ip}:{port} model={version} boot={hex8} instance={hex10} span={hex8} rss={bytes}"),
    Template::new(Info, 2, "feature cache miss for {userid}, rebuilt {n} columns from {table} in {ms}ms, key={hex10} request={req} shard={shard} worker={pid} model={version}").plant(Phrase),
    Template::new(Debug, 40, "features of {userid}: {n} columns, {n} null, vector={hex10} took={ms}ms request={req} shard={shard} worker={pid} source={table} span={hex8}"),
    Template::new(Debug, 15, "ann search probes={n} visited={n} kept={n} best={sku} in {ms}ms, index={hex8} request={req} model={version} host={host}"),
    Template::new(Debug, 5, "cache hit for neighbours of {sku}: {n} items, age={secs}s key={hex10} request={req} saved={ms}ms region={region} worker={pid} size={bytes}"),
    Template::new(Debug, 2, "gc collected {n} objects in {ms}ms, generation={small} rss={bytes} worker={pid} host={host} task={hex8} batch={hex8} module={class} line={line}"),
    Template::new(Debug, 2, "embedding cache miss for {sku}: computed {n} dims in {ms}ms, key={hex10} model={version} request={req} worker={pid} host={host} shard={shard}").plant(Phrase),
    Template::new(Warn, 30, "scoring for {userid} took {ms}ms, budget {ms}ms: candidates={n} model={version} request={req} span={hex10} host={host} feature={feature} worker={pid}"),
    Template::new(Warn, 10, "falling back to popular items of {region} for {userid}: {n} candidates of {n} wanted, model={version} request={req} span={hex8} client={ip} took={ms}ms"),
    Template::new(Warn, 3, "model {version} drifted by {pct}% on {feature}: samples={n} baseline={pct} run={hex8} report={hex10} host={host} window={secs}s"),
    Template::new(Warn, 2, "task {uuid} retry {small} of {small} in {secs}s: exit={n} after {ms}ms, span={hex8} worker={pid} host={host} shard={shard}"),
    Template::new(Error, 20, "task {uuid} failed after {small} tries in {ms}ms: user={userid} model={version} worker={pid} host={host} span={hex8} shard={shard}"),
    Template::new(Error, 6, "no candidates for {userid}: filtered {n} of {n}, blocked={small} model={version} request={req} span={hex10} shard={shard} took={ms}ms region={region}"),
    Template::new(Error, 3, "KeyError while joining {table} for {userid}: {n} rows, sku={sku} request={req} task={hex10} worker={pid} line={line} model={version}").trace(Lang::Python),
    Template::new(Error, 2, "ValueError in scorer: shape ({n}, {n}) against ({n}, {n}), model={version} request={req} task={hex8} worker={pid} host={host} module={class}").trace(Lang::Python),
    Template::new(Error, 1, "MemoryError loading embeddings {version}: {bytes} of {bytes} bytes, checksum={hex10} job={hex8} worker={pid} host={host} rss={n}m region={region}").trace(Lang::Python),
];
