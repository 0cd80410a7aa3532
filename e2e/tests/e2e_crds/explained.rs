//! What `kubectl explain` has to say.

use sawlog_crds::kind::KINDS;
use sawlog_e2e::wait;
use serde_json::Value;

use super::server::{SOON, Server};

#[test]
fn every_field_is_explained() {
    let server = Server::with_kinds("explained");
    let mut without = Vec::new();
    let published = wait::until("all kinds to be published", SOON, || {
        let published: Value = server.get("/openapi/v3/apis/sawlog.dev/v1alpha1").ok()?;
        KINDS.iter().all(|kind| schema_of(&published, kind.name).is_some()).then_some(published)
    });
    let published = published.unwrap();
    let mut fields = 0;
    for kind in KINDS {
        let schema = schema_of(&published, kind.name).unwrap();
        assert!(schema["description"].is_string(), "{}", kind.name);
        for part in ["spec", "status"] {
            let path = format!("{}.{part}", kind.short);
            fields += look_for_descriptions(&schema["properties"][part], &path, &mut without);
        }
    }
    assert!(fields > 300 && without.is_empty(), "{} of {fields}:\n{}", without.len(), without.join("\n"));
}

fn schema_of<'a>(published: &'a Value, kind: &str) -> Option<&'a Value> {
    let schemas = published["components"]["schemas"].as_object()?;
    schemas.iter().find_map(|(name, schema)| name.ends_with(&format!(".{kind}")).then_some(schema))
}

/// How many fields there are.
fn look_for_descriptions(schema: &Value, path: &str, without: &mut Vec<String>) -> usize {
    if schema["description"].as_str().is_none_or(str::is_empty) {
        without.push(path.to_owned());
    }
    1 + look_below(schema, path, without)
}

fn look_below(schema: &Value, path: &str, without: &mut Vec<String>) -> usize {
    let fields = schema["properties"].as_object().into_iter().flatten();
    let fields: usize =
        fields.map(|(name, field)| look_for_descriptions(field, &format!("{path}.{name}"), without)).sum();
    // Items and values of maps are described by the field that holds them.
    let items = schema.get("items").into_iter().chain(schema.get("additionalProperties"));
    fields + items.map(|items| look_below(items, &format!("{path}[]"), without)).sum::<usize>()
}

#[test]
fn kubectl_explains_kinds_and_fields() {
    let server = Server::with_kinds("kubectl-explains");
    for kind in KINDS {
        let said = wait::until("kubectl to know the kind", SOON, || {
            server.cluster.kubectl(&["explain", kind.plural, "--recursive"]).ok()
        });
        let said = said.unwrap();
        assert!(said.contains(&format!("KIND:       {}", kind.name)), "{said}");
        assert!(
            said.contains("  spec\t<Object> -required-") && said.contains("  status\t<Object>"),
            "{said}"
        );
    }
    let rows = [
        ("lp.spec.parse.multiline.preset", "Which lines belong together"),
        ("li.spec.objectStore.bucket", "It cannot be changed"),
        ("ret.spec.deletions.match", "A request cannot be changed"),
        ("alr.spec.trigger.sequence.key", "The field whose value both have"),
        ("lp.status.agents.rejected", "Those that refuse it"),
    ];
    for (path, says) in rows {
        let said = server.cluster.kubectl(&["explain", path]).unwrap();
        let said = said.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(said.contains(says), "{path}: {said}");
    }
}
