//! Who runs where: 16 services in 5 namespaces, 40 pods each, on 12 nodes in 3 zones.
//!
//! A pod's name, uid and node are functions of its number alone, so every part of a run agrees on them.

use crate::{dice::mix, systems::System};

/// Pods of each service.
pub const PODS_PER_SERVICE: u16 = 40;
/// Nodes of the pretend cluster.
pub const NODES: u16 = 12;
/// The deployment environment of everything.
pub const ENVIRONMENT: &str = "production";
/// The cloud region of everything.
pub const REGION: &str = "eu-west";
const ZONES: [&str; 3] = ["eu-west-a", "eu-west-b", "eu-west-c"];

/// A pod, by its service and its number among the service's pods.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Pod {
    /// Whose pod.
    pub system: System,
    /// Below [`PODS_PER_SERVICE`].
    pub number: u16,
}

impl Pod {
    /// Every pod of the fleet.
    pub fn all() -> impl Iterator<Item = Self> {
        System::ALL
            .into_iter()
            .flat_map(|system| (0..PODS_PER_SERVICE).map(move |number| Self { system, number }))
    }

    /// Its place in [`Pod::all`].
    pub fn index(self) -> usize {
        self.system as usize * usize::from(PODS_PER_SERVICE) + usize::from(self.number)
    }

    /// As a Deployment names it: service, template hash, five letters.
    pub fn name(self) -> String {
        let replica_set = letters(mix(self.system as u64 + 1), 9);
        format!("{}-{replica_set}-{}", self.system.service(), letters(self.face(), 5))
    }

    /// As the API server numbers it.
    pub fn uid(self) -> String {
        let (high, low) = (self.face(), mix(self.face()));
        format!(
            "{:08x}-{:04x}-4{:03x}-a{:03x}-{:012x}",
            high >> 32,
            high & 0xFFFF,
            (high >> 16) & 0xFFF,
            low >> 52,
            low & 0xFFFF_FFFF_FFFF
        )
    }

    /// The node it runs on.
    pub fn node(self) -> String {
        format!("node-{:02}", self.node_number() + 1)
    }

    /// The zone of its node.
    pub fn zone(self) -> &'static str {
        ZONES[usize::from(self.node_number()) % ZONES.len()]
    }

    fn node_number(self) -> u16 {
        (self.index() % usize::from(NODES)) as u16
    }

    fn face(self) -> u64 {
        mix(self.index() as u64 + 0xF1EE7)
    }
}

/// Names as the API server draws them: no vowels, so no words.
fn letters(mut bits: u64, count: usize) -> String {
    const ALPHABET: &[u8; 27] = b"bcdfghjklmnpqrstvwxz2456789";
    let letter = |_| {
        let letter = ALPHABET[(bits % 27) as usize];
        bits /= 27;
        char::from(letter)
    };
    (0..count).map(letter).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn pods_are_distinct_and_spread() {
        let pods: Vec<Pod> = Pod::all().collect();
        assert_eq!(pods.len(), 640);
        assert!(pods.iter().enumerate().all(|(place, pod)| pod.index() == place));
        let count = |of: &dyn Fn(&Pod) -> String| pods.iter().map(of).collect::<BTreeSet<_>>().len();
        assert_eq!(count(&|pod| pod.name()), 640);
        assert_eq!(count(&|pod| pod.uid()), 640);
        assert_eq!(count(&|pod| pod.node()), 12);
        assert_eq!(count(&|pod| pod.zone().to_owned()), 3);
        assert_eq!(count(&|pod| pod.system.namespace().to_owned()), 5);
    }
}
