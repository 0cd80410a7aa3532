//! What can happen to a pod: each fault's effect, and its end.

use std::{
    io::{ErrorKind, Read as _},
    net::{SocketAddr, TcpListener, TcpStream},
    time::{Duration, Instant},
};

use sawlog_e2e::{ground::Grace, wait};

use super::{Namespace, SOON, shared};

/// Says `hello` to whoever connects, and goes on listening.
const GREETS: &str = "while :; do echo hello | nc -l -p 8080; done";

fn address(space: &Namespace, pod: &str) -> SocketAddr {
    format!("{}:8080", space.field(&format!("pod/{pod}"), ".status.podIP")).parse().unwrap()
}

/// What a server says, and how long that takes.
fn greeted(server: SocketAddr, limit: Duration) -> std::io::Result<(String, Duration)> {
    let began = Instant::now();
    let mut stream = TcpStream::connect_timeout(&server, limit)?;
    stream.set_read_timeout(Some(limit))?;
    let mut text = [0; 6];
    stream.read_exact(&mut text)?;
    Ok((String::from_utf8_lossy(&text).into_owned(), began.elapsed()))
}

fn await_greeting(server: SocketAddr) -> Duration {
    wait::until("a greeting", SOON, || greeted(server, Duration::from_secs(2)).ok()).unwrap().1
}

fn await_swift(server: SocketAddr, limit: Duration) {
    wait::until_true("a swift greeting", SOON, || greeted(server, SOON).is_ok_and(|(_, took)| took < limit))
        .unwrap();
}

/// The next one to connect; a read of what it sends does not wait for ever.
fn accepted(listener: &TcpListener) -> TcpStream {
    listener.set_nonblocking(true).unwrap();
    let (stream, _) = wait::until("a connection", SOON, || listener.accept().ok()).unwrap();
    stream.set_nonblocking(false).unwrap();
    stream.set_read_timeout(Some(SOON)).unwrap();
    stream
}

#[test]
fn a_pod_that_is_cut_off_is_reached_by_nobody_but_its_kubelet() {
    let cluster = shared();
    let _evidence = cluster.evidence("cut pod");
    let space = Namespace::new(&cluster, "cut");
    space.pod("server", "  nodeName: worker-1\n", GREETS);
    space.pod("near", "  nodeName: worker-1\n", "sleep 3600");
    space.pod("far", "  nodeName: worker-2\n", "sleep 3600");
    let server = address(&space, "server");
    let call = format!("nc -w 2 {} 8080 </dev/null", server.ip());
    let reached = |from: &str| space.inside(from, &call).is_ok_and(|said| said == "hello\n");
    await_greeting(server);
    for from in ["near", "far"] {
        wait::until_true("the server to be reached", SOON, || reached(from)).unwrap();
    }
    let cut = cluster.cut_pod(&space.name, "server").unwrap();
    assert_eq!(greeted(server, Duration::from_secs(1)).unwrap_err().kind(), ErrorKind::TimedOut);
    assert!(!reached("near") && !reached("far"));
    assert_eq!(space.inside("server", "echo still here").unwrap(), "still here\n");
    drop(cut);
    await_greeting(server);
    for from in ["near", "far"] {
        wait::until_true("the server to be reached again", SOON, || reached(from)).unwrap();
    }
}

#[test]
fn a_pod_behind_a_slow_network_is_late_in_both_directions() {
    const DELAY: Duration = Duration::from_millis(400);
    let cluster = shared();
    let _evidence = cluster.evidence("slow pod");
    let space = Namespace::new(&cluster, "slow");
    space.pod("server", "", GREETS);
    space.pod("client", "", "sleep 3600");
    let server = address(&space, "server");
    await_swift(server, DELAY);

    let listener = TcpListener::bind((cluster.ours().unwrap().host_address(), 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    let call = format!("(echo up; sleep 3600) | nc host.e2e.test {port}");
    let resolves = wait::until_true("a name to be resolved", SOON, || {
        space.inside("client", "nslookup host.e2e.test").is_ok()
    });
    resolves.unwrap();
    let calling = |count: u32| {
        for _ in 0..count {
            space.inside("client", &format!("({call}) >/dev/null 2>&1 &")).unwrap();
        }
    };
    calling(1);
    let mut open = accepted(&listener);
    open.read_exact(&mut [0; 3]).unwrap();

    let slow = cluster.slow_pod(&space.name, "server", DELAY).unwrap();
    let late =
        wait::until("a late greeting", SOON, || greeted(server, Duration::from_secs(5)).ok()).unwrap().1;
    assert!(late >= DELAY, "{late:?}");
    drop(slow);
    await_swift(server, DELAY);

    let outwards = cluster.slow_pod(&space.name, "client", DELAY).unwrap();
    // The pod finds out as soon as it sends, the other end with the next packet from there.
    calling(1);
    let mut stream = accepted(&listener);
    let began = Instant::now();
    stream.read_exact(&mut [0; 3]).unwrap();
    assert!(began.elapsed() >= DELAY / 2, "{:?} after the relay connected", began.elapsed());
    let from = stream.peer_addr().unwrap().ip().to_string();
    assert_ne!(from, space.field("pod/client", ".status.podIP"), "it comes through the relay");
    drop(outwards);
    let ended = stream.read(&mut [0; 1]);
    assert!(matches!(&ended, Ok(0)) || ended.is_err(), "what went through the relay ends with it");
    calling(1);
    let straight = accepted(&listener);
    assert_eq!(straight.peer_addr().unwrap().ip().to_string(), space.field("pod/client", ".status.podIP"));
}

#[test]
fn a_container_that_is_killed_is_started_again_by_the_kubelet() {
    let cluster = shared();
    let _evidence = cluster.evidence("killed container");
    let space = Namespace::new(&cluster, "killed");
    space.pod("victim", "", "echo started; sleep 3600");
    cluster.kill_container(&space.name, "victim", "main").unwrap();
    let restarted = wait::until_true("its second start", SOON, || {
        space.field("pod/victim", ".status.containerStatuses[0].restartCount") == "1"
    });
    restarted.unwrap();
    let ended = ".status.containerStatuses[0].lastState.terminated.exitCode";
    assert_eq!(space.field("pod/victim", ended), "137");
    space.await_ready("victim");
    let nobody = cluster.kill_container(&space.name, "victim", "other").unwrap_err().to_string();
    assert!(nobody.contains("kill container other of pod") && nobody.contains("it does not run"), "{nobody}");
}

#[test]
fn a_pod_that_is_deleted_has_the_time_it_was_given() {
    let cluster = shared();
    let _evidence = cluster.evidence("deleted pods");
    let space = Namespace::new(&cluster, "deleted");
    let ends_well = "trap 'echo ending; exit 0' TERM; echo started; while :; do sleep 0.1; done";
    let ends_never = "trap '' TERM; echo started; while :; do sleep 1; done";
    space.pod("well", "  nodeName: worker-1\n", ends_well);
    space.pod("never", "  nodeName: worker-1\n", ends_never);
    space.pod("forced", "  nodeName: worker-1\n", ends_never);
    let exists = |pod: &str| space.kubectl(&["get", "pod", pod]).is_ok();

    let mut log = cluster.logs(1, &space.name, "well").unwrap();
    assert_eq!(log.read().unwrap(), ["started"]);
    cluster.delete_pod(&space.name, "well", Grace::Seconds(30)).unwrap();
    let said = wait::until("what it says at its end", SOON, || {
        log.read().ok().filter(|messages| !messages.is_empty())
    });
    assert_eq!(said.unwrap(), ["ending"]);
    wait::until_true("it to be gone", SOON, || !exists("well")).unwrap();

    let began = Instant::now();
    cluster.delete_pod(&space.name, "never", Grace::Seconds(2)).unwrap();
    wait::until_true("it to be gone", SOON, || !exists("never")).unwrap();
    assert!(began.elapsed() >= Duration::from_secs(2), "{:?}", began.elapsed());

    cluster.delete_pod(&space.name, "forced", Grace::Force).unwrap();
    assert!(!exists("forced"), "the object is gone before its processes are");
}
