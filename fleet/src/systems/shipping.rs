//! Labels, parcels and carriers: a .NET service.

use super::Lang;
use super::Level::{Debug, Error, Info, Warn};
use super::Plant::RegexScan;
use super::Template;

pub(super) const TEMPLATES: &[Template] = &[
    Template::new(Info, 120, "{class}[{n}] Label created for {order}: parcel={uuid} weight={n} g carrier={small} bytes={bytes} in {ms}ms request={req}"),
    Template::new(Info, 50, "{class}[{n}] Request finished HTTP/1.1 {method} {status} {bytes} in {ms}ms, client={ip} account={account} request={req} span={hex10} pid={pid}"),
    Template::new(Info, 20, "{class}[{n}] Parcel {hex10} of {order} scanned in {city}: stop {small} of {small}, depot={shard} late={secs}s scanner={host} event={hex8}"),
    Template::new(Info, 8, "{class}[{n}] Rate quoted for {order} to {region}: {n} cents, {small} carriers in {ms}ms, weight={n} request={req} account={account} span={hex8} zone={small}"),
    Template::new(Info, 4, "Executed DbCommand ({ms}ms) on {table}: parameters={small} rows={n} command={hex10} request={req} retry={small} pid={pid} host={host} order={order}"),
    Template::new(Info, 3, "Manifest {uuid} closed for depot {shard}: {n} parcels, {n} kg, carrier={small} file={bytes} bytes in {secs}s by {host} span={hex8}"),
    Template::new(Info, 2, "Application started on {host}:{port} pid={pid} build={version} commit={hex10} threads={n} gen2={n} warm={ms}ms instance={hex8} span={hex8}"),
    Template::new(Info, 2, "Container loaded for {city}: seal {seal} on truck {n}, {n} parcels of {n} kg, manifest={hex10} depot={shard} dock={small} took={secs}s order={order}").plant(RegexScan),
    Template::new(Debug, 40, "{class}[{n}] Route of {order} computed: {small} legs, {n} km, {n} minutes in {ms}ms, plan={hex10} request={req} depot={shard} line={line}"),
    Template::new(Debug, 15, "{class}[{n}] Address of {userid} normalised in {ms}ms: score={pct} candidates={small} key={hex10} request={req} city={city} provider={ip} version={version}"),
    Template::new(Debug, 5, "ThreadPool workers={n} pending={n} completed={n} io={n} pid={pid} host={host} sample={hex8} boot={hex8} gen2={n} heap={bytes} span={hex8}"),
    Template::new(Debug, 2, "{class}[{n}] Tariff cache refreshed for {region}: {n} rows, {bytes} bytes in {ms}ms, etag={hex10} version={version} age={secs}s run={hex8} host={host}"),
    Template::new(Warn, 30, "{class}[{n}] Carrier answered {status} after {ms}ms for {order}, try {small} of {small}, backoff={ms}ms peer={ip}:{port} request={req} span={hex8} route={route}"),
    Template::new(Warn, 10, "{class}[{n}] Parcel {hex10} of {order} is {secs}s late in {city}: stop {small} of {small}, depot={shard} carrier={n} event={hex8} attempt={small}"),
    Template::new(Warn, 4, "{class}[{n}] Address of {userid} has no house number: score={pct} candidates={n} order={order} request={req} client={ip} span={hex8} line={line} city={city}"),
    Template::new(Warn, 2, "{class}[{n}] Printer {host} is low on labels: {n} of {n} left, depot={shard} jobs={n} last={hex8} page={n} job={hex8} queue={queue} after {secs}s"),
    Template::new(Error, 20, "{class}[{n}] Label of {order} could not be bought: carrier={small} status={status} after {ms}ms, account={account} parcel={uuid} tries={small}"),
    Template::new(Error, 6, "{class}[{n}] Manifest {uuid} refused by carrier {small}: record {n} of {n}, status={status} depot={shard} in {ms}ms queue={queue}"),
    Template::new(Error, 3, "{class}[{n}] An unhandled exception has occurred while executing {method} for {account}, status={status} after {ms}ms request={req} span={hex10} pid={pid} host={host}").trace(Lang::DotNet),
    Template::new(Error, 2, "System.FormatException in {class} at line {line}: field {n} of {n}, order={order} parcel={hex10} request={req} depot={shard} pid={pid} build={version}").trace(Lang::DotNet),
    Template::new(Error, 1, "Failed executing DbCommand ({ms}ms) on {table}: parameters={small} error={n} state={n} command={hex10} order={order} request={req} pid={pid} host={host}").trace(Lang::DotNet),
];
