//! As much HTTP as asking and answering a local server takes: one request a connection, no TLS.

use std::{
    future::Future,
    io,
    net::{Ipv4Addr, SocketAddr, TcpListener as StdListener},
    thread,
    time::Duration,
};

use http_body_util::{BodyExt as _, Full};
use hyper::{Request, Response, body::Bytes};
use hyper_util::rt::TokioIo;
use tokio::{
    net::{TcpListener, TcpStream},
    runtime,
    sync::oneshot,
    time::timeout,
};

/// A server's answer.
#[derive(Debug)]
pub struct Reply {
    /// Its status code.
    pub status: u16,
    /// Its `Retry-After`, if it has one.
    pub retry_after: Option<String>,
    /// Its body.
    pub body: String,
}

const LIMIT: Duration = Duration::from_secs(10);

/// Asks; `None` when nobody answers within ten seconds.
pub fn get(address: SocketAddr, path: &str) -> Option<Reply> {
    let request = Request::get(path).header("host", address.to_string()).body(Full::default()).ok()?;
    exchange(address, request)
}

/// Posts JSON; `None` when nobody answers within ten seconds.
pub fn post_json(address: SocketAddr, path: &str, json: &str) -> Option<Reply> {
    let request = Request::post(path)
        .header("host", address.to_string())
        .header("content-type", "application/json")
        .body(Full::from(json.to_owned()))
        .ok()?;
    exchange(address, request)
}

fn exchange(address: SocketAddr, request: Request<Full<Bytes>>) -> Option<Reply> {
    let asking = async {
        let response = send(address, request).await.ok()?;
        let status = response.status().as_u16();
        let retry_after = response.headers().get("retry-after").and_then(|value| value.to_str().ok());
        let retry_after = retry_after.map(str::to_owned);
        let body = response.into_body().collect().await.ok()?.to_bytes();
        Some(Reply { status, retry_after, body: String::from_utf8_lossy(&body).into_owned() })
    };
    block_on(async { timeout(LIMIT, asking).await.ok().flatten() })
}

/// Sends a request over a connection of its own.
pub(super) async fn send(
    address: SocketAddr,
    request: Request<Full<Bytes>>,
) -> Result<Response<hyper::body::Incoming>, Box<dyn std::error::Error + Send + Sync>> {
    let stream = TcpStream::connect(address).await?;
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await?;
    tokio::spawn(connection);
    Ok(sender.send_request(request).await?)
}

/// A server on a free port of loopback, on a thread of its own. Dropping it ends it.
#[derive(Debug)]
pub(super) struct Serving {
    pub(super) address: SocketAddr,
    end: Option<oneshot::Sender<()>>,
}

impl Serving {
    /// Gives every connection to `serve`.
    pub(super) fn start<F>(serve: impl Fn(TcpStream) -> F + Send + 'static) -> io::Result<Self>
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let listener = StdListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        let runtime = runtime::Builder::new_current_thread().enable_all().build()?;
        let (end, ended) = oneshot::channel();
        let accept = async move {
            let listener =
                TcpListener::from_std(listener).expect("because it was made non-blocking, inside a runtime");
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream));
            }
        };
        thread::spawn(move || {
            runtime.block_on(async {
                tokio::select! {
                    () = accept => {}
                    _ = ended => {}
                }
            });
        });
        Ok(Self { address, end: Some(end) })
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        if let Some(end) = self.end.take() {
            let _ended_already = end.send(());
        }
    }
}

/// Runs a future to its end, on a thread of its own: the caller may be in a runtime already.
pub(super) fn block_on<T: Send>(future: impl Future<Output = T> + Send) -> T {
    let run = || {
        let runtime = runtime::Builder::new_current_thread().enable_all().build();
        runtime.expect("because a runtime needs only memory and a few file descriptors").block_on(future)
    };
    thread::scope(|scope| scope.spawn(run).join()).expect("because the futures here do not panic")
}
