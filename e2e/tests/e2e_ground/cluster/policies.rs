//! Network policies on a real cluster: what they forbid does not pass, what they allow does.

use sawlog_e2e::{ground::Cluster, wait};

use super::{Breakable, SOON};

/// Two namespaces of this test: `NAME` with a server on one worker, and `NAME-far` with a stranger.
const WORLD: &str = r"
apiVersion: v1
kind: Namespace
metadata: {name: NAME, labels: {which: near}}
---
apiVersion: v1
kind: Namespace
metadata: {name: NAME-far, labels: {which: far}}
---
apiVersion: v1
kind: Service
metadata: {name: server, namespace: NAME}
spec: {selector: {app: server}, ports: [{name: first, port: 8080, targetPort: first}, {name: second, port: 8081, targetPort: second}]}
---
apiVersion: v1
kind: Pod
metadata: {name: server, namespace: NAME, labels: {app: server}}
spec:
  nodeName: worker-1
  terminationGracePeriodSeconds: 0
  containers:
  - name: first
    image: ground.local/busybox:1
    imagePullPolicy: Never
    command: [nc, -ll, -p, '80', -e, echo, first]
    ports: [{name: first, containerPort: 80}]
    readinessProbe: {tcpSocket: {port: 80}, periodSeconds: 1, timeoutSeconds: 10, failureThreshold: 1}
  - name: second
    image: ground.local/busybox:1
    imagePullPolicy: Never
    command: [nc, -ll, -p, '81', -e, echo, second]
    ports: [{name: second, containerPort: 81}]
";

const CLIENT: &str = r"---
apiVersion: v1
kind: Pod
metadata: {name: POD, namespace: SPACE, labels: {app: client, who: POD}}
spec:
  nodeName: NODE
  terminationGracePeriodSeconds: 0
  containers:
  - {name: main, image: 'ground.local/busybox:1', imagePullPolicy: Never, command: [sleep, infinity]}
";

struct World<'a> {
    cluster: &'a Cluster,
    name: String,
    server: String,
}

/// Whether the server is ready, since when, and how often its containers began again.
const HEALTH: &str = "{.status.conditions[?(@.type==\"Ready\")]['status','lastTransitionTime']} \
                      {.status.containerStatuses[*].restartCount}";

/// Who asks: on the server's node, on the other, and from the other namespace.
const CLIENTS: [&str; 3] = ["beside", "across", "stranger"];

impl<'a> World<'a> {
    fn new(cluster: &'a Cluster, name: &str) -> Self {
        let mut world = Self { cluster, name: name.to_owned(), server: String::new() };
        let mut yaml = WORLD.replace("NAME", name);
        for (client, node) in CLIENTS.into_iter().zip(["worker-1", "worker-2", "worker-2"]) {
            let pod = CLIENT.replace("POD", client).replace("SPACE", &world.namespace_of(client));
            yaml += &pod.replace("NODE", node);
        }
        cluster.apply(&yaml).unwrap();
        for pod in CLIENTS.into_iter().chain(["server"]) {
            let space = world.namespace_of(pod);
            let ready = || {
                world
                    .kubectl(&["wait", "pod", pod, "-n", &space, "--for=condition=Ready", "--timeout=1s"])
                    .ok()
            };
            wait::until(&format!("{pod} to be ready"), SOON, ready).unwrap();
        }
        world.server = world.of_server("{.status.podIP}");
        world
    }

    fn namespace_of(&self, pod: &str) -> String {
        if pod == "stranger" { format!("{}-far", self.name) } else { self.name.clone() }
    }

    fn kubectl(&self, arguments: &[&str]) -> Result<String, String> {
        self.cluster.kubectl(arguments)
    }

    fn of_server(&self, path: &str) -> String {
        let path = format!("jsonpath={path}");
        self.kubectl(&["get", "pod", "server", "-n", &self.name, "--output", &path]).unwrap()
    }

    fn exec(&self, client: &str, script: &str) -> Result<String, String> {
        self.kubectl(&["exec", client, "-n", &self.namespace_of(client), "--", "sh", "-c", script])
    }

    /// Whether one of them gets the server's answer there. What is dropped is asked for in vain for a second.
    fn reaches(&self, client: &str, host: &str, port: u16) -> bool {
        let said = self.exec(client, &format!("nc -w 1 {host} {port} </dev/null || echo refused"));
        match said.unwrap().trim() {
            "first" | "second" => true,
            "refused" => false,
            other => panic!("{client} got {other:?} from {host}:{port}"),
        }
    }

    /// Who reaches the server's first port, in the order of `CLIENTS`.
    fn who_reach(&self) -> [bool; 3] {
        std::thread::scope(|scope| {
            let asking = CLIENTS.map(|client| scope.spawn(|| self.reaches(client, &self.server, 80)));
            asking.map(|one| one.join().unwrap())
        })
    }

    fn await_who_reach(&self, what: &str, who: [bool; 3]) {
        let mut last = who;
        let so = wait::until_true(what, SOON, || {
            last = self.who_reach();
            last == who
        });
        so.unwrap_or_else(|in_vain| panic!("{in_vain}: {CLIENTS:?} reach it: {last:?}"));
    }

    fn policy(&self, name: &str, spec: &str) {
        let space = &self.name;
        let head = "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata";
        self.cluster.apply(&format!("{head}: {{name: {name}, namespace: {space}}}\nspec: {spec}\n")).unwrap();
    }

    fn delete(&self, policy: &str) {
        self.kubectl(&["delete", "networkpolicy", policy, "-n", &self.name]).unwrap();
    }
}

#[test]
fn a_policy_stops_what_it_forbids_and_only_that_until_it_is_deleted() {
    let breakable = Breakable::take();
    let cluster = breakable.cluster();
    let _evidence = cluster.evidence("network policies");
    let world = World::new(&cluster, &format!("policies-{}", std::process::id()));
    let service = format!("server.{}.svc.cluster.local", world.name);
    world.await_who_reach("everyone to reach", [true; 3]);
    let through = || world.reaches("across", &service, 8080) && world.reaches("stranger", &service, 8081);
    wait::until_true("the service to lead there", SOON, through).unwrap();

    let healthy_since = world.of_server(HEALTH);
    assert!(healthy_since.starts_with("True"), "{healthy_since}");

    world.policy("none", "{podSelector: {matchLabels: {app: server}}}");
    world.await_who_reach("nobody to reach", [false; 3]);
    assert!(!world.reaches("across", &service, 8080), "nor through the service");
    assert!(world.exec("beside", &format!("nslookup {service}")).is_ok(), "clients are as free as before");

    world.policy(
        "beside",
        "{podSelector: {}, ingress: [{from: [{podSelector: {matchLabels: {who: beside}}}]}]}",
    );
    world.await_who_reach("one to reach, by its label", [true, false, false]);
    world.delete("beside");
    world.policy(
        "far",
        "{podSelector: {}, ingress: [{from: [{namespaceSelector: {matchLabels: {which: far}}}]}]}",
    );
    world.await_who_reach("strangers to reach, by their namespace", [false, false, true]);
    wait::until_true("also through the service", SOON, || world.reaches("stranger", &service, 8080)).unwrap();
    world.delete("far");
    world.policy("port", "{podSelector: {}, ingress: [{ports: [{port: first}]}]}");
    world.await_who_reach("everyone to reach one port", [true; 3]);
    assert!(!world.reaches("across", &world.server, 81), "and not the other");
    assert!(!world.reaches("across", &service, 8081));
    world.delete("port");
    world.await_who_reach("nobody to reach again", [false; 3]);

    // One of its probes, every second, would be enough.
    assert_eq!(
        world.of_server(HEALTH),
        healthy_since,
        "the kubelet, which asks from the node, always reaches"
    );
    world.delete("none");
    world.await_who_reach("everyone to reach again", [true; 3]);

    let sends = "podSelector: {matchLabels: {who: beside}}, policyTypes: [Egress]";
    world.policy("sends", &format!("{{{sends}, egress: [{{ports: [{{port: 53, protocol: UDP}}]}}]}}"));
    world.await_who_reach("one to reach nothing", [false, true, true]);
    assert!(world.exec("beside", &format!("nslookup {service}")).is_ok(), "but names");
    assert!(!world.reaches("beside", &service, 8080));
    let named = "{to: [{podSelector: {matchLabels: {app: server}}}], ports: [{port: second}]}";
    world.policy("sends", &format!("{{{sends}, egress: [{named}]}}"));
    let port = || world.reaches("beside", &world.server, 81);
    wait::until_true("it to reach the port of that name", SOON, port).unwrap();
    assert!(!world.reaches("beside", &world.server, 80), "and no other");

    // Rules stay in force without what made them, and what changed meanwhile is made good.
    let enforcer = cluster.ours().unwrap().worker(1).program("policies");
    enforcer.kill().unwrap();
    world.delete("sends");
    assert_eq!(world.who_reach(), [false, true, true]);
    enforcer.start_again().unwrap();
    world.await_who_reach("everyone to reach at last", [true; 3]);
    world
        .kubectl(&["delete", "namespace", &world.name, &format!("{}-far", world.name), "--wait=false"])
        .unwrap();
}
