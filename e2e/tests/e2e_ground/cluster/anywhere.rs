//! What every cluster does, whoever it belongs to.

use std::{fs, path::Path};

use sawlog_e2e::{
    ground::{Cluster, Shape, Workload},
    lines::Numbers,
    wait,
};

use super::{Namespace, SOON, pod, shared};

#[test]
fn a_deployment_of_an_image_made_here_prints_numbered_lines() {
    const LINES: u64 = 50;
    let cluster = shared();
    let _evidence = cluster.evidence("numbered lines");
    let space = Namespace::new(&cluster, "lines");
    let shape = Shape::Steady { per_second: 50, bytes: 100 };
    let workload = Workload { name: "counts", shape, lines: LINES, pods: 2, annotations: "{}" };
    space.apply(workload.yaml()).unwrap();
    space.kubectl(&["rollout", "status", "deployment/counts", "--timeout=60s"]).unwrap();
    let pods = space.kubectl(&["get", "pods", "--output=name"]).unwrap();
    assert_eq!(pods.lines().count(), 2);
    for pod in pods.lines() {
        let verdicts = wait::until("its last line", SOON, || {
            let numbers: Numbers = space.kubectl(&["logs", pod]).ok()?.lines().collect();
            Some(numbers.verdicts()).filter(|verdicts| verdicts.iter().any(|verdict| verdict.last.is_some()))
        });
        let verdicts = verdicts.unwrap();
        assert!(
            verdicts.len() == 1 && verdicts[0].is_faultless() && verdicts[0].last == Some(LINES),
            "{}",
            verdicts[0]
        );
    }
}

#[test]
fn a_daemon_set_reads_what_the_node_has_and_cannot_write_it() {
    let cluster = shared();
    let _evidence = cluster.evidence("read-only host path");
    let space = Namespace::new(&cluster, "daemons");
    space.apply(
        "apiVersion: apps/v1\nkind: DaemonSet\nmetadata: {name: reads}\nspec:\n  selector: {matchLabels: {app: reads}}\n  \
         template:\n    metadata: {labels: {app: reads}}\n    spec:\n      terminationGracePeriodSeconds: 0\n      volumes:\n      \
         - {name: pods, hostPath: {path: /var/log/pods, type: Directory}}\n      containers:\n      - name: main\n        \
         image: ground.local/busybox:1\n        imagePullPolicy: Never\n        command: [sh, -c, 'echo here; sleep 3600']\n        \
         volumeMounts: [{name: pods, mountPath: /host, readOnly: true}]\n",
    )
    .unwrap();
    space.kubectl(&["rollout", "status", "daemonset/reads", "--timeout=60s"]).unwrap();
    let pods = space.kubectl(&["get", "pods", "--output=jsonpath={.items[*].metadata.name}"]).unwrap();
    assert!(pods.split(' ').count() >= 1);
    for pod in pods.split(' ') {
        let own = format!("cat /host/{}_{pod}_*/main/0.log", space.name);
        assert!(space.inside(pod, &own).unwrap().trim_end().ends_with("stdout F here"), "its own log");
        let refused = space.inside(pod, "echo x > /host/x").unwrap_err();
        assert!(refused.contains("Read-only file system"), "{refused}");
    }
}

#[test]
fn what_is_collected_after_a_failure_tells_the_story_without_secrets() {
    let cluster = shared();
    let space = Namespace::new(&cluster, "evidence");
    space.kubectl(&["create", "secret", "generic", "password", "--from-literal=key=correct-horse"]).unwrap();
    space.pod("speaks", "", "echo what happened; sleep 3600");
    let folder = tempfile::tempdir().unwrap();
    wait::until_true("everything to be there", SOON, || {
        cluster.collect(folder.path()).unwrap();
        holds(folder.path(), "what happened") && holds(folder.path(), "Started container main")
    })
    .unwrap();
    let objects = fs::read_to_string(folder.path().join("objects.yaml")).unwrap();
    assert!(
        objects.contains("name: speaks") && objects.contains("kind: ServiceAccount"),
        "{} bytes",
        objects.len()
    );
    // As it is, and as Kubernetes encodes it.
    assert!(!holds(folder.path(), "correct-horse") && !holds(folder.path(), "Y29ycmVjdC1ob3JzZQ"));
}

/// Whether any file below a folder says so.
fn holds(folder: &Path, text: &str) -> bool {
    fs::read_dir(folder).unwrap().any(|entry| {
        let path = entry.unwrap().path();
        if path.is_dir() {
            holds(&path, text)
        } else {
            String::from_utf8_lossy(&fs::read(&path).unwrap()).contains(text)
        }
    })
}

#[test]
fn an_eviction_is_refused_by_a_disruption_budget_and_else_done() {
    let cluster = shared();
    let _evidence = cluster.evidence("evictions");
    let space = Namespace::new(&cluster, "evicted");
    space.pod("guarded", "", "sleep 3600");
    let budget = "apiVersion: policy/v1\nkind: PodDisruptionBudget\nmetadata: {name: all}\n\
                  spec: {minAvailable: 1, selector: {matchLabels: {app: guarded}}}\n";
    space.apply(budget).unwrap();
    let refused = wait::until("a refusal in the budget's words", SOON, || {
        cluster.evict(&space.name, "guarded").err().filter(|why| why.contains("disruption budget"))
    });
    assert!(refused.unwrap().contains("Cannot evict pod"));
    assert_eq!(space.field("pod/guarded", ".metadata.deletionTimestamp"), "");
    space.kubectl(&["delete", "poddisruptionbudget", "all"]).unwrap();
    wait::until_true("the eviction", SOON, || cluster.evict(&space.name, "guarded").is_ok()).unwrap();
    wait::until_true("it to be gone", SOON, || space.kubectl(&["get", "pod", "guarded"]).is_err()).unwrap();
}

/// A kind whose field `size` may only grow, and is at least one.
const GROWING: &str = "
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: growings.test.ground.local}
spec:
  group: test.ground.local
  scope: Namespaced
  names: {plural: growings, singular: growing, kind: Growing}
  versions:
  - name: v1
    served: true
    storage: true
    schema:
      openAPIV3Schema:
        type: object
        properties:
          spec:
            type: object
            required: [size]
            properties:
              size:
                type: integer
                x-kubernetes-validations:
                - {rule: self >= 1, message: a size is at least one}
                - {rule: self >= oldSelf, message: a size never shrinks}
";

/// It is there until this is dropped.
struct Definition<'a>(&'a Cluster);

impl Drop for Definition<'_> {
    fn drop(&mut self) {
        self.0.kubectl(&["delete", "crd", "growings.test.ground.local", "--wait=false"]).unwrap();
    }
}

fn growing(size: i32) -> String {
    format!(
        "apiVersion: test.ground.local/v1\nkind: Growing\nmetadata: {{name: it}}\nspec: {{size: {size}}}\n"
    )
}

#[test]
fn a_custom_resource_is_refused_by_its_rules() {
    let cluster = shared();
    let _evidence = cluster.evidence("custom resources");
    let space = Namespace::new(&cluster, "custom");
    cluster.apply(GROWING).unwrap();
    let _definition = Definition(&cluster);
    cluster.await_condition("crd/growings.test.ground.local", "Established", SOON).unwrap();
    let refused = wait::until("the kind to be served", SOON, || {
        let refused = space.apply(growing(0)).unwrap_err();
        (!refused.contains("no matches for kind") && !refused.contains("could not find")).then_some(refused)
    });
    let refused = refused.unwrap();
    assert!(refused.contains("a size is at least one"), "{refused}");
    space.apply(growing(5)).unwrap();
    space.apply(growing(6)).unwrap();
    let refused = space.apply(growing(4)).unwrap_err();
    assert!(refused.contains("a size never shrinks"), "{refused}");
    assert_eq!(space.field("growing/it", ".spec.size"), "6");
}

#[test]
fn two_who_apply_the_same_field_are_told_of_each_other() {
    let cluster = shared();
    let _evidence = cluster.evidence("server-side apply");
    let space = Namespace::new(&cluster, "appliers");
    let map = |value: &str| {
        format!("apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: shared}}\ndata: {{colour: {value}}}\n")
    };
    let apply = |who: &str, value: &str, more: &[&str]| {
        let manager = format!("--field-manager={who}");
        let arguments = ["--namespace", &space.name, "apply", "--server-side", &manager, "--filename", "-"];
        cluster.fed(&[&arguments, more].concat(), &map(value))
    };
    apply("one", "red", &[]).unwrap();
    let conflict = apply("other", "blue", &[]).unwrap_err();
    assert!(conflict.contains("conflict with \"one\"") && conflict.contains(".data.colour"), "{conflict}");
    assert_eq!(space.field("configmap/shared", ".data.colour"), "red");
    apply("other", "blue", &["--force-conflicts"]).unwrap();
    assert_eq!(space.field("configmap/shared", ".data.colour"), "blue");
}

#[test]
fn of_two_who_take_a_lease_one_gets_it() {
    let cluster = shared();
    let _evidence = cluster.evidence("leases");
    let space = Namespace::new(&cluster, "leases");
    space
        .apply("apiVersion: coordination.k8s.io/v1\nkind: Lease\nmetadata: {name: leader}\nspec: {leaseDurationSeconds: 15}\n")
        .unwrap();
    let version = space.field("lease/leader", ".metadata.resourceVersion");
    let take = |who: &str| {
        let body = format!(
            "apiVersion: coordination.k8s.io/v1\nkind: Lease\nmetadata: {{name: leader, namespace: {}, resourceVersion: '{version}'}}\n\
             spec: {{holderIdentity: {who}, leaseDurationSeconds: 15}}\n",
            space.name
        );
        cluster.fed(&["replace", "--filename", "-"], &body)
    };
    take("one").unwrap();
    let late = take("other").unwrap_err();
    assert!(late.contains("the object has been modified"), "{late}");
    assert_eq!(space.field("lease/leader", ".spec.holderIdentity"), "one");
}

#[test]
fn who_somebody_is_and_what_they_may_is_answered_also_for_what_kubernetes_does_not_know() {
    let cluster = shared();
    let _evidence = cluster.evidence("reviews");
    let space = Namespace::new(&cluster, "reviews");
    space.kubectl(&["create", "serviceaccount", "reader"]).unwrap();
    let role = "apiVersion: rbac.authorization.k8s.io/v1\nkind: Role\nmetadata: {name: searches}\nrules:\n\
                - {apiGroups: [made-up.ground.local], resources: [logs/search], verbs: [create]}\n";
    space.apply(role).unwrap();
    let account = format!("--serviceaccount={}:reader", space.name);
    space.kubectl(&["create", "rolebinding", "searches", "--role=searches", &account]).unwrap();

    let token = space.kubectl(&["create", "token", "reader"]).unwrap();
    let review = |token: &str| {
        let body = format!(
            "apiVersion: authentication.k8s.io/v1\nkind: TokenReview\nspec: {{token: '{}'}}\n",
            token.trim()
        );
        let answer = "jsonpath={.status.authenticated} {.status.user.username}";
        cluster.fed(&["create", "--filename", "-", "--output", answer], &body).unwrap()
    };
    let user = format!("system:serviceaccount:{}:reader", space.name);
    assert_eq!(review(&token), format!("true {user}"));
    assert_eq!(review("not-a-token").trim(), "");

    let may = |verb: &str, namespace: &str| {
        let body = format!(
            "apiVersion: authorization.k8s.io/v1\nkind: SubjectAccessReview\nspec:\n  user: {user}\n  \
             groups: ['system:serviceaccounts', 'system:serviceaccounts:{}']\n  resourceAttributes: \
             {{group: made-up.ground.local, resource: logs, subresource: search, verb: {verb}, namespace: {namespace}}}\n",
            space.name
        );
        cluster.fed(&["create", "--filename", "-", "--output", "jsonpath={.status.allowed}"], &body).unwrap()
    };
    let allowed = wait::until_true("the role to count", SOON, || may("create", &space.name) == "true");
    allowed.unwrap();
    assert_eq!(may("delete", &space.name), "false");
    assert_eq!(may("create", "default"), "false");
}

#[test]
fn a_restricted_namespace_takes_only_pods_that_ask_for_little() {
    let cluster = shared();
    let _evidence = cluster.evidence("pod security");
    let space = Namespace::new(&cluster, "restricted");
    space
        .kubectl(&["label", "namespace", &space.name, "pod-security.kubernetes.io/enforce=restricted"])
        .unwrap();
    let refused = space.apply(pod("greedy", "", "sleep 3600")).unwrap_err();
    assert!(refused.contains("violates PodSecurity \"restricted"), "{refused}");
    let modest = pod(
        "modest",
        "  securityContext: {runAsNonRoot: true, runAsUser: 65532, seccompProfile: {type: RuntimeDefault}}\n",
        "id -u; sleep 3600",
    ) + "    securityContext: {allowPrivilegeEscalation: false, capabilities: {drop: [ALL]}, readOnlyRootFilesystem: true}\n";
    space.apply(modest).unwrap();
    space.await_ready("modest");
    assert_eq!(space.inside("modest", "id -u").unwrap().trim(), "65532");
    assert!(space.inside("modest", "echo x > /x").is_err());
}
