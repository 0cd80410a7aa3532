//! The payments API, in Go: the message field of its JSON lines.

use super::Lang;
use super::Level::{Debug, Error, Info, Warn};
use super::Plant::{Declined, Timeout};
use super::Template;

pub(super) const TEMPLATES: &[Template] = &[
    Template::new(Info, 140, "payment authorized id={uuid} order={order} account={account} amount={n} attempt={small} took={ms}ms acquirer={ip} span={hex8} shard={shard}"),
    Template::new(Info, 50, "payment captured id={uuid} order={order} amount={n} fee={n} in {ms}ms account={account} batch={n} worker={host}"),
    Template::new(Info, 25, "handled {method} {route} status={status} bytes={bytes} in {ms}ms client={ip} account={account} request={req} span={hex10} build={version}"),
    Template::new(Info, 10, "refund issued of {n} cents to {account} for {order}, ledger={txid} request={req} attempt={small} took={ms}ms worker={host} queue={queue}"),
    Template::new(Info, 6, "risk score {pct} for {account} from {city}: rules={n} velocity={n} device={hex10} client={ip} took={ms}ms request={req} model={version}"),
    Template::new(Info, 4, "settlement file written: {n} records, {bytes} bytes, checksum={hex10} batch={hex8} shard={shard} in {secs}s by {host} for {region}"),
    Template::new(Info, 2, "acquirer token rotated for {pool}: key={hex8} previous={hex8} valid={secs}s host={host} pid={pid} version={version} took={ms}ms"),
    Template::new(Debug, 40, "idempotency key {hex10} looked up in {ms}ms, hit={small} account={account} request={req} shard={shard} age={secs}s peer={ip}:{port}"),
    Template::new(Debug, 15, "acquirer reply in {ms}ms: code={status} bytes={bytes} from {ip}:{port} order={order} request={req} span={hex8} pool={pool}"),
    Template::new(Debug, 6, "signed request for {route} with key {hex8}, bytes={bytes} nonce={hex10} account={account} took={ms}ms request={req} version={version} host={host}"),
    Template::new(Debug, 2, "goroutines={n} heap={bytes} gc={n} pause={ms}ms host={host} pid={pid} build={version} sample={hex8} boot={hex8} span={hex8}"),
    Template::new(Warn, 30, "acquirer {pool} is slow: {ms}ms against a target of {ms}ms, order={order} account={account} peer={ip}:{port} request={req} span={hex8}"),
    Template::new(Warn, 12, "retrying capture {uuid}, try {small} of {small} after status={status}, backoff={ms}ms order={order} account={account} span={hex8}"),
    Template::new(Warn, 4, "webhook for {account} answered {status} in {ms}ms, delivery={uuid} attempt={small} next in {secs}s span={hex8} client={ip}"),
    Template::new(Warn, 2, "currency rate of {region} is {secs}s old, limit {secs}s, using version {version} for order={order} amount={n} request={req} host={host}"),
    Template::new(Warn, 2, "authorization of {order} is near its timeout of {ms}ms: spent {ms}ms, account={account} amount={n} request={req} peer={ip}:{port} pool={pool}").plant(Timeout),
    Template::new(Error, 20, "capture failed id={uuid} order={order} account={account} status={status} after {small} tries in {ms}ms, queued for {queue} shard={shard}"),
    Template::new(Error, 8, "ledger refused entry {txid} for {order}: debit {n} against credit {n}, account={account} request={req} shard={shard} took={ms}ms worker={host}"),
    Template::new(Error, 3, "panic recovered in {method} {route}: index {n} out of range, account={account} request={req} span={hex10} host={host} pid={pid} build={version}").trace(Lang::Go),
    Template::new(Error, 2, "cannot decode acquirer reply of {bytes} bytes at offset {n}: peer={ip}:{port} order={order} request={req} span={hex8} pool={pool} status={status}").trace(Lang::Go),
    Template::new(Error, 2, "payment declined by the issuer id={uuid} order={order} account={account} code={status} amount={n} attempt={small} took={ms}ms region={region}").plant(Declined),
    Template::new(Error, 1, "card declined for order {order}: reason={small} risk={pct} account={account} client={ip} amount={n} request={req} span={hex10} city={city}").plant(Declined),
];
