//! TCP connections, redirected to here by the kernel, passed on late to where they were meant to go.

use std::{io, net::Ipv4Addr, time::Duration};

use socket2::SockRef;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream, tcp},
    sync::mpsc,
    time::{Instant, sleep_until},
};

use super::InsideError;

/// What it has to know.
#[derive(Debug, clap::Args)]
pub struct Options {
    /// How many milliseconds later everything passes, in each direction
    #[arg(long)]
    delay: u64,
}

/// What it says before the port it listens on.
pub(in crate::ground::cluster) const LISTENS: &str = "listening on port ";
/// What may be under way in one direction, in chunks.
const UNDER_WAY: usize = 64;

pub(super) async fn run(options: Options) -> Result<(), InsideError> {
    let failed = |source| InsideError::System { what: "listen".to_owned(), source };
    let listener = TcpListener::bind((Ipv4Addr::UNSPECIFIED, 0)).await.map_err(failed)?;
    println!("{LISTENS}{}", listener.local_addr().map_err(failed)?.port());
    let delay = Duration::from_millis(options.delay);
    loop {
        let (client, _) = listener.accept().await.map_err(failed)?;
        // A connection that fails is closed, which tells its client all there is to know.
        tokio::spawn(async move { pass(client, delay).await.ok() });
    }
}

async fn pass(client: TcpStream, delay: Duration) -> io::Result<()> {
    let meant = SockRef::from(&client).original_dst_v4()?;
    let meant = meant.as_socket().ok_or(io::ErrorKind::AddrNotAvailable)?;
    let server = TcpStream::connect(meant).await?;
    for end in [&client, &server] {
        end.set_nodelay(true)?;
    }
    let (from_client, to_client) = client.into_split();
    let (from_server, to_server) = server.into_split();
    tokio::spawn(one_way(from_client, to_server, delay));
    one_way(from_server, to_client, delay).await
}

async fn one_way(
    mut from: tcp::OwnedReadHalf,
    mut to: tcp::OwnedWriteHalf,
    delay: Duration,
) -> io::Result<()> {
    let (sender, mut receiver) = mpsc::channel::<(Instant, Vec<u8>)>(UNDER_WAY);
    tokio::spawn(async move {
        let mut chunk = vec![0; 16 * 1024];
        while let Ok(length @ 1..) = from.read(&mut chunk).await {
            if sender.send((Instant::now() + delay, chunk[..length].to_vec())).await.is_err() {
                break;
            }
        }
    });
    while let Some((due, bytes)) = receiver.recv().await {
        sleep_until(due).await;
        to.write_all(&bytes).await?;
    }
    to.shutdown().await
}
