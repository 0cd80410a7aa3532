//! The node agent of the cluster, in klog's manner.

use super::Level::{Debug, Error, Info, Warn};
use super::Template;

pub(super) const TEMPLATES: &[Template] = &[
    Template::new(
        Info,
        60,
        "kubelet.go:{line}] SyncLoop (PLEG): event for pod {feature}-{hex8} id={uuid} type=ContainerStarted pid={pid} node={host} n={n}",
    ),
    Template::new(
        Info,
        45,
        "prober.go:{line}] Probe succeeded pod={feature}-{hex8} uid={uuid} addr={ip}:{port} status={status} in {ms}ms span={hex8}",
    ),
    Template::new(
        Info,
        20,
        "reconciler.go:{line}] MountVolume.SetUp succeeded for volume {hex10} pod={feature}-{hex8} span={hex8} in {ms}ms device={n} bytes={bytes} gid={n}",
    ),
    Template::new(
        Info,
        8,
        "kuberuntime_manager.go:{line}] Creating sandbox for pod={feature}-{hex8} node={host} attempt={small} ip={ip} cgroup={hex10} image={version} took={ms}ms cpu={n}m",
    ),
    Template::new(
        Info,
        4,
        "image_gc_manager.go:{line}] Removed image {hex10} to free {bytes} bytes, usage={pct}% age={secs}s images={n} node={host} run={hex8} tag={version} disk={n}",
    ),
    Template::new(
        Info,
        3,
        "kubelet_node_status.go:{line}] Recorded node status of {host}: pods={n} cpu={n}m memory={bytes} lease={hex10} revision={hex8} span={hex8} took={ms}ms kernel={version}",
    ),
    Template::new(
        Info,
        2,
        "eviction_manager.go:{line}] Node {host} is within limits: memory={bytes} disk={pct}% inodes={n} pids={n} check={hex8} sample={hex8} after {secs}s span={hex8}",
    ),
    Template::new(
        Debug,
        40,
        "generic.go:{line}] Relist took {ms}ms: containers={n} pods={n} changed={small} node={host} cursor={hex10} goroutine={n} runtime={version} pass={hex8}",
    ),
    Template::new(
        Debug,
        15,
        "status_manager.go:{line}] Patch of pod={feature}-{hex8} uid={uuid} generation={n} took={ms}ms bytes={bytes} node={host} phase={small}",
    ),
    Template::new(
        Debug,
        5,
        "cpu_manager.go:{line}] reconcileState: container={hex10} pod={feature}-{hex8} cpus={n} quota={n} node={host} in {ms}ms numa={small} period={n}",
    ),
    Template::new(
        Debug,
        2,
        "volume_manager.go:{line}] Waiting for {small} volumes of pod={feature}-{hex8}: first={hex10} elapsed={secs}s node={host} poll={ms}ms of {n} device={n}",
    ),
    Template::new(
        Warn,
        30,
        "prober.go:{line}] Readiness probe failed for pod={feature}-{hex8}: HTTP status {status} from {ip}:{port} after {ms}ms container={hex10} node={host} failures={small}",
    ),
    Template::new(
        Warn,
        10,
        "kuberuntime_container.go:{line}] Container {hex10} of pod={feature}-{hex8} exceeded memory: {bytes} of {bytes} bytes, node={host} pid={pid} restarts={small} oom={n}",
    ),
    Template::new(
        Warn,
        4,
        "image_gc_manager.go:{line}] Disk usage of {host} is {pct}%, threshold {pct}%: to free {bytes} bytes of {bytes}, images={n} run={hex8} device={hex8} span={hex8}",
    ),
    Template::new(
        Warn,
        2,
        "cgroup_manager.go:{line}] cgroup {hex10} of pod={feature}-{hex8} not found, try {small} of {small} after {ms}ms, pid={pid} node={host} slice={n} uid={n}",
    ),
    Template::new(
        Error,
        20,
        "pod_workers.go:{line}] Error syncing pod={feature}-{hex8} uid={uuid}: back-off {secs}s restarting container, restarts={n} exit={n} node={host}",
    ),
    Template::new(
        Error,
        6,
        "remote_image.go:{line}] PullImage failed for registry {ip}:{port} tag={version} digest={hex10}: status={status} after {ms}ms pod={feature}-{hex8} node={host} try={small}",
    ),
    Template::new(
        Error,
        3,
        "kubelet.go:{line}] Failed to start sandbox of pod={feature}-{hex8}: no free address in {ip}/{n}, attempt={small} netns={hex10} node={host} pool={pool} after {ms}ms",
    ),
    Template::new(
        Error,
        1,
        "controller.go:{line}] Failed to renew lease {hex10} of {host}: status={status} after {ms}ms, next in {secs}s holder={uuid} tries={small}",
    ),
];
