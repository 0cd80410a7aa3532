//! nginx at the edge: access lines of every request, and what the upstreams do to them.

use super::Level::{Debug, Error, Info, Warn};
use super::Plant::{Connect, Timeout};
use super::Template;

pub(super) const TEMPLATES: &[Template] = &[
    Template::new(Info, 400, r#"{ip} - {userid} "GET {route} HTTP/1.1" {status} {bytes} rt={ms}ms upstream={ip} request={hex10} trace={hex8} span={hex8}"#),
    Template::new(Info, 160, r#"{ip} - {userid} "POST {route} HTTP/1.1" {status} {bytes} rt={ms}ms upstream={ip} request={hex10} idempotency={hex8} span={hex8}"#),
    Template::new(Info, 60, r#"{ip} - - "HEAD {route} HTTP/2.0" {status} {bytes} rt={ms}ms edge={host} request={hex10} agent={agent} span={hex8}"#),
    Template::new(Info, 30, "{ip} {method} /v2/orders/{order} {status} {bytes} rt={ms}ms urt={ms}ms upstream={ip}:{port} request={req} account={account}"),
    Template::new(Info, 20, "static asset served from disk for {ip}: status={status} bytes={bytes} rt={ms}ms etag={hex10} build={version} edge={host} span={hex8} request={req}"),
    Template::new(Info, 12, "rewrote {route} to /v2/catalogue/{sku} for {ip}, status={status} rt={ms}ms request={hex10} rule={line} edge={host} visit={hex8}"),
    Template::new(Info, 4, "TLS handshake with {ip}:{port} done in {ms}ms, protocol=TLSv1.3 session={hex10} ticket={hex8} worker={pid} edge={host} span={hex8}"),
    Template::new(Info, 3, "keepalive connection {n} from {ip}:{port} closed after {n} requests, idle={secs}s bytes={bytes} id={hex8} worker={pid} edge={host}").plant(Connect),
    Template::new(Debug, 40, "{pid}#{n}: *{n} http upstream request {route} peer={ip}:{port} state={small} buffered={bytes} request={hex10} span={hex8}"),
    Template::new(Debug, 14, "{pid}#{n}: *{n} recv returned {bytes} bytes of {bytes} from {ip}:{port} after {ms}ms, request={hex10} edge={host}"),
    Template::new(Debug, 6, "{pid}#{n}: *{n} event timer add fd={n} delay={ms}ms peer={ip}:{port} phase={small} request={hex8} tag={hex8} route={route}"),
    Template::new(Debug, 3, "limit_req span={hex8} excess={n} burst={n} key={ip} account={account} delay={ms}ms worker={pid} request={hex10} visit={hex8}"),
    Template::new(Warn, 40, "{pid}#{n}: *{n} an upstream response is buffered to a temporary file, {bytes} bytes, client={ip} upstream={ip}:{port} request={hex10} route={route}"),
    Template::new(Warn, 15, "limiting requests, excess={n} by zone {pool}, client={ip} account={account} span={hex8} edge={host} rt={ms}ms request={hex10} visit={hex8}"),
    Template::new(Warn, 5, "{pid}#{n}: *{n} client request body is larger than {bytes} bytes, client={ip} {method} {route} status={status} request={hex10} trace={hex8}"),
    Template::new(Warn, 2, "upstream peer {ip}:{port} of {pool} marked down for {secs}s after {small} failures, last={status} in {ms}ms request={hex10} edge={host} probe={hex8}"),
    Template::new(Warn, 2, "{pid}#{n}: *{n} upstream read timeout after {ms}ms, retrying next peer {ip}:{port}, client={ip} request={hex10} try={small} route={route}").plant(Timeout),
    Template::new(Warn, 2, "{pid}#{n}: {n} worker connections are in use of {n}, reusing the oldest from {ip}:{port}, idle={secs}s request={hex8} edge={host}").plant(Connect),
    Template::new(Error, 30, "{pid}#{n}: *{n} upstream prematurely closed the stream while reading header, client={ip} request={hex10} upstream={ip}:{port} route={route} span={hex8}"),
    Template::new(Error, 12, "{pid}#{n}: *{n} no live upstreams in {pool} for {method} {ip}:{port}, status={status} after {ms}ms request={hex10} trace={hex8}"),
    Template::new(Error, 4, "{pid}#{n}: *{n} upstream sent an invalid header of {bytes} bytes, upstream={ip}:{port} status={status} request={hex10} account={account} span={hex8}"),
    Template::new(Error, 2, "{pid}#{n}: *{n} upstream response timeout after {secs}s and {small} tries, client={ip} upstream={ip}:{port} request={hex10} route={route}").plant(Timeout),
];
