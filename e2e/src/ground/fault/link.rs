//! A TCP proxy that does to connections what networks do.
//!
//! It listens on loopback and leads to one address. Each direction of a connection has a thread that reads and
//! one that writes when the time has come; weather changes take effect on bytes that have not been written
//! yet. Half open means: nothing passes and nobody is told, which is what a pulled cable looks like.

use std::{
    io::{self, Read as _, Write as _},
    net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream},
    sync::{
        Arc, Condvar, Mutex, MutexGuard, Weak,
        atomic::{AtomicBool, AtomicU64, Ordering},
        mpsc,
    },
    thread,
    time::{Duration, Instant},
};

/// What a link does to what passes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Weather {
    /// Everything passes.
    Clear,
    /// Everything passes this much later, in each direction.
    Delay(Duration),
    /// This many bytes pass a second, in each direction.
    Throttle(u32),
    /// Connections stay open, nothing passes, nobody is told. What was sent meanwhile passes later.
    HalfOpen,
    /// Connections are cut, and new ones closed at once.
    Cut,
}

/// A proxy in front of one address.
///
/// Dropping it cuts everything.
#[derive(Debug)]
pub struct Link {
    address: SocketAddr,
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    state: Mutex<State>,
    changed: Condvar,
    ended: AtomicBool,
    passed: AtomicU64,
}

#[derive(Debug)]
struct State {
    target: Option<SocketAddr>,
    weather: Weather,
    open: Vec<Weak<Pair>>,
}

/// A connection: closed when nobody passes anything between its ends any more.
#[derive(Debug)]
struct Pair {
    client: TcpStream,
    server: TcpStream,
}

#[derive(Debug, Clone, Copy)]
enum Direction {
    There,
    Back,
}

impl Pair {
    fn from(&self, direction: Direction) -> &TcpStream {
        match direction {
            Direction::There => &self.client,
            Direction::Back => &self.server,
        }
    }

    fn to(&self, direction: Direction) -> &TcpStream {
        match direction {
            Direction::There => &self.server,
            Direction::Back => &self.client,
        }
    }
}

const CHUNK: usize = 16 * 1024;
/// How much of a direction may be under way: a network holds little.
const UNDER_WAY: usize = 64;

impl Link {
    /// Listens on a free port and leads to `target`.
    pub fn to(target: SocketAddr) -> io::Result<Self> {
        let link = Self::to_nowhere_yet()?;
        link.lead_to(target);
        Ok(link)
    }

    /// Listens on a free port; connections wait until [`Link::lead_to`] says where to. For a server that has
    /// to be told the proxy's address before it starts.
    pub fn to_nowhere_yet() -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let address = listener.local_addr()?;
        let state = State { target: None, weather: Weather::Clear, open: Vec::new() };
        let shared = Arc::new(Shared {
            state: Mutex::new(state),
            changed: Condvar::new(),
            ended: AtomicBool::new(false),
            passed: AtomicU64::new(0),
        });
        let accepting = Arc::clone(&shared);
        thread::spawn(move || accepting.accept(&listener));
        Ok(Self { address, shared })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Leads there from now on.
    pub fn lead_to(&self, target: SocketAddr) {
        self.shared.lock().target = Some(target);
        self.shared.changed.notify_all();
    }

    /// Changes the weather.
    pub fn set(&self, weather: Weather) {
        let mut state = self.shared.lock();
        state.weather = weather;
        if weather == Weather::Cut {
            state.cut();
        }
        drop(state);
        self.shared.changed.notify_all();
    }

    /// Cuts what is open now; new connections pass.
    pub fn cut_once(&self) {
        self.shared.lock().cut();
    }

    /// How many bytes have passed, both directions together.
    pub fn passed(&self) -> u64 {
        self.shared.passed.load(Ordering::Relaxed)
    }
}

impl Drop for Link {
    fn drop(&mut self) {
        self.shared.ended.store(true, Ordering::Relaxed);
        self.shared.lock().cut();
        self.shared.changed.notify_all();
        // The accepting thread is waiting for a connection: here is one.
        let _nobody_listens = TcpStream::connect(self.address);
    }
}

impl State {
    fn cut(&mut self) {
        for pair in self.open.drain(..).filter_map(|pair| pair.upgrade()) {
            for end in [&pair.client, &pair.server] {
                let _closed_meanwhile = end.shutdown(Shutdown::Both);
            }
        }
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("because nobody panics holding it")
    }

    fn ended(&self) -> bool {
        self.ended.load(Ordering::Relaxed)
    }

    fn accept(self: &Arc<Self>, listener: &TcpListener) {
        for stream in listener.incoming() {
            if self.ended() {
                return;
            }
            if let Ok(client) = stream {
                let shared = Arc::clone(self);
                thread::spawn(move || shared.connect(client));
            }
        }
    }

    fn connect(self: &Arc<Self>, client: TcpStream) {
        let mut state = self.lock();
        while state.target.is_none() && !self.ended() {
            state = self.changed.wait(state).expect("because nobody panics holding it");
        }
        let target = state.target.filter(|_| state.weather != Weather::Cut && !self.ended());
        drop(state);
        // A client that is dropped here sees its connection closed.
        let Some(server) = target.and_then(|target| TcpStream::connect(target).ok()) else { return };
        let _slower_only = client.set_nodelay(true).and_then(|()| server.set_nodelay(true));
        let pair = Arc::new(Pair { client, server });
        let mut state = self.lock();
        state.open.retain(|known| known.strong_count() > 0);
        state.open.push(Arc::downgrade(&pair));
        if state.weather == Weather::Cut || self.ended() {
            state.cut(); // it changed while this one was being made
        }
        drop(state);
        for direction in [Direction::There, Direction::Back] {
            let (shared, pair) = (Arc::clone(self), Arc::clone(&pair));
            thread::spawn(move || shared.pass(&pair, direction));
        }
    }

    /// One direction.
    fn pass(self: Arc<Self>, pair: &Arc<Pair>, direction: Direction) {
        let (sender, receiver) = mpsc::sync_channel::<(Instant, Vec<u8>)>(UNDER_WAY);
        let (writing, written) = (Arc::clone(&self), Arc::clone(pair));
        thread::spawn(move || writing.write(&receiver, written.to(direction)));
        let mut chunk = vec![0; CHUNK];
        let mut from = pair.from(direction);
        while let Ok(length @ 1..) = from.read(&mut chunk) {
            if sender.send((Instant::now(), chunk[..length].to_vec())).is_err() {
                break;
            }
        }
    }

    fn write(&self, chunks: &mpsc::Receiver<(Instant, Vec<u8>)>, mut to: &TcpStream) {
        for (came, bytes) in chunks {
            self.hold(came, bytes.len());
            if self.ended() || self.lock().weather == Weather::Cut {
                break;
            }
            self.passed.fetch_add(bytes.len() as u64, Ordering::Relaxed);
            if to.write_all(&bytes).is_err() {
                break;
            }
        }
        let _closed_meanwhile = to.shutdown(Shutdown::Write);
    }

    /// Returns when bytes that came then may pass.
    fn hold(&self, came: Instant, length: usize) {
        let began = Instant::now();
        let mut state = self.lock();
        loop {
            let due = match state.weather {
                Weather::Clear | Weather::Cut => return,
                Weather::Delay(delay) => came + delay,
                Weather::Throttle(bytes_per_second) => {
                    began + Duration::from_secs_f64(length as f64 / f64::from(bytes_per_second))
                }
                Weather::HalfOpen if self.ended() => return,
                Weather::HalfOpen => {
                    state = self.changed.wait(state).expect("because nobody panics holding it");
                    continue;
                }
            };
            let left = due.saturating_duration_since(Instant::now());
            if left.is_zero() || self.ended() {
                return;
            }
            state = self.changed.wait_timeout(state, left).expect("because nobody panics holding it").0;
        }
    }
}
