//! The shop's checkout: a Spring service on the JVM that turns carts into orders.

use super::Lang;
use super::Level::{Debug, Error, Info, Warn};
use super::Plant::{Connect, Timeout};
use super::Template;

pub(super) const TEMPLATES: &[Template] = &[
    Template::new(Info, 120, "[{thread}] {class} - order {order} placed by {userid}, items={small} total={n} cents took={ms}ms request={req} host={host} span={hex8}"),
    Template::new(Info, 60, "[{thread}] {class} - cart {hex8} priced for {userid}: lines={small} amount={n} tax={n} in {ms}ms request={req} span={hex8}"),
    Template::new(Info, 25, "[{thread}] completed {status} for {method} {route} in {ms}ms, bytes={bytes} user={userid} client={ip} request={req} span={hex10}"),
    Template::new(Info, 12, "[{thread}] reserved {small} of {sku} for order {order} at {shard}, hold={secs}s took={ms}ms request={req} userid={userid} span={hex8}"),
    Template::new(Info, 8, "[{thread}] published order event to {topic} partition={partition} offset={offset} key={order} bytes={bytes} event={uuid} took={ms}ms"),
    Template::new(Info, 4, "[{thread}] coupon {hex8} applied to cart {hex8} of {userid}: minus {pct}% on {small} lines, total={n} cents sku={sku} span={hex8} took={ms}ms"),
    Template::new(Info, 2, "[{thread}] {pool} - added connection {hex8} to {ip}:{port} in {ms}ms, total={n} idle={small} backend={pid} host={host}").plant(Connect),
    Template::new(Debug, 50, "[{thread}] {class} - cart state {small} to {small} for {userid}, lines={small} etag={hex10} request={req} loaded in {ms}ms from {shard}"),
    Template::new(Debug, 20, "[{thread}] binding parameters ({n}, {order}, {sku}, {small}) for insert into {table}, rows={small} took={ms}ms request={req} span={hex8}"),
    Template::new(Debug, 8, "[{thread}] price cache hit for {sku} in {region}: age={secs}s entries={n} key={hex10} version={version} saved={ms}ms request={req}"),
    Template::new(Debug, 3, "[{thread}] feature {feature} evaluated for {userid}: bucket={pct} rule={line} version={version} took={ms}ms request={req} span={hex8} node={host}"),
    Template::new(Warn, 30, "[{thread}] {class} - slow checkout of order {order}: {ms}ms of which pricing {ms}ms and stock {ms}ms, user={userid} request={req} host={host}"),
    Template::new(Warn, 10, "[{thread}] retry {small} of {small} calling payments at {ip}:{port}, status={status} backoff={ms}ms order={order} request={req} span={hex8} trace={hex8}"),
    Template::new(Warn, 4, "[{thread}] stock of {sku} changed during checkout of {order}: wanted {small}, left {small} at {shard}, cart={hex8} user={userid} took={ms}ms"),
    Template::new(Warn, 2, "[{thread}] GC pause of {ms}ms on {host} pid={pid}: heap {n}m of {n}m, young={n}m collections={n} dump={hex8} build={version} span={hex8}"),
    Template::new(Warn, 2, "[{thread}] {pool} - Connection is not available, request timed out after {ms}ms (total={small}, active={small}, waiting={n}) order={order} request={req}").plant(Connect),
    Template::new(Error, 20, "[{thread}] {class} - order {order} could not be placed: payments answered {status} in {ms}ms, user={userid} amount={n} request={req} span={hex10}"),
    Template::new(Error, 6, "[{thread}] optimistic lock failed on {table} row {n}: expected version {n}, found {n}, order={order} request={req} shard={shard} txn={hex8}"),
    Template::new(Error, 3, "[{thread}] unhandled exception for {method} {route}, status={status} user={userid} client={ip} after {ms}ms request={req} span={hex10} build={version}").trace(Lang::Java),
    Template::new(Error, 2, "[{thread}] NullPointerException while pricing {sku} in cart {hex8}, line={line} user={userid} request={req} host={host} build={version} span={hex8}").trace(Lang::Java),
    Template::new(Error, 1, "[{thread}] transaction rolled back in {class}, order={order} rows={n} after {ms}ms txid={txid} shard={shard} request={req} host={host}").trace(Lang::Java),
    Template::new(Error, 2, "[{thread}] {class} - payments call hit its timeout of {ms}ms, order={order} user={userid} peer={ip}:{port} try={small} request={req}").plant(Timeout),
];
