//! The definitions, as somebody installs them with plain kubectl.

use sawlog_crds::{
    generate,
    kind::{KINDS, Kind},
};
use sawlog_e2e::ground::Cluster;
use serde_json::{Value, json};

use super::server::{SOON, Server};

/// A definition in a group of its own, under names that nobody else looks for, gone when dropped.
pub(crate) struct Copy<'a> {
    cluster: &'a Cluster,
    pub(crate) definition: Value,
}

impl<'a> Copy<'a> {
    pub(crate) fn of(kind: &Kind, group: &str, cluster: &'a Cluster) -> Self {
        let mut definition = kind.definition();
        let plural = format!("copied{}", kind.plural);
        definition["metadata"]["name"] = json!(format!("{plural}.{group}"));
        definition["spec"]["group"] = json!(group);
        let singular = plural.trim_end_matches('s');
        definition["spec"]["names"] = json!({"kind": kind.name, "plural": plural, "singular": singular});
        Self { cluster, definition }
    }

    pub(crate) fn name(&self) -> &str {
        self.definition["metadata"]["name"].as_str().unwrap()
    }
}

impl Drop for Copy<'_> {
    fn drop(&mut self) {
        let _gone_with_the_cluster =
            self.cluster.kubectl(&["delete", "crd", self.name(), "--ignore-not-found", "--wait=false"]);
    }
}

#[test]
fn definitions_are_applied_by_the_client_and_by_the_server() {
    let server = Server::with_kinds("installed");
    let cluster = &server.cluster;
    for (group, how) in [("client.sawlog.dev", &[][..]), ("server.sawlog.dev", &["--server-side"][..])] {
        let copies: Vec<Copy<'_>> = KINDS.iter().map(|kind| Copy::of(kind, group, cluster)).collect();
        let definitions: Vec<&Value> = copies.iter().map(|copy| &copy.definition).collect();
        let list = json!({"apiVersion": "v1", "kind": "List", "items": definitions}).to_string();
        // Once more is what every deployment does.
        for verdicts in [["created", "serverside-applied"], ["unchanged", "serverside-applied"]] {
            let said = cluster.fed(&[&["apply", "--filename", "-"], how].concat(), &list).unwrap();
            let is_right = |line: &str| verdicts.iter().any(|verdict| line.ends_with(verdict));
            assert!(said.lines().count() == KINDS.len() && said.lines().all(is_right), "{said}");
        }
        for copy in &copies {
            let crd = format!("crd/{}", copy.name());
            cluster.await_condition(&crd, "Established", SOON).unwrap();
            // Any other condition is a complaint.
            let conditions = ["get", &crd, "--output", "jsonpath={.status.conditions[*].type}"];
            assert_eq!(cluster.kubectl(&conditions).unwrap(), "NamesAccepted Established");
        }
    }
}

#[test]
fn what_is_generated_is_what_is_installed() {
    for kind in KINDS {
        let path = format!("config/crd/{}.yaml", kind.plural);
        let file = generate::FILES.iter().find(|file| file.path == path).unwrap();
        let document = sawlog_crds::admit::read((file.content)().as_bytes()).remove(0).unwrap();
        assert_eq!(document.value(), kind.definition(), "{path}");
    }
}
