//! `sawlog broker`: a Kafka-protocol server on this machine's disk, until Ctrl-C.

use std::{
    convert::Infallible,
    io::{IsTerminal as _, Write},
    net::SocketAddr,
    path::Path,
};

use anyhow::Context as _;
use http_body_util::Full;
use hyper::{Method, Request, Response, StatusCode, body::Bytes, body::Incoming, service::service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use rustix::process::{Resource, getrlimit, setrlimit};
use sawlog_broker::{Handle, Options, Service};
use tokio::{
    net::TcpListener,
    signal::unix::{SignalKind, signal},
};

use crate::flags::BrokerFlags;

/// Runs until it is told to end, by Ctrl-C or SIGTERM.
pub fn run(flags: &BrokerFlags, mut to: impl Write) -> anyhow::Result<()> {
    let _stays_as_it_is = raise_open_files();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_io()
        .enable_time()
        .thread_name("serve")
        .build()
        .context("start the threads that serve")?;
    runtime.block_on(async {
        // Before anything is said: whoever waits for it may end it at once.
        let (mut interrupt, mut terminate) =
            (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
        let metrics = match flags.metrics {
            None => None,
            Some(address) => {
                let listener = TcpListener::bind(address).await;
                Some(listener.with_context(|| format!("listen on {address} for metrics"))?)
            }
        };
        let service = Service::start(resolve(flags)).await?;
        let handle = service.handle();
        // Who started it waits for this line.
        writeln!(to, "listening on {}", handle.address())?;
        if let Some(listener) = metrics {
            writeln!(to, "metrics on http://{}/metrics", listener.local_addr()?)?;
            tokio::spawn(serve_metrics(listener, handle.clone()));
        }
        to.flush()?;
        tokio::spawn(async move {
            tokio::select! {
                _ = interrupt.recv() => {}
                _ = terminate.recv() => {}
            }
            handle.stop();
            // A second one means that the first could not be obeyed.
            tokio::select! {
                _ = interrupt.recv() => {}
                _ = terminate.recv() => {}
            }
            std::process::exit(130);
        });
        Ok(service.run().await?)
    })
}

fn resolve(flags: &BrokerFlags) -> Options {
    Options {
        listen: flags.listen,
        advertise: flags.advertise.clone(),
        create_topics: flags.create_topics,
        ..Options::new(Path::new(&flags.data))
    }
}

/// A segment that is written to is an open file, and so is a connection: as many as the system allows.
fn raise_open_files() -> rustix::io::Result<()> {
    let mut limit = getrlimit(Resource::Nofile);
    limit.current = limit.maximum;
    setrlimit(Resource::Nofile, limit)
}

async fn serve_metrics(listener: TcpListener, handle: Handle) {
    while let Ok((stream, _)) = listener.accept().await {
        let handle = handle.clone();
        tokio::spawn(async move {
            let answer = service_fn(move |request| {
                let answer = answer(&request, &handle);
                async move { Ok::<_, Infallible>(answer) }
            });
            let mut server = hyper::server::conn::http1::Builder::new();
            server.timer(TokioTimer::new());
            let _went_away = server.serve_connection(TokioIo::new(stream), answer).await;
        });
    }
}

fn answer(request: &Request<Incoming>, handle: &Handle) -> Response<Full<Bytes>> {
    const TEXT: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    let (status, text) = match (request.method(), request.uri().path()) {
        (&Method::GET, "/metrics") => (StatusCode::OK, handle.metrics()),
        (&Method::GET, _) => (StatusCode::NOT_FOUND, "metrics are at /metrics\n".to_owned()),
        _ => (StatusCode::METHOD_NOT_ALLOWED, "metrics can only be read\n".to_owned()),
    };
    let content = if status == StatusCode::OK { TEXT } else { "text/plain; charset=utf-8" };
    let answer = Response::builder().status(status).header("content-type", content);
    answer.body(Full::from(text)).expect("because the header is plain text")
}

/// Where the program says what it does: standard error, a line each.
pub fn log_to_stderr() {
    let is_seen = std::io::stderr().is_terminal();
    tracing_subscriber::fmt().with_writer(std::io::stderr).with_ansi(is_seen).with_target(false).init();
}

/// An address to listen on.
pub(crate) fn address(text: &str) -> Result<SocketAddr, String> {
    let parsed = text.parse().or_else(|_| format!("127.0.0.1:{}", text.trim_start_matches(':')).parse());
    parsed.map_err(|_| {
        format!("`{text}` is not an address: write host:port, such as 127.0.0.1:9092, or a port")
    })
}
