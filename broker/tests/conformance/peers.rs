//! Clients of others: Debian's kcat on an old librdkafka, and the OpenTelemetry Collector with a library of its own.

use std::{
    fs,
    io::Write as _,
    process::{Child, Command, Stdio},
    time::Duration,
};

use sawlog_e2e::{
    ground::{CollectorShape, Ground, collector, kcat},
    wait,
};

use crate::{
    batches::{CODECS, HOUR_AGO},
    calls::LATEST,
    clients::line,
    member::{committed, new_group},
    served::Served,
    wire::PATIENCE,
};

fn kcat(kafka: &Served, arguments: &[&str]) -> Command {
    let mut command = kcat::command().unwrap();
    command.args(["-b", &kafka.address.to_string(), "-q", "-m", "20"]).args(arguments);
    command
}

/// Runs it with something to read, and returns what it printed.
fn run(mut command: Command, input: &str) -> String {
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

fn lines(count: usize) -> String {
    (0..count).map(|number| line(number) + "\n").collect()
}

/// A process that is killed when the case is over, however it ends.
struct Killed(Child);

impl Drop for Killed {
    fn drop(&mut self) {
        let _has_ended = self.0.kill();
        let _is_reaped = self.0.wait();
    }
}

pub(crate) fn kcat_writes_and_reads_every_codec(kafka: &Served) {
    for codec in CODECS {
        let topic = kafka.topic(1);
        let name = format!("{codec:?}").to_lowercase();
        run(kcat(kafka, &["-P", "-t", &topic, "-p", "0", "-z", &name]), &lines(200));
        let kept = kafka.client().fetch(&topic, 0, 0).batches;
        assert!(!kept.is_empty() && kept.iter().all(|batch| batch.codec == codec as i16), "{name}");
        let read = run(kcat(kafka, &["-C", "-t", &topic, "-o", "beginning", "-e"]), "");
        assert_eq!(read, lines(200), "{name}");
    }
}

pub(crate) fn kcat_writes_idempotently_with_keys(kafka: &Served) {
    let topic = kafka.topic(2);
    let settings = ["-P", "-t", &topic, "-K", ":", "-X", "enable.idempotence=true", "-H", "of=kcat"];
    run(kcat(kafka, &settings), "one:1\ntwo:2\nthree:3\n");
    let format = "%k=%s (%h)\\n";
    let read = run(kcat(kafka, &["-C", "-t", &topic, "-o", "beginning", "-e", "-f", format]), "");
    let mut found: Vec<&str> = read.lines().collect();
    found.sort_unstable();
    assert_eq!(found, ["one=1 (of=kcat)", "three=3 (of=kcat)", "two=2 (of=kcat)"]);
}

pub(crate) fn kcat_lists_the_cluster(kafka: &Served) {
    let topic = kafka.topic(3);
    let listed = run(kcat(kafka, &["-L", "-t", &topic]), "");
    assert!(listed.contains(&format!("topic \"{topic}\" with 3 partitions")), "{listed}");
    assert!(listed.contains(&format!("at {} (controller)", kafka.address)), "{listed}");
}

pub(crate) fn kcat_looks_up_a_time(kafka: &Served) {
    let topic = kafka.topic(1);
    let mut client = kafka.client();
    client.append(&topic, 0, &["a", "b", "c"]);
    client.append(&topic, 0, &["d", "e"]);
    let place = format!("{topic}:0:{}", *HOUR_AGO + 2);
    let found = run(kcat(kafka, &["-Q", "-t", &place]), "");
    assert!(found.contains("[0] offset 2"), "{found}");
}

pub(crate) fn kcat_reads_as_a_group_and_goes_on(kafka: &Served) {
    let (topic, group) = (kafka.topic(2), new_group(kafka));
    let read = |count: &str| {
        let settings = ["-c", count, "-X", "auto.offset.reset=earliest", "-G", &group, &topic];
        run(kcat(kafka, &settings), "").lines().map(ToOwned::to_owned).collect::<Vec<_>>()
    };
    let mut client = kafka.client();
    client.append(&topic, 0, &["a", "b"]);
    client.append(&topic, 1, &["c"]);
    let mut first = read("3");
    first.sort();
    assert_eq!(first, ["a", "b", "c"]);
    assert_eq!(committed(&mut client, &group, &topic, &[0, 1]), [(2, String::new()), (1, String::new())]);
    client.append(&topic, 1, &["d"]);
    assert_eq!(read("1"), ["d"]);
}

/// A member that is killed says nothing; the other one has its partitions when its session is over.
pub(crate) fn the_share_of_a_killed_kcat_is_taken_over(kafka: &Served) {
    let (topic, group) = (kafka.topic(2), new_group(kafka));
    let folder = tempfile::tempdir().unwrap();
    let member = |name: &str| {
        let path = folder.path().join(name);
        let file = fs::File::create(&path).unwrap();
        let settings = ["-u", "-X", "session.timeout.ms=6000", "-X", "heartbeat.interval.ms=200"];
        let mut command = kcat(kafka, &settings);
        command.args(["-X", "auto.offset.reset=earliest", "-f", "%p %s\\n", "-G", &group, &topic]);
        let command = command.stdin(Stdio::null()).stdout(file).stderr(Stdio::null());
        (Killed(command.spawn().unwrap()), move || fs::read_to_string(&path).unwrap())
    };
    let (mut killed, of_the_killed) = member("killed");
    let (_stays, of_the_other) = member("stays");
    let mut client = kafka.client();
    let mut number = 0;
    // Lines go to both partitions until each has printed one: then they share.
    wait::until_true("both to read", PATIENCE, || {
        number += 1;
        for partition in 0..2 {
            client.append(&topic, partition, &[&format!("before {number}")]);
        }
        !of_the_killed().is_empty() && !of_the_other().is_empty()
    })
    .unwrap();
    killed.0.kill().unwrap();
    for partition in 0..2 {
        client.append(&topic, partition, &["after"]);
    }
    wait::until_true("the other one to read both partitions", PATIENCE, || {
        let read = of_the_other();
        read.contains("0 after\n") && read.contains("1 after\n")
    })
    .unwrap();
}

/// OTLP goes in, through a topic, and comes out of the same Collector into a file.
pub(crate) fn the_collector_writes_and_reads(kafka: &Served) {
    let topic = kafka.topic(1);
    let ground = Ground::of_my_own().unwrap();
    let shape =
        CollectorShape { bootstrap: kafka.address.to_string(), writes: topic.clone(), reads: topic.clone() };
    let peer = ground.collector_of("collector", &shape).unwrap();
    for body in ["the first line", "and another one"] {
        let json = format!(
            r#"{{"resourceLogs":[{{"scopeLogs":[{{"logRecords":[{{"body":{{"stringValue":"{body}"}}}}]}}]}}]}}"#
        );
        assert_eq!(peer.post_json("/v1/logs", &json).unwrap().status, 200);
        wait::until_true("the collector to read what it wrote", PATIENCE, || {
            fs::read_to_string(collector::output(&peer)).is_ok_and(|text| text.contains(body))
        })
        .unwrap();
    }
    let mut client = kafka.client();
    assert_eq!(client.offset(&topic, 0, LATEST).offset, 2);
    let read = || committed(&mut client, "collector", &topic, &[0])[0].0;
    wait::until("its position to be committed", Duration::from_secs(20), {
        let mut read = read;
        move || (read() == 2).then_some(())
    })
    .unwrap();
}
