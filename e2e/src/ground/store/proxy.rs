//! A proxy in front of an object store that fails on call.
//!
//! ```text
//! client ─▶ first rule that matches and is not used up ─▶ its injury
//!              └ none: the request and the answer pass as they are
//! ```
//!
//! What it forwards it forwards unchanged, signatures included: requests are signed for the proxy's own
//! address, which the store does not mind. Bodies are held in memory: tests put megabytes, not gigabytes.

use std::{
    io,
    net::SocketAddr,
    pin::Pin,
    sync::{
        Arc, Mutex, MutexGuard,
        atomic::{AtomicU64, Ordering},
    },
    task::{Context, Poll},
    time::Duration,
};

use http_body_util::{BodyExt as _, Either, Full};
use hyper::{
    Method, Request, Response,
    body::{Body, Bytes, Frame, Incoming},
    http::request::Parts,
    server::conn::http1,
    service::service_fn,
};
use hyper_util::rt::TokioIo;
use tokio::{net::TcpStream, sync::Notify, time::sleep};

use crate::ground::http::{self, Serving};

/// What happens to a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Injury {
    /// Not forwarded; answered 500.
    InternalError,
    /// Not forwarded; answered 503, with Retry-After in seconds if there is one.
    SlowDown(Option<u32>),
    /// Forwarded; the first byte of the answer comes this much later.
    SlowFirstByte(Duration),
    /// Forwarded; the answer announces its whole body and ends after so many bytes of it.
    CutBody(usize),
    /// Not forwarded and never answered, while the connection stays open.
    Timeout,
    /// Forwarded and carried out; the connection is cut before the answer.
    AnswerLost,
    /// The connection is cut; the request is forwarded when [`Rule::apply`] says so.
    AppliedLate,
}

/// Which requests are hurt, and how often.
#[derive(Debug, Clone)]
pub struct Fault {
    injury: Injury,
    method: Option<Method>,
    key: String,
    skip: u64,
    times: u64,
}

impl Fault {
    /// Hurts the next request, whichever it is.
    pub fn new(injury: Injury) -> Self {
        Self { injury, method: None, key: String::new(), skip: 0, times: 1 }
    }

    /// Only requests of this method.
    #[must_use]
    pub fn on(mut self, method: Method) -> Self {
        self.method = Some(method);
        self
    }

    /// Only requests whose path contains this.
    #[must_use]
    pub fn key(mut self, part: &str) -> Self {
        part.clone_into(&mut self.key);
        self
    }

    /// So many matching requests pass first.
    #[must_use]
    pub fn after(mut self, requests: u64) -> Self {
        self.skip = requests;
        self
    }

    /// So many requests are hurt.
    #[must_use]
    pub fn times(mut self, times: u64) -> Self {
        self.times = times;
        self
    }

    fn matches(&self, request: &Parts) -> bool {
        self.method.as_ref().is_none_or(|method| method == request.method)
            && request.uri.path().contains(&self.key)
    }
}

/// A rule in place: how often it has hurt.
#[derive(Debug)]
pub struct Rule {
    fault: Fault,
    matched: AtomicU64,
    late: AtomicU64,
    apply: Notify,
}

impl Rule {
    /// How many requests it has hurt.
    pub fn hits(&self) -> u64 {
        let matched = self.matched.load(Ordering::SeqCst);
        matched.saturating_sub(self.fault.skip).min(self.fault.times)
    }

    /// Lets one of those that were to be applied late be applied now.
    pub fn apply(&self) {
        self.apply.notify_one();
    }

    /// How many of those that were to be applied late have been.
    pub fn applied_late(&self) -> u64 {
        self.late.load(Ordering::SeqCst)
    }

    /// Takes one of its turns, if it has one for this request.
    fn takes(&self, request: &Parts) -> bool {
        if !self.fault.matches(request) {
            return false;
        }
        let turn = self.matched.fetch_add(1, Ordering::SeqCst);
        turn >= self.fault.skip && turn - self.fault.skip < self.fault.times
    }
}

/// The proxy. Dropping it ends it.
#[derive(Debug)]
pub struct Faults {
    serving: Serving,
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    store: SocketAddr,
    rules: Mutex<Vec<Arc<Rule>>>,
    seen: AtomicU64,
}

type Answer = Response<Either<Full<Bytes>, Begun>>;
type Failure = Box<dyn std::error::Error + Send + Sync>;

impl Faults {
    pub(super) fn before(store: SocketAddr) -> io::Result<Self> {
        let shared = Arc::new(Shared { store, rules: Mutex::default(), seen: AtomicU64::new(0) });
        let answering = Arc::clone(&shared);
        let serving = Serving::start(move |stream| Arc::clone(&answering).connection(stream))?;
        Ok(Self { serving, shared })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.serving.address
    }

    /// Puts a rule after those that are there.
    pub fn inject(&self, fault: Fault) -> Arc<Rule> {
        let rule = Arc::new(Rule {
            fault,
            matched: AtomicU64::new(0),
            late: AtomicU64::new(0),
            apply: Notify::new(),
        });
        self.shared.rules().push(Arc::clone(&rule));
        rule
    }

    /// Removes every rule.
    pub fn clear(&self) {
        self.shared.rules().clear();
    }

    /// How many requests have come.
    pub fn seen(&self) -> u64 {
        self.shared.seen.load(Ordering::SeqCst)
    }
}

impl Shared {
    fn rules(&self) -> MutexGuard<'_, Vec<Arc<Rule>>> {
        self.rules.lock().expect("because nobody panics holding it")
    }

    async fn connection(self: Arc<Self>, stream: TcpStream) {
        let service = service_fn(move |request| Arc::clone(&self).answer(request));
        // Ends with an error when it is cut, which is what was asked.
        let _is_cut = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
    }

    /// An error cuts the connection without an answer.
    async fn answer(self: Arc<Self>, request: Request<Incoming>) -> Result<Answer, Failure> {
        self.seen.fetch_add(1, Ordering::SeqCst);
        let (parts, body) = request.into_parts();
        let body = body.collect().await?.to_bytes();
        let rule = self.rules().iter().find(|rule| rule.takes(&parts)).cloned();
        let Some(rule) = rule else { return self.forward(parts, body).await };
        match rule.fault.injury {
            Injury::InternalError => refusal(500, "InternalError", None),
            Injury::SlowDown(after) => refusal(503, "SlowDown", after),
            Injury::SlowFirstByte(by) => {
                let answer = self.forward(parts, body).await?;
                sleep(by).await;
                Ok(answer)
            }
            Injury::CutBody(after) => {
                let (parts, body) = self.forward(parts, body).await?.into_parts();
                let body = body.collect().await?.to_bytes();
                let begun = Begun { first: Some(body.slice(..after.min(body.len()))), told_to_flush: false };
                Ok(Response::from_parts(parts, Either::Right(begun)))
            }
            Injury::Timeout => std::future::pending().await,
            Injury::AnswerLost => {
                self.forward(parts, body).await?;
                Err("the connection is cut".into())
            }
            Injury::AppliedLate => {
                tokio::spawn(async move {
                    rule.apply.notified().await;
                    if self.forward(parts, body).await.is_ok() {
                        rule.late.fetch_add(1, Ordering::SeqCst);
                    }
                });
                Err("the connection is cut".into())
            }
        }
    }

    async fn forward(&self, parts: Parts, body: Bytes) -> Result<Answer, Failure> {
        let response = http::send(self.store, Request::from_parts(parts, Full::from(body))).await?;
        let (parts, body) = response.into_parts();
        Ok(Response::from_parts(parts, Either::Left(Full::from(body.collect().await?.to_bytes()))))
    }
}

/// The first bytes of a body, and then the end of the connection.
#[derive(Debug)]
struct Begun {
    first: Option<Bytes>,
    told_to_flush: bool,
}

impl Body for Begun {
    type Data = Bytes;
    type Error = Failure;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Failure>>> {
        if let Some(first) = self.first.take() {
            return Poll::Ready(Some(Ok(Frame::data(first))));
        }
        // What has been written is sent when a body has nothing more for now.
        if !self.told_to_flush {
            self.told_to_flush = true;
            context.waker().wake_by_ref();
            return Poll::Pending;
        }
        Poll::Ready(Some(Err("the body is cut".into())))
    }
}

fn refusal(status: u16, code: &str, retry_after: Option<u32>) -> Result<Answer, Failure> {
    let body = format!("<Error><Code>{code}</Code><Message>as the test asked</Message></Error>");
    let mut response = Response::builder().status(status).header("content-type", "application/xml");
    if let Some(seconds) = retry_after {
        response = response.header("retry-after", seconds);
    }
    Ok(response.body(Either::Left(Full::from(body)))?)
}
