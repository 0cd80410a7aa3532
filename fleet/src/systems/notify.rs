//! Mail, push and text messages: a Node service with pino.

use super::Lang;
use super::Level::{Debug, Error, Info, Warn};
use super::Plant::Connect;
use super::Template;

pub(super) const TEMPLATES: &[Template] = &[
    Template::new(Info, 130, "email sent to {userid} about {order}: span={hex8} bytes={bytes} in {ms}ms message={uuid} relay={ip}:{port} attempt={small}"),
    Template::new(Info, 50, "push delivered to {userid} device={hex10} status={status} in {ms}ms, attempt={small} request={req} host={host} pid={pid} app={version} span={hex8}"),
    Template::new(Info, 20, "request completed {method} {route} status={status} responseTime={ms} bytes={bytes} client={ip}:{port} reqId={req} span={hex10} pid={pid}"),
    Template::new(Info, 8, "sms of {n} parts to {userid} accepted as {hex10}, cost={n} route={small} order={order} took={ms}ms span={hex8} relay={ip} host={host}"),
    Template::new(Info, 4, "batch {hex8} drained from {queue}: {n} sent, {n} skipped, {n} failed in {secs}s by {host} pid={pid} cursor={hex10} version={version}"),
    Template::new(Info, 3, "template {feature} compiled in {ms}ms: version={version} bytes={bytes} partials={small} digest={hex10} host={host} pid={pid} deploy={hex8} line={line}"),
    Template::new(Info, 2, "unsubscribe recorded for {userid}: list={n} reason={small} client={ip} token={hex10} request={req} took={ms}ms shard={shard} span={hex8}"),
    Template::new(Info, 2, "smtp relay {ip}:{port} connected in {ms}ms, tls session={hex10} pool={pool} slot={small} of {n} id={hex8} host={host} pid={pid}").plant(Connect),
    Template::new(Debug, 40, "render {feature} for {userid} took {ms}ms: vars={n} bytes={bytes} order={order} message={hex10} pid={pid} host={host} line={line}"),
    Template::new(Debug, 15, "job {hex10} taken from {queue}: waited {ms}ms, priority={small} attempt={small} user={userid} pid={pid} host={host} depth={n} span={hex8}"),
    Template::new(Debug, 5, "event loop lag {ms}ms, heap {bytes} of {bytes}, handles={n} pid={pid} host={host} version={version} sample={hex8} boot={hex8} span={hex8}"),
    Template::new(Debug, 3, "device token {hex10} of {userid} refreshed: age={secs}s app={version} client={ip} took={ms}ms request={req} shard={shard} agent={agent}"),
    Template::new(Debug, 1, "connecting to relay {ip}:{port} try {small} of {small}, pool={pool} idle={n} job={hex10} id={hex8} pid={pid} host={host} backoff={ms}ms").plant(Connect),
    Template::new(Warn, 30, "relay {ip}:{port} deferred message {uuid}: code={status} after {ms}ms, user={userid} attempt={small} next={secs}s span={hex8}"),
    Template::new(Warn, 10, "device {hex10} of {userid} no longer registered, status={status} app={version} last seen {secs}s ago, request={req} host={host} pid={pid} region={region}"),
    Template::new(Warn, 4, "rate limit for {pool} reached: {n} of {n} in {secs}s, held={n} batch={hex8} window={hex8} host={host} pid={pid} relay={ip}"),
    Template::new(Warn, 2, "translation missing for {feature} key {n} in locale of {region}, user={userid} template={version} message={hex10} request={req} pid={pid} line={line} host={host}"),
    Template::new(Error, 20, "message {uuid} given up after {small} attempts: code={status} user={userid} order={order} relay={ip}:{port} age={secs}s queue={queue}"),
    Template::new(Error, 6, "push gateway refused token {hex10}: status={status} in {ms}ms, user={userid} app={version} request={req} pid={pid} host={host} span={hex8} attempt={small}"),
    Template::new(Error, 3, "unhandledRejection in job {hex10} of {queue}: attempt={small} user={userid} order={order} pid={pid} host={host} after {ms}ms version={version}").trace(Lang::Node),
    Template::new(Error, 2, "TypeError while rendering {feature}: undefined at line {line}, column {n}, user={userid} message={uuid} pid={pid} version={version} host={host}").trace(Lang::Node),
    Template::new(Error, 1, "ECONFLICT from store on job {hex10}: revision {n} against {n}, pid={pid} host={host} request={req} shard={shard} took={ms}ms table={table}").trace(Lang::Node),
];
