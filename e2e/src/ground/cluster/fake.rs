//! Many nodes without machines: for tests of what grows with their number.

use std::time::Duration;

use super::{Cluster, config, failed, inside::FAKES, said};
use crate::ground::{GroundError, Part, keeper::call};

/// Nodes `fake-0001` and so on: labelled `type: fake`, spread over three zones, tainted with
/// `ground.local/fake`. Pods that tolerate that run on them in name only.
///
/// They are there until this is dropped; [`end`](Self::end) also says whether that went well.
#[derive(Debug)]
pub struct FakeNodes<'a> {
    cluster: &'a Cluster,
    part: Part,
    is_at_end: bool,
}

const PREFIX: &str = "fake";
/// Thousands take seconds.
const MADE: Duration = Duration::from_secs(120);

impl Cluster {
    /// Makes so many, and waits until all are Ready. There is one set of them in a cluster: asked for again,
    /// with the first at an end, it has the new number.
    pub fn fake_nodes(&self, count: u32) -> Result<FakeNodes<'_>, GroundError> {
        let part = self.ours()?.control().start_inside(&self.fakes(count)?)?;
        let fakes = FakeNodes { cluster: self, part, is_at_end: false };
        fakes
            .part
            .await_ready("fake nodes to be made", MADE, || fakes.part.log_says("made").then_some(()))?;
        let all = usize::try_from(count).unwrap_or(usize::MAX);
        fakes
            .part
            .await_ready("fake nodes to be Ready", MADE, || (fakes.ready().ok()? == all).then_some(()))?;
        Ok(fakes)
    }

    fn fakes(&self, count: u32) -> Result<config::Command, GroundError> {
        let kubeconfig = self.kubeconfig.display();
        let arguments = [
            format!("--kubeconfig={kubeconfig}"),
            format!("--count={count}"),
            format!("--beat={}", (self.ours()?.node_grace.as_secs() / 3).max(1)),
            format!("--name-prefix={PREFIX}"),
        ];
        Ok(config::of_ours(&call::program()?, "fake-nodes", &arguments))
    }
}

impl FakeNodes<'_> {
    /// How many are Ready now.
    pub fn ready(&self) -> Result<usize, GroundError> {
        let which = format!("{FAKES}={PREFIX}");
        let ready = "jsonpath={.items[*].status.conditions[?(@.type==\"Ready\")].status}";
        let states = self.cluster.kubectl(&["get", "nodes", "--selector", &which, "--output", ready]);
        let states = states.map_err(|why| failed("look at fake nodes", &why))?;
        Ok(states.split_whitespace().filter(|state| *state == "True").count())
    }

    /// What beats for them: a part like any other.
    pub fn part(&self) -> &Part {
        &self.part
    }

    /// No heartbeats, and nobody does anything for their pods. The cluster misses the nodes a moment
    /// after its [grace](super::ClusterShape::node_grace).
    pub fn silence(&self) -> Result<(), GroundError> {
        self.part.pause()
    }

    /// They are back as soon as they are noticed.
    pub fn resume(&self) -> Result<(), GroundError> {
        self.part.resume()
    }

    /// Removes them with their leases and pods, and waits for that.
    pub fn end(mut self) -> Result<(), GroundError> {
        self.remove()
    }

    fn remove(&mut self) -> Result<(), GroundError> {
        self.is_at_end = true;
        self.part.kill()?;
        let none = self.cluster.fakes(0)?;
        let mut removes = self.cluster.ours()?.control().inside(&none.program)?;
        removes.args(&none.arguments);
        said(&mut removes).map(drop).map_err(|why| failed("remove fake nodes", &why))
    }
}

impl Drop for FakeNodes<'_> {
    fn drop(&mut self) {
        if !self.is_at_end {
            let _gone_with_the_cluster = self.remove();
        }
    }
}
