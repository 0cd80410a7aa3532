//! Double-entry books: a Go service that logs in logfmt.

use super::Lang;
use super::Level::{Debug, Error, Info, Warn};
use super::Template;

pub(super) const TEMPLATES: &[Template] = &[
    Template::new(Info, 130, "posted entry txid={txid} debit={account} credit={account} amount={n} shard={shard} seq={offset} dur={ms}ms journal={hex8} order={order}"),
    Template::new(Info, 50, "closed batch={hex8} journal={table} entries={n} debit={n} credit={n} checksum={hex10} shard={shard} dur={ms}ms host={host}"),
    Template::new(Info, 20, "balance read account={account} amount={n} version={n} as_of={lsn} shard={shard} dur={ms}ms request={req} span={hex10} caller={feature}"),
    Template::new(Info, 8, "snapshot written shard={shard} lsn={lsn} accounts={n} bytes={bytes} sha={hex10} id={hex8} dur={secs}s host={host} region={region}"),
    Template::new(Info, 4, "transfer settled txid={txid} from={account} to={account} amount={n} legs={small} order={order} shard={shard} dur={ms}ms queue={queue}"),
    Template::new(Info, 3, "leader elected shard={shard} node={host} addr={ip}:{port} term={n} votes={small} last={lsn} election={hex8} dur={ms}ms lease={hex10}"),
    Template::new(Info, 2, "compaction done shard={shard} segments={n} before={bytes} after={bytes} from={lsn} id={hex8} output={hex10} dur={secs}s span={hex8} host={host}"),
    Template::new(Debug, 40, "append journal={table} lsn={lsn} bytes={bytes} txid={txid} crc={hex8} shard={shard} fsync={ms}ms queue={n} term={n}"),
    Template::new(Debug, 15, "lock account={account} waited={ms}ms holders={small} txid={txid} shard={shard} request={req} span={hex8} line={line} method={method} host={host}"),
    Template::new(Debug, 5, "replicate peer={ip}:{port} from={lsn} to={lsn} entries={n} bytes={bytes} rtt={ms}ms stream={hex10} term={n} batch={hex8} span={hex8}"),
    Template::new(Debug, 2, "rule matched name={feature} account={account} amount={n} limit={n} txid={txid} request={req} version={version} dur={ms}ms shard={shard}"),
    Template::new(Warn, 30, "slow post txid={txid} dur={ms}ms budget={ms}ms fsync={ms}ms shard={shard} account={account} request={req} queue={n} table={table} host={host}"),
    Template::new(Warn, 10, "follower behind peer={ip}:{port} node={host} lag={n} lsn={lsn} behind={secs}s stream={hex10} shard={shard} term={n} span={hex8} probe={hex8}"),
    Template::new(Warn, 4, "duplicate posting ignored txid={txid} first seen seq={offset} account={account} amount={n} age={secs}s request={req} shard={shard} order={order} source={queue}"),
    Template::new(Warn, 2, "account near limit account={account} balance={n} limit={n} used={pct}% txid={txid} request={req} shard={shard} dur={ms}ms city={city}"),
    Template::new(Error, 20, "posting refused txid={txid} reason=unbalanced debit={n} credit={n} account={account} order={order} shard={shard} request={req} dur={ms}ms table={table}"),
    Template::new(Error, 6, "checksum mismatch segment={n} lsn={lsn} want={hex10} got={hex10} bytes={bytes} shard={shard} host={host} offset={offset} table={table}"),
    Template::new(Error, 3, "follower rejected append peer={ip}:{port} term={n} ours={n} at={lsn} status={status} stream={hex10} shard={shard} host={host} batch={hex8}"),
    Template::new(Error, 2, "panic in poster txid={txid} account={account} seq={offset} shard={shard} request={req} goroutine={n} pid={pid} version={version} handler={method}").trace(Lang::Go),
    Template::new(Error, 1, "cannot unmarshal entry lsn={lsn} bytes={bytes} field={n} txid={txid} shard={shard} host={host} schema={small} crc={hex8} table={table} version={version}").trace(Lang::Go),
];
