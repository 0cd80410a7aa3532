//! Accepting connections, up to as many as there may be.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use tokio::{
    net::{TcpListener, TcpStream},
    sync::{Semaphore, watch},
    task::JoinSet,
};

use super::{Broker, connection};

/// When the system has no file left for a connection, others have to end first.
const TRY_AGAIN: Duration = Duration::from_millis(100);

/// Serves until `ended` says so; then connections are cut.
pub(crate) async fn listen(broker: Arc<Broker>, listener: TcpListener, mut ended: watch::Receiver<bool>) {
    let places = Arc::new(Semaphore::new(broker.options.connections));
    let mut connections = JoinSet::new();
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            Some(_) = connections.join_next() => continue,
            _ = ended.wait_for(|ended| *ended) => break,
        };
        match accepted {
            Ok((stream, peer)) => {
                let Ok(place) = Arc::clone(&places).try_acquire_owned() else {
                    broker.metrics.refused_connections.inc();
                    tracing::warn!(%peer, most = broker.options.connections, "connection refused: there are too many");
                    continue;
                };
                let broker = Arc::clone(&broker);
                connections.spawn(async move {
                    serve(&broker, stream, peer).await;
                    drop(place);
                });
            }
            Err(error) => {
                tracing::warn!(%error, "a connection cannot be accepted");
                tokio::time::sleep(TRY_AGAIN).await;
            }
        }
    }
    connections.shutdown().await;
}

async fn serve(broker: &Arc<Broker>, stream: TcpStream, peer: SocketAddr) {
    broker.metrics.connections.inc();
    let _counted = Counted(broker);
    if let Err(error) = connection::serve(broker, stream).await {
        let cause = std::error::Error::source(&error).map(ToString::to_string).unwrap_or_default();
        tracing::warn!(%peer, %error, cause, "connection closed");
    }
}

/// Also when the task is cancelled.
struct Counted<'a>(&'a Broker);

impl Drop for Counted<'_> {
    fn drop(&mut self) {
        self.0.metrics.connections.dec();
    }
}
