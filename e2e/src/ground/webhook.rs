//! A receiver for what is posted: Alertmanager's notifications, for instance.

use std::{
    convert::Infallible,
    io,
    sync::{Arc, Mutex},
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
use tokio::net::TcpStream;

use super::http::Serving;
use crate::wait::{self, InVain};

type Bodies = Arc<Mutex<Vec<String>>>;

/// Listens on loopback and remembers every body. Dropping it ends it.
#[derive(Debug)]
pub struct Webhook {
    serving: Serving,
    bodies: Bodies,
}

impl Webhook {
    /// Listens on a free port.
    pub fn listen() -> io::Result<Self> {
        let bodies = Bodies::default();
        let remembered = Arc::clone(&bodies);
        let serving = Serving::start(move |stream| serve(stream, Arc::clone(&remembered)))?;
        Ok(Self { serving, bodies })
    }

    /// Where to post to.
    pub fn url(&self) -> String {
        format!("http://{}/", self.serving.address)
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

async fn serve(stream: TcpStream, bodies: Bodies) {
    let service = service_fn(|request: Request<Incoming>| async {
        if let Ok(body) = request.into_body().collect().await {
            let text = String::from_utf8_lossy(&body.to_bytes()).into_owned();
            bodies.lock().expect("because nobody panics holding it").push(text);
        }
        Ok::<_, Infallible>(Response::new(Empty::<Bytes>::new()))
    });
    let _sender_gone = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
}
