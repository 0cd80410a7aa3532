//! Volumes on demand: what a claim asks for is made on the node its pod was scheduled to, grows when the claim
//! does, and is removed when the claim is gone.
//!
//! ```text
//! claim, scheduled here ──▶ disk: folder, or a file system of its own ──▶ PersistentVolume
//! claim asks for more   ──▶ disk: larger ──▶ PersistentVolume ──▶ claim: has it
//! PersistentVolume is released, and not to be kept ──▶ disk: removed ──▶ PersistentVolume: removed
//! ```
//!
//! Remembers nothing: all is found out again from the API server and the disk, so that it may be killed at any
//! moment. Killing it takes no disk away from pods. What was mounted when the node went down is mounted again
//! before anything else is done; files on a disk are then as they were, what was in memory is empty.
//!
//! Deliberately absent: block devices, volumes that move to another node, making volumes smaller, classes that
//! bind before a pod is scheduled. A volume that is kept stays on the disk, also after its object is deleted.

mod claims;
pub(in crate::ground::cluster) mod disk;
mod objects;
mod quantity;

use std::{io, path::PathBuf, sync::Arc, time::Duration};

use futures_util::{StreamExt as _, future::join};
use k8s_openapi::api::core::v1::{PersistentVolume, PersistentVolumeClaim};
use kube::{
    Api, Client,
    api::ListParams,
    runtime::{
        Controller,
        controller::Action,
        events::{Event, EventType, Recorder, Reporter},
        utils::Backoff,
    },
};

use self::disk::Disk;
use super::{InsideError, client, request, watched};

/// What it has to know.
#[derive(Debug, clap::Args)]
pub struct Options {
    /// Who it is to the API server
    #[arg(long)]
    kubeconfig: PathBuf,
    /// The node it runs on
    #[arg(long)]
    node: String,
    /// Where volumes are put
    #[arg(long)]
    folder: PathBuf,
    /// The program that mounts a folder as a file system of its own
    #[arg(long)]
    bindfs: PathBuf,
    /// Where that program finds its libraries
    #[arg(long)]
    bindfs_libraries: PathBuf,
}

/// What classes call this program.
const PROVISIONER: &str = "ground.local/volumes";
const AGAIN: Duration = Duration::from_secs(1);
const LOOK_AGAIN: Duration = Duration::from_secs(5);

/// What every look at an object needs.
struct Context {
    node: String,
    client: Client,
    recorder: Recorder,
    /// One step at a time: claims and volumes are looked at side by side.
    disk: Arc<std::sync::Mutex<Disk>>,
}

/// The same time before every try: an API server of a test is missed, not spared.
struct Steady;

impl Iterator for Steady {
    type Item = Duration;

    fn next(&mut self) -> Option<Duration> {
        Some(Duration::from_millis(300))
    }
}

impl Backoff for Steady {
    fn reset(&mut self) {}
}

pub(super) async fn run(options: Options) -> Result<(), InsideError> {
    let client = client(options.kubeconfig).await?;
    let Options { node, folder, bindfs, bindfs_libraries, .. } = options;
    let failed = |source| InsideError::System { what: format!("make {}", folder.display()), source };
    std::fs::create_dir_all(&folder).map_err(failed)?;
    let reporter = Reporter { controller: PROVISIONER.to_owned(), instance: Some(node.clone()) };
    let recorder = Recorder::new(client.clone(), reporter);
    let disk = Arc::new(std::sync::Mutex::new(Disk { folder, bindfs, bindfs_libraries }));
    let context = Arc::new(Context { node, client, recorder, disk });

    while let Err(error) = context.begin().await {
        say(&error);
        tokio::time::sleep(AGAIN).await;
    }
    let tidies = {
        let context = Arc::clone(&context);
        tokio::spawn(async move {
            loop {
                tokio::time::sleep(LOOK_AGAIN).await;
                if let Err(error) = context.tidy().await {
                    say(&error);
                }
            }
        })
    };
    let again = |_: &InsideError| Action::requeue(AGAIN);
    let claims = Controller::<PersistentVolumeClaim>::new(Api::all(context.client.clone()), watched())
        .trigger_backoff(Steady)
        .run(claims::look, move |_, error, _| again(error), Arc::clone(&context));
    let volumes = Controller::<PersistentVolume>::new(Api::all(context.client.clone()), watched())
        .trigger_backoff(Steady)
        .run(objects::look, move |_, error, _| again(error), Arc::clone(&context));
    // Each has said by itself what went wrong with which object.
    join(claims.for_each(|_| async {}), volumes.for_each(|_| async {})).await;
    tidies.abort();
    Ok(())
}

impl Context {
    /// What this node's volumes were before it went down, they are again.
    async fn begin(&self) -> Result<(), InsideError> {
        let list = self.volumes().list(&ListParams::default()).await;
        for volume in list.map_err(request("list volumes"))? {
            if let Err(error) = self.restore(&volume).await {
                say(&error);
            }
        }
        self.tidy().await
    }

    /// Removes what was half made for claims that are no more. The others are made by and by.
    async fn tidy(&self) -> Result<(), InsideError> {
        let half_made = self.on_disk("look for half-made volumes", Disk::half_made).await?;
        if half_made.is_empty() {
            return Ok(());
        }
        let claims = Api::<PersistentVolumeClaim>::all(self.client.clone());
        let claims = claims.list(&ListParams::default()).await.map_err(request("list claims"))?;
        for name in half_made {
            let known =
                self.volumes().get_opt(&name).await.map_err(request(&format!("get volume {name}")))?;
            if known.is_some_and(|known| objects::node(&known) == Some(&self.node)) {
                self.on_disk(&format!("note that {name} is made"), move |disk| disk.made(&name)).await?;
            } else if !claims.iter().any(|claim| claims::is_to_be(claim, &name, &self.node)) {
                self.on_disk(&format!("remove {name}"), move |disk| disk.remove(&name)).await?;
            }
        }
        Ok(())
    }

    fn volumes(&self) -> Api<PersistentVolume> {
        Api::all(self.client.clone())
    }

    /// Does something on the disk; everything else goes on meanwhile.
    async fn on_disk<T: Send + 'static>(
        &self,
        what: &str,
        act: impl FnOnce(&Disk) -> io::Result<T> + Send + 'static,
    ) -> Result<T, InsideError> {
        let disk = Arc::clone(&self.disk);
        let acts = move || act(&disk.lock().unwrap_or_else(std::sync::PoisonError::into_inner));
        let done = tokio::task::spawn_blocking(acts).await.map_err(io::Error::other).flatten();
        done.map_err(|source| InsideError::System { what: what.to_owned(), source })
    }

    /// Says what went wrong with an object, to whoever reads the log and to whoever describes it.
    async fn complain<K>(&self, object: &K, action: &str, error: &InsideError)
    where
        K: kube::Resource<DynamicType = ()>,
    {
        let reference = object.object_ref(&());
        let whole = error.whole();
        let names = [&reference.namespace, &reference.name].map(|name| name.as_deref().unwrap_or_default());
        eprintln!("{}: {whole}", names.join("/"));
        let event = Event {
            type_: EventType::Warning,
            reason: format!("{action}Failed"),
            note: Some(whole.chars().take(1000).collect()),
            action: action.to_owned(),
            secondary: None,
        };
        // The log has it.
        let _is_not_all_there_is = self.recorder.publish(&event, &reference).await;
    }
}

fn refused(what: &str, why: &str) -> InsideError {
    InsideError::System { what: what.to_owned(), source: io::Error::other(why.to_owned()) }
}

fn say(error: &InsideError) {
    eprintln!("{}", error.whole());
}
