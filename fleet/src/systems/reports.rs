//! The nightly batch: Python jobs that make the reports of the day.

use super::Lang;
use super::Level::{Debug, Error, Info, Warn};
use super::Plant::RegexScan;
use super::Template;

pub(super) const TEMPLATES: &[Template] = &[
    Template::new(Info, 80, "step {small} of {small} of job {hex10} done: {n} rows read, {n} written in {secs}s, span={hex8} shard={shard} pid={pid} chunk={hex8}"),
    Template::new(Info, 40, "report {feature} for {region} written: {n} rows, {bytes} bytes, {n} pages in {secs}s, file={uuid} job={hex8} host={host} span={hex8}"),
    Template::new(Info, 15, "extracted {table} from {lsn} to {lsn}: {n} rows, {bytes} bytes in {secs}s, job={hex10} shard={shard} pid={pid} host={host} slice={hex8}"),
    Template::new(Info, 8, "revenue of {city} store: {n} orders, {n} refunds, {n} cents net, first={order} last={order} shard={shard} job={hex8} pid={pid} in {ms}ms"),
    Template::new(Info, 4, "uploaded {bytes} bytes in {small} parts to {pool} bucket in {secs}s, etag={hex10} object={uuid} host={host} retries={small} pid={pid}"),
    Template::new(Info, 3, "nightly run {hex10} started on {host}: {n} jobs, {n} tables, pid={pid} build={version} window={secs}s calendar={region} plan={hex8}"),
    Template::new(Info, 2, "nightly run {hex10} finished on {host} in {secs}s: {n} jobs, {small} failed, {n} rows, {bytes} bytes, digest={hex8} pid={pid} build={version} span={hex8}"),
    Template::new(Info, 2, "audit of {city} depot: seal {seal} checked on {n} of {n} parcels, shard={shard} job={hex10} pid={pid} host={host} row={n} order={order} took={ms}ms").plant(RegexScan),
    Template::new(Debug, 40, "chunk {n} of {n} of {table}: offset={offset} rows={n} bytes={bytes} in {ms}ms, job={hex10} shard={shard} span={hex8} rss={n}m part={hex8}"),
    Template::new(Debug, 15, "grouped {n} rows by {feature} into {n} groups in {ms}ms, spilled={bytes} bytes, job={hex10} step={small} pid={pid} host={host} run={hex8} line={line}"),
    Template::new(Debug, 5, "joined {table} with orders: {n} left, {n} right, {n} matched, miss={n} in {ms}ms, job={hex10} step={small} pid={pid} shard={shard} plan={hex8}"),
    Template::new(Debug, 2, "heartbeat {n} of job {hex10}: step={small} rows={n} rate={n}/s rss={n}m pid={pid} host={host} elapsed={secs}s lease={hex8} span={hex8}"),
    Template::new(Warn, 30, "step {small} of job {hex10} is slow: {secs}s against {secs}s yesterday, rows={n} span={hex8} shard={shard} pid={pid} host={host} run={hex8} plan={version}"),
    Template::new(Warn, 10, "{n} rows of {table} skipped: bad date in column {small}, first at line {line}, order={order} job={hex10} shard={shard} pid={pid} host={host} file={n}"),
    Template::new(Warn, 4, "totals of {city} differ: {n} cents in ledger against {n} in orders, entry={txid} order={order} shard={shard} job={hex8} step={small} by {pct}% pid={pid}"),
    Template::new(Warn, 2, "job {hex10} waits for {queue}: {secs}s of {secs}s, ahead={n} workers={small} of {small} pid={pid} host={host} lease={hex8} priority={n} run={version}"),
    Template::new(Error, 20, "job {hex10} failed at step {small} of {small} after {secs}s: exit={n} span={hex8} shard={shard} rows={n} pid={pid} host={host} run={hex8} try={small}"),
    Template::new(Error, 6, "report {feature} is incomplete: {n} of {n} rows, shard={shard} absent, file={uuid} job={hex8} host={host} pid={pid} after {secs}s"),
    Template::new(Error, 3, "KeyError in job {hex10}: column {n} of {table} at row {n}, order={order} shard={shard} pid={pid} host={host} step={small} build={version} line={line}").trace(Lang::Python),
    Template::new(Error, 2, "OSError writing {uuid}: {bytes} of {bytes} bytes, errno={n} job={hex8} pid={pid} host={host} after {ms}ms span={hex8} build={version}").trace(Lang::Python),
    Template::new(Error, 1, "ZeroDivisionError in {feature} of {city}: {n} orders, {n} visits, job={hex10} step={small} shard={shard} pid={pid} host={host} line={line} run={hex8}").trace(Lang::Python),
];
