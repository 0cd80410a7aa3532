//! The image resizer, in Ruby: one picture in, eight sizes out.

use super::Lang;
use super::Level::{Debug, Error, Info, Warn};
use super::Plant::Phrase;
use super::Template;

pub(super) const TEMPLATES: &[Template] = &[
    Template::new(Info, 120, "resized {sku} to {n}x{n} in {ms}ms: {bytes} bytes from {bytes} bytes, quality={pct} digest={hex10} request={req} worker={pid} span={hex8}"),
    Template::new(Info, 50, "Completed {status} for {method} {route} in {ms}ms (Views: {ms}ms, Store: {ms}ms) bytes={bytes} client={ip} request={req} trace={hex10} span={hex8}"),
    Template::new(Info, 20, "ResizeJob {uuid} performed in {ms}ms: sku={sku} sizes={small} bytes={bytes} attempt={small} worker={pid} trace={hex8} span={hex8}"),
    Template::new(Info, 8, "stored {bytes} bytes of {sku} at {shard} in {ms}ms, object={hex10} version={version} etag={hex8} request={req} worker={pid} bucket={pool} parts={small}"),
    Template::new(Info, 4, "upload of {userid} accepted: {bytes} bytes, {n}x{n} pixels, exif={n} checksum={hex10} client={ip} request={req} took={ms}ms span={hex8} host={host}"),
    Template::new(Info, 3, "purged {n} variants of {sku} from edge {host} in {ms}ms: tag={hex10} status={status} request={req} freed={bytes} region={region} worker={pid}"),
    Template::new(Info, 2, "worker {pid} booted on {host} in {secs}s, threads={small} rss={n}m build={version} commit={hex8} instance={hex10} slot={n} queue={queue} port={port}"),
    Template::new(Info, 2, "variant cache miss for {sku} at {n}x{n}, rendered {bytes} bytes in {ms}ms, key={hex10} request={req} worker={pid} client={ip} format={feature}").plant(Phrase),
    Template::new(Debug, 40, "vips pipeline for {sku}: shrink={small} tiles={n} lines={n} memory={bytes} in {ms}ms, digest={hex10} request={req} span={hex8} filter={method}"),
    Template::new(Debug, 15, "read {bytes} bytes of {sku} from {shard} in {ms}ms, range={offset} object={hex10} request={req} worker={pid} attempt={small} bucket={pool}"),
    Template::new(Debug, 5, "cache entry {hex10} for {sku} kept: {bytes} bytes, age={secs}s hits={n} of {n} request={req} worker={pid} host={host} format={feature}"),
    Template::new(Debug, 2, "gc ran in {ms}ms: heap={n} slots, freed={n} major={small} rss={n}m worker={pid} host={host} job={hex8} sample={hex8} after={class} live={bytes}"),
    Template::new(Debug, 2, "variant cache miss at edge {host} for {sku}: {n}x{n} size={bytes} key={hex10} request={req} age={secs}s client={ip} worker={pid} city={city}").plant(Phrase),
    Template::new(Warn, 30, "picture of {sku} is small: {n}x{n} for a target of {n}x{n}, quality={pct} digest={hex10} request={req} worker={pid} host={host} span={hex8} dpi={n}"),
    Template::new(Warn, 10, "ResizeJob {uuid} retried, {small} of {small} in {secs}s: sku={sku} rss={n}m worker={pid} host={host} span={hex8} after {ms}ms"),
    Template::new(Warn, 4, "worker {pid} uses {n}m of {n}m on {host}, restarting after {n} jobs, uptime={secs}s job={hex8} instance={hex10} build={version} pool={pool} threads={small}"),
    Template::new(Warn, 2, "colour profile of {sku} is absent, {bytes} bytes at {offset}: assuming srgb, digest={hex10} user={userid} request={req} worker={pid} took={ms}ms format={feature}"),
    Template::new(Error, 20, "cannot decode {sku}: unexpected end after {bytes} of {bytes} bytes, digest={hex10} user={userid} request={req} worker={pid} host={host} format={feature} try={small}"),
    Template::new(Error, 6, "store answered {status} for {sku} at {shard} after {ms}ms, object={hex10} bytes={bytes} request={req} tries={small} worker={pid} bucket={pool} host={host}"),
    Template::new(Error, 3, "ResizeJob {uuid} raised NoMethodError: sku={sku} size={n}x{n} attempt={small} worker={pid} host={host} build={version} span={hex8}").trace(Lang::Ruby),
    Template::new(Error, 2, "Vips::Error in {class} for {sku}: line {line} of {n}, {bytes} bytes digest={hex10} request={req} worker={pid} host={host} after {ms}ms build={version}").trace(Lang::Ruby),
    Template::new(Error, 1, "Errno::ENOSPC writing variant {n}x{n} of {sku}: {bytes} bytes to {shard}, digest={hex10} request={req} worker={pid} disk={pct}% job={hex8}").trace(Lang::Ruby),
];
