//! Pods that print numbered lines in every shape: what the kubelet's files hold of them is whole.

use std::time::Duration;

use sawlog_e2e::{
    ground::{Cluster, PodLogs, Shape, Workload},
    lines::{Numbers, Verdict},
    wait,
};

use super::{Namespace, SOON, shared};

/// The logs of a workload's pods, wherever they are.
fn logs(cluster: &Cluster, space: &Namespace, workload: &str) -> Vec<PodLogs> {
    [1, 2].map(|worker| cluster.logs(worker, &space.name, &format!("{workload}-")).unwrap()).into()
}

fn printing(name: &str, shape: Shape, lines: u64, pods: u32) -> Workload<'_> {
    Workload { name, shape, lines, pods, annotations: "{}" }
}

/// Reads until so many runs have said that they are over, and returns what came of those.
fn await_last(logs: &mut [PodLogs], runs: usize) -> Vec<Verdict> {
    let mut numbers = Numbers::default();
    let over = |numbers: &Numbers| {
        let verdicts = numbers.verdicts().into_iter();
        verdicts.filter(|verdict| verdict.last.is_some()).collect::<Vec<_>>()
    };
    let last = wait::until("every run's last line", SOON, || {
        for log in &mut *logs {
            for message in log.read().unwrap() {
                numbers.see(&message);
            }
        }
        Some(over(&numbers)).filter(|over| over.len() >= runs)
    });
    let said = numbers.verdicts().iter().map(Verdict::to_string).collect::<Vec<_>>().join("\n");
    last.unwrap_or_else(|in_vain| panic!("{in_vain}:\n{said}"))
}

#[test]
fn every_number_is_there_while_the_kubelet_rotates_under_load() {
    const LINES: u64 = 40_000;
    let cluster = shared();
    let _evidence = cluster.evidence("rotation under load");
    let space = Namespace::new(&cluster, "rotation");
    let mut logs = logs(&cluster, &space, "busy");
    let shape = Shape::Steady { per_second: 4_000, bytes: 250 };
    space.apply(printing("busy", shape, LINES, 1).yaml()).unwrap();
    let verdicts = await_last(&mut logs, 1);
    assert!(verdicts[0].is_faultless() && verdicts[0].last == Some(LINES), "{}", verdicts[0]);
    let files: usize = logs.iter().map(PodLogs::files).sum();
    assert!(files >= 3, "{files} files: it was to be rotated more often");
    // What is on the disk by now is less than was printed: whoever comes late has lost something.
    let late = [1, 2].map(|worker| cluster.logs(worker, &space.name, "busy-").unwrap().read().unwrap().len());
    assert!((late.iter().sum::<usize>() as u64) < LINES, "{late:?}");
}

#[test]
fn every_shape_of_printing_is_read_whole() {
    let cluster = shared();
    let _evidence = cluster.evidence("shapes of printing");
    let space = Namespace::new(&cluster, "shapes");
    let shapes = [
        (printing("steady", Shape::Steady { per_second: 100, bytes: 80 }, 200, 2), 2),
        (printing("bursts", Shape::Bursts { size: 500, pause: Duration::from_millis(200) }, 2_000, 1), 1),
        (printing("huge", Shape::Huge { bytes: 200_000 }, 5, 1), 1),
        (printing("short-lived", Shape::ShortLived, 50, 2), 2),
        (printing("crash-loop", Shape::CrashLoop, 20, 1), 2),
        (printing("pieces", Shape::Pieces, 20, 1), 1),
        (printing("stacks", Shape::Stacks { frames: 3 }, 50, 1), 1),
    ];
    let mut reading: Vec<_> =
        shapes.iter().map(|(workload, _)| logs(&cluster, &space, workload.name)).collect();
    for (workload, _) in &shapes {
        space.apply(workload.yaml()).unwrap();
    }
    for ((workload, runs), logs) in shapes.iter().zip(&mut reading) {
        for verdict in await_last(logs, *runs) {
            // Whoever reads line by line takes stacks apart.
            let torn = if workload.name == "stacks" { workload.lines } else { 0 };
            assert!(
                verdict.is_complete() && verdict.last == Some(workload.lines),
                "{}: {verdict}",
                workload.name
            );
            assert!(verdict.twice.is_empty() && verdict.damaged.is_empty(), "{}: {verdict}", workload.name);
            assert_eq!(verdict.torn.count(), torn, "{}: {verdict}", workload.name);
        }
    }
}

#[test]
fn a_last_line_without_an_end_is_in_the_file_without_one() {
    let cluster = shared();
    let _evidence = cluster.evidence("cut off");
    let space = Namespace::new(&cluster, "cut-off");
    space.apply(printing("cut-off", Shape::CutOff, 10, 1).yaml()).unwrap();
    space.kubectl(&["wait", "job/cut-off", "--for=condition=Complete", "--timeout=60s"]).unwrap();
    let mut whole = Vec::new();
    for mut log in logs(&cluster, &space, "cut-off") {
        whole.extend(log.read().unwrap());
    }
    assert_eq!(whole.len(), 9, "the tenth is a part without an end: {whole:?}");
}
