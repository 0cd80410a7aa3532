//! A receiver for what is posted: Alertmanager's notifications, for instance.

use std::{
    convert::Infallible,
    io,
    net::{Ipv4Addr, SocketAddr, TcpListener},
    sync::{Arc, Mutex},
    thread,
    time::Duration,
};

use http_body_util::{BodyExt as _, Empty};
use hyper::{
    Request, Response,
    body::{Bytes, Incoming},
    server::conn::http1,
    service::service_fn,
};
use hyper_util::rt::TokioIo;
use tokio::{runtime, sync::oneshot};

use crate::wait::{self, InVain};

/// Listens on loopback and remembers every body. Dropping it ends it.
#[derive(Debug)]
pub struct Webhook {
    address: SocketAddr,
    bodies: Arc<Mutex<Vec<String>>>,
    end: Option<oneshot::Sender<()>>,
}

impl Webhook {
    /// Listens on a free port.
    pub fn listen() -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        let bodies = Arc::<Mutex<Vec<String>>>::default();
        let (end, ended) = oneshot::channel();
        let runtime = runtime::Builder::new_current_thread().enable_all().build()?;
        let remembered = Arc::clone(&bodies);
        thread::spawn(move || {
            runtime.block_on(async {
                tokio::select! {
                    () = serve(listener, remembered) => {}
                    _ = ended => {}
                }
            });
        });
        Ok(Self { address, bodies, end: Some(end) })
    }

    /// Where to post to.
    pub fn url(&self) -> String {
        format!("http://{}/", self.address)
    }

    /// What has been posted so far, oldest first.
    pub fn bodies(&self) -> Vec<String> {
        self.bodies.lock().expect("because nobody panics holding it").clone()
    }

    /// Waits for a body that `fits`.
    pub fn wait_for(
        &self,
        what: &str,
        limit: Duration,
        fits: impl Fn(&str) -> bool,
    ) -> Result<String, InVain> {
        wait::until(what, limit, || self.bodies().into_iter().find(|body| fits(body)))
    }
}

impl Drop for Webhook {
    fn drop(&mut self) {
        if let Some(end) = self.end.take() {
            let _ended_already = end.send(());
        }
    }
}

async fn serve(listener: TcpListener, bodies: Arc<Mutex<Vec<String>>>) {
    let listener = tokio::net::TcpListener::from_std(listener)
        .expect("because it was made non-blocking, inside a runtime");
    while let Ok((stream, _)) = listener.accept().await {
        let bodies = Arc::clone(&bodies);
        let service = service_fn(move |request: Request<Incoming>| {
            let bodies = Arc::clone(&bodies);
            async move {
                if let Ok(body) = request.into_body().collect().await {
                    let text = String::from_utf8_lossy(&body.to_bytes()).into_owned();
                    bodies.lock().expect("because nobody panics holding it").push(text);
                }
                Ok::<_, Infallible>(Response::new(Empty::<Bytes>::new()))
            }
        });
        tokio::spawn(http1::Builder::new().serve_connection(TokioIo::new(stream), service));
    }
}
